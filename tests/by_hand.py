"""What somebody could do to a database file by hand, past Yui."""

import sqlite3
from contextlib import closing
from pathlib import Path


def by_hand(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
