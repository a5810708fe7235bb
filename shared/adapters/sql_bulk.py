"""Many rows in one statement, at the speed of the driver."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib import import_module
from itertools import chain
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from shared.adapters.sql_connections import driver_of

Row = Mapping[str, Any]
Values = tuple[Any, ...]

ROWS_AT_ONCE = 20
"""Measured: SQLite takes rows by twenty in two thirds of the time, and more at once make no difference."""

sqlite3.register_adapter(date, date.isoformat)


def upsert(connection: sa.Connection, table: sa.Table, rows: Iterable[Row]) -> None:
    """Write rows, the last of each key; all rows have the same columns, columns they do not have keep their values.

    The statement is compiled once, and rows go to the driver as they are: SQLAlchemy's handling of each row's
    parameters would cost as much as the writing.
    """
    rows = list(rows)
    if not rows:
        return
    columns = tuple([column.name for column in table.columns if column.name in rows[0]])
    if connection.dialect.name == "sqlite":  # one after the other
        insert_values(connection, _upsert_values(table, columns), list(map(itemgetter(*columns), rows)))
    else:
        unique = _last_of_each_key(table, rows)
        unique.sort(key=itemgetter(*[column.name for column in table.primary_key]))  # nobody locks rows the other way
        insert_arrays(connection, _upsert_arrays(table, columns), [[row[name] for row in unique] for name in columns])


def insert_if_new(connection: sa.Connection, table: sa.Table, key: Sequence[str], row: Row) -> None:
    """Insert a row unless there is one with this key."""
    types = {column: table.c[column].type for column in row}
    known = sa.select(sa.literal_column("1")).where(*[table.c[column] == row[column] for column in key]).exists()
    values = sa.select(*[sa.literal(value, types[column]) for column, value in row.items()]).where(~known)
    statement = _dialect(connection.dialect.name).insert(table).from_select(list(row), values)
    connection.execute(statement.on_conflict_do_nothing())


def insert_arrays(connection: sa.Connection, statement: str, columns: Sequence[Sequence[Any]]) -> None:
    """Run PostgreSQL's `INSERT … SELECT … FROM unnest(%b, …)`: one statement whatever the number of rows."""
    driver = driver_of(connection)
    driver.execute(statement, tuple(columns))


def arrays(table: sa.Table, columns: Iterable[str]) -> str:
    """`unnest(%b::text[], …)` in the types of these columns."""
    dialect = _dialect("postgresql").dialect()
    return f"unnest({', '.join([f'%b::{table.c[column].type.compile(dialect)}[]' for column in columns])})"


def insert_values(connection: sa.Connection, statement: str, rows: Sequence[Values]) -> None:
    """Run SQLite's `INSERT … VALUES (?, …)` of one row for every row."""
    whole = len(rows) - len(rows) % ROWS_AT_ONCE
    together = [tuple(chain.from_iterable(rows[at : at + ROWS_AT_ONCE])) for at in range(0, whole, ROWS_AT_ONCE)]
    if together:
        connection.exec_driver_sql(_at_once(statement), together)
    if whole < len(rows):
        connection.exec_driver_sql(statement, list(rows[whole:]))


@cache
def _at_once(statement: str) -> str:
    row = f"({', '.join('?' * statement.count('?'))})"
    return statement.replace(row, ", ".join([row] * ROWS_AT_ONCE))


def _last_of_each_key(table: sa.Table, rows: Iterable[Row]) -> list[Row]:
    key = itemgetter(*[column.name for column in table.primary_key])
    return list({key(row): row for row in rows}.values())


@cache
def _upsert_values(table: sa.Table, columns: tuple[str, ...]) -> str:
    statement = _dialect("sqlite").insert(table).values({column: sa.bindparam(column) for column in columns})
    keys = [column.name for column in table.primary_key]
    changed = {column: statement.excluded[column] for column in columns if column not in keys}
    if changed:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    return _text(statement, "sqlite", "qmark")


@cache
def _upsert_arrays(table: sa.Table, columns: tuple[str, ...]) -> str:
    keys = [column.name for column in table.primary_key]
    changed = [f'"{column}" = excluded."{column}"' for column in columns if column not in keys]
    names, of_key = [", ".join([f'"{name}"' for name in group]) for group in (columns, keys)]
    then = f"DO UPDATE SET {', '.join(changed)}" if changed else "DO NOTHING"
    return f'INSERT INTO "{table.name}" ({names}) SELECT * FROM {arrays(table, columns)} ON CONFLICT ({of_key}) {then}'


def compiled(statement: sa.Executable, dialect: str) -> str:
    """The text of a statement for the driver, with named parameters."""
    return _text(statement, dialect, "named" if dialect == "sqlite" else "pyformat")


def _text(statement: sa.Executable, dialect: str, paramstyle: str) -> str:
    return str(statement.compile(dialect=_dialect(dialect).dialect(paramstyle=paramstyle)))  # type: ignore[attr-defined]


@cache
def _dialect(name: str) -> Any:
    """SQLAlchemy's module for a database; that of the other one need not be loaded."""
    return import_module(f"sqlalchemy.dialects.{name}")
