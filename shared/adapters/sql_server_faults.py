"""What went wrong with a PostgreSQL server: it passes, it is damaged, or it is our mistake."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa

from shared.flow.ports import Damaged, Unavailable

_PASSING_CLASSES = (
    "08",  # the connection
    "40",  # serialization, deadlock
    "53",  # disk, memory, connections: there are none left
    "57P",  # the server is stopped, starts, or has broken down
    "25P03",  # the transaction did nothing for too long
    "25006",  # the server only answers questions for now
    "55P03",  # somebody holds a lock for too long
    "57014",  # a statement took too long
    "58",  # the server's files or devices
    "42P01",  # the tables of a view that has just been switched to another generation
)
_DAMAGED_CODES = {"XX001", "XX002"}
PORT = 5432
ADVICE = "書き込みを止め、控え（バックアップ）から戻してください。"


@contextmanager
def answering_server(url: str, named: str) -> Iterator[None]:
    """Unavailable as a line for whoever starts a process: where, what, and that the address is in `named`."""
    try:
        yield
    except Unavailable as error:
        place = sa.make_url(url)
        raise Unavailable(
            f"PostgreSQL（{place.host}:{place.port or PORT}）が使えません（{' '.join(str(error).split())}）。"
            f"PostgreSQL が動いているか、{named} が正しいかを確かめて、もう一度実行してください。"
        ) from error


@contextmanager
def reachable_server() -> Iterator[None]:
    """Unavailable for what passes, Damaged with a sentence for people; everything else as it is.

    A connection that was lost has no code.
    """
    try:
        yield
    except sa.exc.TimeoutError as error:
        raise Unavailable("no connection to the database was free in time") from error
    except (sa.exc.DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
        code = getattr(cause, "sqlstate", None) or ""
        lost = not code and isinstance(cause, psycopg.OperationalError)
        if lost or code.startswith(_PASSING_CLASSES):
            raise Unavailable(str(cause).strip()) from error
        if code in _DAMAGED_CODES:
            raise Damaged(f"PostgreSQL: データベースが壊れています（{cause}）。{ADVICE}") from error
        raise
