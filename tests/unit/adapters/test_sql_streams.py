"""SQLite finds the events of a stream from its last one back, also in a ledger from before it could."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters import sql_streams
from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.ports import Damaged, Stream
from shared.kernel.messages import START, Event, Head
from tests.by_hand import by_hand
from tests.contract.chains import event
from tests.controls import MATSUDO, TAKAMATSU
from tests.tally import TALLY

PLACES = [(tenant, stream) for tenant in (TAKAMATSU, MATSUDO) for stream in ("jar-a", "jar-b")]
OLDER = (
    "DROP TRIGGER ledger_goes_on",
    "DROP TABLE streams",
    "DROP TABLE earlier",
    "CREATE UNIQUE INDEX versions ON ledger (tenant, stream, version)",
)


def opened(folder: Path) -> SqliteStore:
    return SqliteStore(folder / "tally.db", TALLY.contract, synchronous="OFF")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(opened(tmp_path)) as store:
        yield store


def life(places: Sequence[Stream]) -> list[Event]:
    """One event after the other in these streams."""
    heads: dict[str, Head] = {}
    versions: dict[Stream, int] = {}
    made = []
    for tenant, stream in places:
        versions[tenant, stream] = versions.get((tenant, stream), 0) + 1
        made.append(event(heads.get(tenant, START), tenant, stream, versions[tenant, stream]))
        heads[tenant] = made[-1].head
    return made


def append(store: SqliteStore, events: Sequence[Event]) -> None:
    with store.begin(()) as tx:
        tx.append(events)


def expected(events: Sequence[Event], places: Sequence[Stream]) -> dict[Stream, list[str]]:
    found = {place: [one.id for one in events if (one.tenant, one.stream) == place] for place in places}
    return {place: ids for place, ids in found.items() if ids}


def loaded(store: SqliteStore, places: Sequence[Stream]) -> dict[Stream, list[str]]:
    with store.begin(()) as tx:
        return {place: [one.id for one in events] for place, events in tx.load(places).items()}


@given(st.lists(st.sampled_from(PLACES), max_size=90), st.sets(st.sampled_from(PLACES)), st.integers(1, 45))
def test_a_stream_is_all_of_its_events_in_order(
    tmp_path_factory: pytest.TempPathFactory, places: list[Stream], wanted: set[Stream], together: int
) -> None:
    events = life(places)
    folder = tmp_path_factory.mktemp("streams")
    with closing(opened(folder)) as store:
        for at in range(0, len(events), together):
            append(store, events[at : at + together])
        assert loaded(store, list(wanted)) == expected(events, list(wanted))
        assert [one.version for one in store.stream(*PLACES[0])] == list(range(1, places.count(PLACES[0]) + 1))


def test_a_ledger_from_before_is_read_on_and_goes_on(store: SqliteStore) -> None:
    events = life(PLACES * 3 + PLACES[:2])
    append(store, events[:9])
    by_hand(store.path, *OLDER)
    with closing(opened(store.path.parent)) as again:
        assert loaded(again, PLACES) == expected(events[:9], PLACES)
        append(again, events[9:])
        assert loaded(again, PLACES) == expected(events, PLACES)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_stream_does_not_go_back(store: SqliteStore, version: int) -> None:
    events = life(PLACES[:1] * 3)
    append(store, events)
    with pytest.raises(sa.exc.IntegrityError, match="once only"):
        append(store, [event(events[-1].head, version=version)])
    assert store.head(TAKAMATSU) == events[-1].head
    assert loaded(store, PLACES) == expected(events, PLACES)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM streams",
        "DELETE FROM earlier",
        "UPDATE earlier SET before = 1",
        "UPDATE streams SET version = 1",
        "UPDATE streams SET stream = 'jar-c', version = 9",
        "UPDATE streams SET tenant = '131016', version = 9",
    ],
)
def test_nothing_of_it_is_changed_or_deleted(store: SqliteStore, statement: str) -> None:
    events = life(PLACES[:1] * 3)
    append(store, events)
    with pytest.raises(sqlite3.IntegrityError):
        by_hand(store.path, statement)
    assert loaded(store, PLACES) == expected(events, PLACES)


CUT = "DROP TRIGGER ledger_refuses_delete"
CIRCLE = ("PRAGMA ignore_check_constraints = ON", "INSERT INTO earlier VALUES ('372013', 1, 5)")
Damages = dict[str, tuple[int | None, tuple[str, ...]]]
INCOMPLETE: Damages = {
    "no link": (
        3,
        ("DROP TRIGGER earlier_refuses_delete", "DELETE FROM earlier WHERE tenant = '372013' AND seq = 3"),
    ),
    "another link": (
        3,
        ("DROP TRIGGER earlier_refuses_update", "UPDATE earlier SET before = 2 WHERE tenant = '372013' AND seq = 3"),
    ),
    "ahead": (5, ("UPDATE streams SET version = version + 1 WHERE tenant = '372013' AND stream = 'jar-a'",)),
    "no event in the middle": (None, (CUT, "DELETE FROM ledger WHERE tenant = '372013' AND seq = 3")),
    "no event at the end": (None, (CUT, "DELETE FROM ledger WHERE tenant = '372013' AND seq = 5")),
    "no event at all": (None, (CUT, "DELETE FROM ledger WHERE tenant = '372013' AND stream = 'jar-a'")),
}
MISLEADING: Damages = {
    "a circle": (1, CIRCLE),
    "set back": (3, ("INSERT OR REPLACE INTO streams VALUES ('372013', 'jar-a', 1, 1)",)),
    "forgotten": (
        1,
        ("DROP TRIGGER streams_refuses_delete", "DELETE FROM streams WHERE tenant = '372013' AND stream = 'jar-a'"),
    ),
}
"""The number of the first event that is not found while all are there, and what was done by hand."""


@pytest.mark.parametrize("damage", INCOMPLETE)
def test_nothing_is_decided_on_a_part_of_a_stream(store: SqliteStore, damage: str) -> None:
    append(store, life(PLACES * 3))
    by_hand(store.path, *INCOMPLETE[damage][1])
    assert len(loaded(store, PLACES[1:])) == 3
    with pytest.raises(Damaged, match="tally の台帳: 372013 の jar-a の事実がそろっていません"):
        loaded(store, PLACES)
    with pytest.raises(Damaged):
        store.stream(*PLACES[0])


def test_a_circle_has_an_end(store: SqliteStore) -> None:
    events = life(PLACES * 3)
    append(store, events)
    by_hand(store.path, *CIRCLE)
    assert loaded(store, PLACES) == expected(events, PLACES)


@pytest.mark.parametrize("damage", [*INCOMPLETE, *MISLEADING])
def test_an_audit_finds_where_a_stream_leads_astray(store: SqliteStore, damage: str) -> None:
    append(store, life(PLACES * 3))
    assert [store.astray(TAKAMATSU), store.astray(MATSUDO)] == [None, None]
    first, statements = (INCOMPLETE | MISLEADING)[damage]
    by_hand(store.path, *statements)
    assert [store.astray(TAKAMATSU), store.astray(MATSUDO)] == [first, None]


@pytest.mark.parametrize(
    "statements",
    [
        ("DROP TABLE streams", "DROP TABLE earlier"),
        ("DROP TABLE streams",),
        ("DROP TABLE earlier",),
        ("DROP TRIGGER ledger_goes_on",),
        ("DROP TRIGGER streams_go_on",),
        ("DROP TRIGGER streams_refuses_delete",),
        ("DROP TRIGGER earlier_refuses_update",),
        ("CREATE TABLE other AS SELECT * FROM ledger", "DROP TABLE ledger", "ALTER TABLE other RENAME TO ledger"),
    ],
)
def test_what_is_missing_is_made_anew_from_the_ledger_when_it_is_opened(
    store: SqliteStore, statements: tuple[str, ...]
) -> None:
    events = life(PLACES * 4)
    append(store, events[:12])
    by_hand(store.path, *statements)
    with closing(opened(store.path.parent)) as again:
        assert loaded(again, PLACES) == expected(events[:12], PLACES)
        append(again, events[12:])
        with pytest.raises(sa.exc.IntegrityError, match="once only"):
            append(again, [event(events[-1].head, MATSUDO, "jar-b", 4)])
        assert loaded(again, PLACES) == expected(events, PLACES)
        assert again.astray(TAKAMATSU) is None


@pytest.mark.parametrize("restored", [(), (sql_streams._ON_APPENDING,)])
def test_a_ledger_that_has_gone_on_alone_is_followed_again(store: SqliteStore, restored: tuple[str, ...]) -> None:
    events = life(PLACES * 3)
    append(store, events[:6])
    by_hand(store.path, "DROP TRIGGER ledger_goes_on")
    append(store, events[6:])
    by_hand(store.path, *restored)
    with closing(opened(store.path.parent)) as again:
        assert loaded(again, PLACES) == expected(events, PLACES)


def test_a_store_that_could_not_be_brought_into_the_new_form_keeps_its_own(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = life(PLACES * 3)
    append(store, events)
    by_hand(store.path, *OLDER)
    with monkeypatch.context() as broken:
        broken.setattr(sql_streams, "_FILL_EARLIER", "INSERT INTO nowhere SELECT 1")
        with pytest.raises(sa.exc.OperationalError):
            opened(store.path.parent)
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'streams'").fetchone() == (0,)
    with closing(opened(store.path.parent)) as again:
        assert loaded(again, PLACES) == expected(events, PLACES)
