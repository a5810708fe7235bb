"""Many rows in one statement, at the speed of the driver."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

Row = Mapping[str, Any]

sqlite3.register_adapter(date, date.isoformat)


def upsert(connection: sa.Connection, table: sa.Table, rows: Iterable[Row]) -> None:
    """Write rows, the last of each key; all rows have the same columns, columns they do not have keep their values.

    The statement is compiled once, and rows go to the driver as they are: SQLAlchemy's handling of each row's
    parameters would cost as much as the writing.
    """
    unique = _last_of_each_key(table, rows)
    if unique:
        statement = _upsert(table, tuple(unique[0]), connection.dialect.name)
        connection.exec_driver_sql(statement, unique)


def _last_of_each_key(table: sa.Table, rows: Iterable[Row]) -> Sequence[Row]:
    keys = [column.name for column in table.primary_key]
    return list({tuple([row[key] for key in keys]): row for row in rows}.values())


@cache
def _upsert(table: sa.Table, columns: tuple[str, ...], dialect: str) -> str:
    of_dialect = _dialect(dialect)
    statement = of_dialect.insert(table).values({column: sa.bindparam(column) for column in columns})
    keys = [column.name for column in table.primary_key]
    changed = {column: statement.excluded[column] for column in columns if column not in keys}
    if changed:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    return compiled(statement, dialect)


def compiled(statement: sa.Executable, dialect: str) -> str:
    """The text of a statement for the driver, with named parameters."""
    paramstyle = "named" if dialect == "sqlite" else "pyformat"
    return str(statement.compile(dialect=_dialect(dialect).dialect(paramstyle=paramstyle)))  # type: ignore[attr-defined]


def _dialect(name: str) -> Any:
    return sqlite if name == "sqlite" else postgresql
