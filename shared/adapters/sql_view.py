"""Read models on SQLAlchemy Core: tables in generations, and the bulk writes that projections need."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from shared.kernel.messages import Event

Row = Mapping[str, Any]
Tables = Mapping[str, sa.Table]


@dataclass(frozen=True)
class Shape:
    """One table of a view. Every one has a `tenant`; `key` (with the tenant) is its primary key."""

    name: str
    key: tuple[sa.Column[Any], ...]
    columns: tuple[sa.Column[Any], ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    def table(self, metadata: sa.MetaData, generation: int) -> sa.Table:
        name = f"{self.name}__{generation}"
        keys = [sa.Column("tenant", sa.Text, primary_key=True)]
        keys += [sa.Column(column.name, column.type, primary_key=True) for column in self.key]
        others = [sa.Column(column.name, column.type, nullable=column.nullable) for column in self.columns]
        indexes = [sa.Index(f"{name}_{'_'.join(index)}", "tenant", *index) for index in self.indexes]
        return sa.Table(name, metadata, *keys, *others, *indexes, sqlite_with_rowid=False)


@dataclass(frozen=True)
class SqlView:
    """A read model: see `shared.flow.subscriptions.View`. `name` is also its subscription's and is permanent."""

    name: str
    shapes: tuple[Shape, ...]
    projection: Callable[[sa.Connection, Tables, Sequence[Event]], None]
    _generations: dict[int, dict[str, sa.Table]] = field(default_factory=dict, compare=False)

    def tables(self, generation: int) -> dict[str, sa.Table]:
        if generation not in self._generations:
            metadata = sa.MetaData()
            self._generations[generation] = {shape.name: shape.table(metadata, generation) for shape in self.shapes}
        return self._generations[generation]

    def open(self, connection: sa.Connection, generation: int) -> None:
        for table in self.tables(generation).values():
            table.create(connection, checkfirst=True)

    def drop(self, connection: sa.Connection, generation: int) -> None:
        for table in self.tables(generation).values():
            table.drop(connection, checkfirst=True)

    def project(self, connection: sa.Connection, generation: int, events: Sequence[Event]) -> None:
        if events:
            self.projection(connection, self.tables(generation), events)

    def rows(self, connection: sa.Connection, generation: int, tenant: str) -> Iterable[tuple[Any, ...]]:
        for name, table in self.tables(generation).items():
            query = sa.select(table).where(table.c.tenant == tenant).order_by(*table.primary_key)
            for row in connection.execute(query.execution_options(yield_per=1_000)):
                yield (name, *row)


def upsert(connection: sa.Connection, table: sa.Table, rows: Iterable[Row]) -> None:
    """Write whole rows, the last of each key; all rows have the same columns, others keep their values."""
    unique = _last_of_each_key(table, rows)
    if unique:
        connection.execute(_upsert(table, tuple(unique[0]), connection.dialect.name), unique)


def _last_of_each_key(table: sa.Table, rows: Iterable[Row]) -> list[Row]:
    keys = [column.name for column in table.primary_key]
    return list({tuple([row[key] for key in keys]): row for row in rows}.values())


@cache
def _upsert(table: sa.Table, columns: tuple[str, ...], dialect: str) -> sa.Insert:
    insert = sqlite_insert if dialect == "sqlite" else postgresql_insert
    statement = insert(table).values({column: sa.bindparam(column) for column in columns})
    keys = [column.name for column in table.primary_key]
    changed = {column: statement.excluded[column] for column in columns if column not in keys}
    if not changed:
        return statement.on_conflict_do_nothing(index_elements=keys)
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)
