"""What went wrong with a database file: it passes, it is damaged, or it is our mistake."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from shared.flow.ports import Damaged, Unavailable

_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PROTOCOL,
}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
ADVICE = "ほかのファイルには触らず、控え（バックアップ）のファイルと取り替えてください。"


@contextmanager
def reachable(path: Path) -> Iterator[None]:
    """Unavailable for what passes, Damaged with a sentence for people; everything else as it is."""
    try:
        yield
    except (sa.exc.DatabaseError, sqlite3.DatabaseError) as error:
        cause = error.orig if isinstance(error, sa.exc.DatabaseError) else error
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if code in _PASSING:
            raise Unavailable(str(cause)) from error
        if code in _DAMAGED:
            raise Damaged(f"{path.name}: データベースのファイルが壊れています（{cause}）。{ADVICE}") from error
        raise
