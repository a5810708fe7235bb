"""A temporary database that nobody else sees and that may be lost: for views projected anew beside the live ones."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

CACHE_KIB = 65_536


@contextmanager
def scratch() -> Iterator[sa.Connection]:
    with tempfile.TemporaryDirectory(prefix="yui-scratch-") as folder:
        engine = sa.create_engine(sa.URL.create("sqlite", database=str(Path(folder) / "scratch.db")))
        sa.event.listen(engine, "connect", _prepare)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()


def _prepare(connection: Any, _record: Any) -> None:
    for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KIB}"):
        connection.execute(f"PRAGMA {pragma}")
