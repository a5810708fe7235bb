"""SQLite finds the events of a stream from its last one back, also in a ledger from before it could."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.ports import Damaged, Stream
from shared.kernel.messages import START, Event, Head
from tests.contract.chains import event
from tests.controls import MATSUDO, TAKAMATSU
from tests.tally import TALLY

PLACES = [(tenant, stream) for tenant in (TAKAMATSU, MATSUDO) for stream in ("jar-a", "jar-b")]
OLDER = (
    "DROP TABLE streams",
    "DROP TABLE earlier",
    "DROP TRIGGER ledger_goes_on",
    "CREATE UNIQUE INDEX versions ON ledger (tenant, stream, version)",
)


def opened(folder: Path) -> SqliteStore:
    return SqliteStore(folder / "tally.db", TALLY.contract, synchronous="OFF")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(opened(tmp_path)) as store:
        yield store


def by_hand(store: SqliteStore, *statements: str) -> None:
    with closing(sqlite3.connect(store.path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


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


@given(st.lists(st.sampled_from(PLACES), max_size=30), st.sets(st.sampled_from(PLACES)), st.integers(1, 9))
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
    by_hand(store, *OLDER)
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
        by_hand(store, statement)
    assert loaded(store, PLACES) == expected(events, PLACES)


@pytest.mark.parametrize(
    "statements",
    [
        ("DROP TRIGGER earlier_refuses_delete", "DELETE FROM earlier WHERE tenant = '372013' AND seq = 3"),
        ("DROP TRIGGER ledger_refuses_delete", "DELETE FROM ledger WHERE tenant = '372013' AND seq = 3"),
        ("DROP TRIGGER earlier_refuses_update", "UPDATE earlier SET before = 5 WHERE tenant = '372013' AND seq = 3"),
    ],
)
def test_nothing_is_decided_on_a_part_of_a_stream(store: SqliteStore, statements: tuple[str, str]) -> None:
    append(store, life(PLACES * 3))
    by_hand(store, *statements)
    assert len(loaded(store, PLACES[1:])) == 3
    with pytest.raises(Damaged, match="tally の台帳: 372013 の jar-a の事実がそろっていません"):
        loaded(store, PLACES)
