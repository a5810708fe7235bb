"""Whether SQLite sees of two files at a glance that a tenant's rows are the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.adapters.sql_alike import alike
from shared.adapters.sql_scratch import scratch
from tests.controls import MATSUDO, TAKAMATSU

ANEW = sa.Table(
    "levels__1",
    sa.MetaData(),
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("jar", sa.Text, primary_key=True),
    sa.Column("amount", sa.Integer),
    sa.Column("label", sa.Text),
    sqlite_with_rowid=False,
)
ROWS: list[dict[str, Any]] = [
    {"tenant": TAKAMATSU, "jar": "a", "amount": 1, "label": "梅"},
    {"tenant": TAKAMATSU, "jar": "b", "amount": None, "label": ""},
    {"tenant": TAKAMATSU, "jar": "c", "amount": 3, "label": None},
    {"tenant": MATSUDO, "jar": "a", "amount": 9, "label": "柿"},
]


@pytest.fixture(params=[1, 2], ids=["generation 1", "generation 2"])
def recorded(request: pytest.FixtureRequest) -> sa.Table:
    """The live table: of the name that it has anew, until a view was rebuilt."""
    return ANEW.to_metadata(sa.MetaData(), name=f"levels__{request.param}")


@pytest.fixture
def live(tmp_path: Path, recorded: sa.Table) -> Iterator[sa.Connection]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'live.db'}")
    with engine.connect() as connection:
        recorded.create(connection)
        connection.execute(sa.insert(recorded), ROWS)
        connection.commit()
        yield connection
    engine.dispose()


@pytest.fixture
def anew() -> Iterator[sa.Connection]:
    with scratch() as connection:
        ANEW.create(connection)
        connection.execute(sa.insert(ANEW), ROWS)
        yield connection


class Look:
    """Looks at the live table and at the one made anew."""

    def __init__(self, live: sa.Connection, recorded: sa.Table) -> None:
        self.live, self.recorded = live, recorded

    def __call__(self, anew: sa.Connection) -> dict[str, int]:
        return alike(self.live, {"levels": self.recorded}, anew, {"levels": ANEW}, TAKAMATSU)


@pytest.fixture
def look(live: sa.Connection, recorded: sa.Table) -> Look:
    return Look(live, recorded)


def test_the_same_rows_are_counted(look: Look, anew: sa.Connection) -> None:
    assert look(anew) == {"levels": 3}
    assert look(anew) == {"levels": 3}


def test_no_rows_are_alike(look: Look, anew: sa.Connection) -> None:
    look.live.execute(sa.delete(look.recorded).where(look.recorded.c.tenant == TAKAMATSU))
    anew.execute(sa.delete(ANEW).where(ANEW.c.tenant == TAKAMATSU))
    assert look(anew) == {"levels": 0}


def test_another_municipality_does_not_matter(look: Look, anew: sa.Connection) -> None:
    anew.execute(sa.update(ANEW).where(ANEW.c.tenant == MATSUDO).values(amount=8))
    assert look(anew) == {"levels": 3}


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
def test_any_difference_has_to_be_looked_at(look: Look, anew: sa.Connection, otherwise: sa.Executable) -> None:
    anew.execute(otherwise)
    assert look(anew) == {}


def test_what_is_recorded_meanwhile_is_not_seen(tmp_path: Path, look: Look, anew: sa.Connection) -> None:
    look.live.exec_driver_sql("PRAGMA journal_mode=WAL")
    look.live.exec_driver_sql("BEGIN")
    look.live.execute(sa.select(look.recorded)).all()
    other = sa.create_engine(f"sqlite:///{tmp_path / 'live.db'}")
    with other.begin() as connection:
        connection.execute(sa.delete(look.recorded))
    other.dispose()
    assert look(anew) == {"levels": 3}


def test_a_database_in_memory_has_to_be_looked_at(look: Look) -> None:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as in_memory:
        ANEW.create(in_memory)
        in_memory.execute(sa.insert(ANEW), ROWS)
        assert look(in_memory) == {}
    engine.dispose()


@pytest.mark.parametrize(
    "made_by_hand",
    [
        "(tenant TEXT, jar TEXT, amount INTEGER, label TEXT COLLATE NOCASE, PRIMARY KEY (tenant, jar))",
        "(tenant TEXT, jar TEXT, amount TEXT, label TEXT, PRIMARY KEY (tenant, jar))",
        "(tenant TEXT, jar TEXT, amount INTEGER, label TEXT)",
    ],
    ids=["collation", "type", "no key"],
)
def test_a_table_of_another_form_has_to_be_looked_at(look: Look, anew: sa.Connection, made_by_hand: str) -> None:
    look.recorded.drop(look.live)
    look.live.exec_driver_sql(f"CREATE TABLE {look.recorded.name} {made_by_hand}")
    look.live.execute(sa.insert(look.recorded), ROWS)
    look.live.commit()
    assert look(anew) == {}


def test_a_table_that_is_gone_has_to_be_looked_at(look: Look, anew: sa.Connection) -> None:
    look.recorded.drop(look.live)
    look.live.commit()
    assert look(anew) == {}
