"""Fewer ways to the PostgreSQL server and back: statements that need no answer of one another go together, and a
connection is looked at, not asked, before it is used.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import psycopg
import sqlalchemy as sa


def driver_of(connection: sa.Connection) -> Any:
    """The connection of psycopg that SQLAlchemy works on."""
    return connection.connection.driver_connection


@contextmanager
def together(connection: sa.Connection) -> Iterator[Any]:
    """The connection of psycopg; what is executed on it is sent, and its answers come, when the block ends."""
    driver = driver_of(connection)
    with driver.pipeline():
        yield driver


def writing(connection: sa.Connection) -> AbstractContextManager[Any]:
    """Statements without answers: together where the server is far."""
    return nullcontext() if connection.dialect.name == "sqlite" else together(connection)


def replace_lost(engine: sa.Engine) -> None:
    """What the server has closed while it lay in the pool is noticed when it is taken out, and connected anew.

    The socket tells; asking the server each time, as `pool_pre_ping` does, takes as long as a statement.
    """
    sa.event.listen(engine, "checkout", _refuse_lost)


def _refuse_lost(connection: Any, _record: object, _proxy: object) -> None:
    try:
        connection.pgconn.consume_input()  # the server's last word
        connection.pgconn.consume_input()  # the end
    except psycopg.OperationalError as error:
        raise sa.exc.DisconnectionError(str(error)) from error
