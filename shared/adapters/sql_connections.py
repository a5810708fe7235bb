"""The driver beneath SQLAlchemy; statements that need no answer of one another go to a server together."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import sqlalchemy as sa


def driver_of(connection: sa.Connection) -> Any:
    """The connection of sqlite3 or psycopg that SQLAlchemy works on."""
    return connection.connection.dbapi_connection


@contextmanager
def together(connection: sa.Connection) -> Iterator[Any]:
    """The connection of psycopg; what is executed on it is sent, and its answers come, when the block ends."""
    driver = driver_of(connection)
    with driver.pipeline():
        yield driver


def writing(connection: sa.Connection) -> AbstractContextManager[Any]:
    """Statements without answers: together where the server is far."""
    return nullcontext() if connection.dialect.name == "sqlite" else together(connection)
