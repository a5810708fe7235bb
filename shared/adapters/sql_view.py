"""Read models on SQLAlchemy Core: tables in generations, and the bulk writes that projections need."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from shared.adapters.sql_alike import alike
from shared.adapters.sql_bulk import Row, Values, compiled, upsert
from shared.adapters.sql_connections import driver_of, writing
from shared.adapters.sql_policies import protect
from shared.kernel.messages import Event

Tables = Mapping[str, sa.Table]
ROWS_OF_A_PAGE = 1_000


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


FORMS = sa.Table(
    "view_forms",
    sa.MetaData(),
    sa.Column("view", sa.Text, primary_key=True),
    sa.Column("generation", sa.Integer, primary_key=True),
    sa.Column("form", sa.Text, nullable=False),
)
"""The form in which each generation of a view was made."""


@dataclass(frozen=True)
class SqlView:
    """A read model: see `shared.flow.subscriptions.View`. `name` is also its subscription's and is permanent.

    `version` goes up when the same tables mean something else; that the tables are others is seen by itself.
    """

    name: str
    shapes: tuple[Shape, ...]
    projection: Callable[[sa.Connection, Tables, Sequence[Event]], None]
    """Writes, and asks nothing: on PostgreSQL all of it goes to the server at once."""
    version: int = 1
    _generations: dict[int, dict[str, sa.Table]] = field(default_factory=dict, compare=False)

    def tables(self, generation: int) -> dict[str, sa.Table]:
        if generation not in self._generations:
            metadata = sa.MetaData()
            self._generations[generation] = {shape.name: shape.table(metadata, generation) for shape in self.shapes}
        return self._generations[generation]

    @cached_property
    def form(self) -> str:
        """Another one for other tables, other columns, another order of keys, or another version."""
        tables = self.tables(0).values()
        texts = [str(CreateTable(table)) for table in tables]
        texts += [str(CreateIndex(index)) for table in tables for index in sorted(table.indexes, key=_name)]
        return f"{self.version}-{sha256(''.join(texts).encode()).hexdigest()[:16]}"

    def open(self, connection: sa.Connection, generation: int, *, indexed: bool = True) -> None:
        FORMS.create(connection, checkfirst=True)
        tables = self.tables(generation).values()
        if not any(sa.inspect(connection).has_table(table.name) for table in tables):
            for table in tables:
                connection.execute(CreateTable(table))
                for index in table.indexes if indexed else ():
                    connection.execute(CreateIndex(index))
            upsert(connection, FORMS, [{"view": self.name, "generation": generation, "form": self.form}])
        if connection.dialect.name == "postgresql":
            for table in (FORMS, *tables):
                protect(connection, table.name)

    def fits(self, connection: sa.Connection, generation: int) -> bool:
        of = FORMS.c
        query = sa.select(of.form).where(of.view == self.name, of.generation == generation)
        return connection.scalar(query) == self.form

    def drop(self, connection: sa.Connection, generation: int) -> None:
        FORMS.create(connection, checkfirst=True)
        of = FORMS.c
        connection.execute(sa.delete(FORMS).where(of.view == self.name, of.generation == generation))
        for table in self.tables(generation).values():
            table.drop(connection, checkfirst=True)

    def project(self, connection: sa.Connection, generation: int, events: Sequence[Event]) -> None:
        if events:
            with writing(connection):
                self.projection(connection, self.tables(generation), events)

    def rows(self, connection: sa.Connection, generation: int, tenant: str) -> dict[str, Iterator[Sequence[Values]]]:
        tables = self.tables(generation)
        return {name: _pages(connection, table, tenant) for name, table in tables.items()}

    def alike(
        self, live: sa.Connection, generation: int, anew: sa.Connection, generation_anew: int, tenant: str
    ) -> dict[str, int]:
        return alike(live, self.tables(generation), anew, self.tables(generation_anew), tenant)

    def columns(self, table: str) -> tuple[Sequence[str], int]:
        known = self.tables(0)[table]
        return [column.name for column in known.columns], len(known.primary_key.columns)


def _name(index: sa.Index) -> str:
    return str(index.name)


def _pages(connection: sa.Connection, table: sa.Table, tenant: str) -> Iterator[Sequence[Values]]:
    """What is compared is what is stored in SQLite; PostgreSQL is asked for the same values."""
    driver = driver_of(connection)
    dialect = connection.dialect.name
    columns = table.columns if dialect == "sqlite" else [_as_in_sqlite(column) for column in table.columns]
    query = sa.select(*columns).where(table.c.tenant == sa.bindparam("tenant")).order_by(*table.primary_key)
    with closing(driver.cursor() if dialect == "sqlite" else driver.cursor(table.name)) as cursor:
        cursor.execute(compiled(query, dialect), {"tenant": tenant})
        while page := cursor.fetchmany(ROWS_OF_A_PAGE):
            yield page


def _as_in_sqlite(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if isinstance(column.type, sa.Date):
        return sa.cast(column, sa.Text)
    return sa.cast(column, sa.Integer) if isinstance(column.type, sa.Boolean) else column


__all__ = ["Row", "Shape", "SqlView", "Tables", "upsert"]
