"""Whether SQLite sees of two files at a glance that a tenant's rows are the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.adapters.sql_alike import alike
from shared.adapters.sql_scratch import scratch
from tests.controls import MATSUDO, TAKAMATSU

LEVELS = sa.Table(
    "levels__2",
    sa.MetaData(),
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("jar", sa.Text, primary_key=True),
    sa.Column("amount", sa.Integer),
    sa.Column("label", sa.Text),
    sqlite_with_rowid=False,
)
ANEW = LEVELS.to_metadata(sa.MetaData(), name="levels__1")
ROWS: list[dict[str, Any]] = [
    {"tenant": TAKAMATSU, "jar": "a", "amount": 1, "label": "梅"},
    {"tenant": TAKAMATSU, "jar": "b", "amount": None, "label": ""},
    {"tenant": TAKAMATSU, "jar": "c", "amount": 3, "label": None},
    {"tenant": MATSUDO, "jar": "a", "amount": 9, "label": "柿"},
]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[sa.Connection]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'live.db'}")
    with engine.connect() as connection:
        LEVELS.create(connection)
        connection.execute(sa.insert(LEVELS), ROWS)
        connection.commit()
        yield connection
    engine.dispose()


@pytest.fixture
def anew() -> Iterator[sa.Connection]:
    with scratch() as connection:
        ANEW.create(connection)
        connection.execute(sa.insert(ANEW), ROWS)
        yield connection


def seen(live: sa.Connection, anew: sa.Connection) -> dict[str, int]:
    return alike(live, {"levels": LEVELS}, anew, {"levels": ANEW}, TAKAMATSU)


def test_the_same_rows_are_counted(live: sa.Connection, anew: sa.Connection) -> None:
    assert seen(live, anew) == {"levels": 3}
    assert seen(live, anew) == {"levels": 3}


def test_no_rows_are_alike(live: sa.Connection, anew: sa.Connection) -> None:
    live.execute(sa.delete(LEVELS).where(LEVELS.c.tenant == TAKAMATSU))
    anew.execute(sa.delete(ANEW).where(ANEW.c.tenant == TAKAMATSU))
    assert seen(live, anew) == {"levels": 0}


def test_another_municipality_does_not_matter(live: sa.Connection, anew: sa.Connection) -> None:
    anew.execute(sa.update(ANEW).where(ANEW.c.tenant == MATSUDO).values(amount=8))
    assert seen(live, anew) == {"levels": 3}


@pytest.mark.parametrize(
    "otherwise",
    [
        sa.update(ANEW).where(ANEW.c.jar == "a").values(amount=2),
        sa.update(ANEW).where(ANEW.c.jar == "a").values(amount=None),
        sa.update(ANEW).where(ANEW.c.jar == "b").values(amount=0),
        sa.update(ANEW).where(ANEW.c.jar == "b").values(label=None),
        sa.update(ANEW).where(ANEW.c.jar == "c").values(label=""),
        sa.update(ANEW).where(ANEW.c.jar == "c").values(jar="d"),
        sa.delete(ANEW).where(ANEW.c.jar == "b"),
        sa.insert(ANEW).values(tenant=TAKAMATSU, jar="d", amount=4, label=None),
        sa.update(ANEW).where(ANEW.c.jar == "a").values(label=sa.literal_column("x'e6a285'")),
    ],
    ids=["value", "null", "not null", "text null", "text not null", "key", "fewer", "more", "bytes for text"],
)
def test_any_difference_has_to_be_looked_at(live: sa.Connection, anew: sa.Connection, otherwise: sa.Executable) -> None:
    anew.execute(otherwise)
    assert seen(live, anew) == {}


def test_what_is_recorded_meanwhile_is_not_seen(tmp_path: Path, live: sa.Connection, anew: sa.Connection) -> None:
    live.exec_driver_sql("PRAGMA journal_mode=WAL")
    live.exec_driver_sql("BEGIN")
    live.execute(sa.select(LEVELS)).all()
    other = sa.create_engine(f"sqlite:///{tmp_path / 'live.db'}")
    with other.begin() as connection:
        connection.execute(sa.delete(LEVELS))
    other.dispose()
    assert seen(live, anew) == {"levels": 3}


def test_a_database_in_memory_has_to_be_looked_at(live: sa.Connection) -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as in_memory:
        ANEW.create(in_memory)
        in_memory.execute(sa.insert(ANEW), ROWS)
        assert seen(live, in_memory) == {}
    engine.dispose()
