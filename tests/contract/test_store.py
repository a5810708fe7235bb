"""The contract of a store, first part: the ledger and what is written with it in one transaction."""

from threading import Thread

import pytest
import sqlalchemy as sa

from shared.flow.ports import Answer, Parked, Position, Quarantined, Store, Stretch, Unavailable
from shared.kernel.messages import START
from tests.contract.backends import StoreFactory
from tests.contract.chains import chain, event
from tests.controls import KOSAKA, MATSUDO, TAKAMATSU, TENANTS
from tests.tally import Added
from tests.unit.flow.reading import attributes

AT = "2016-11-01T01:02:03+00:00"


def append(store: Store, *events: object) -> None:
    with store.begin(TENANTS) as tx:
        tx.append(events)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------ the ledger


def test_a_ledger_without_events_starts_at_the_start(store: Store) -> None:
    assert (store.service, store.head(TAKAMATSU), store.heads()) == ("tally", START, {})
    assert store.read(TAKAMATSU, 0, 10) == []
    with store.begin(TENANTS) as tx:
        assert tx.lock_heads({TAKAMATSU, MATSUDO}) == {TAKAMATSU: START, MATSUDO: START}
        assert tx.load({(TAKAMATSU, "jar-a")}) == {}


def test_what_was_appended_is_read_back_to_the_byte(store: Store) -> None:
    written = event()
    append(store, written)
    (read,) = store.read(TAKAMATSU, 0, 10)
    assert attributes(read) == attributes(written)
    assert read.computed_hash() == read.hash
    assert read.fact == Added(jar="瓶", amount=1)


def test_appending_nothing_is_nothing(store: Store) -> None:
    append(store)
    assert store.heads() == {}


def test_events_are_read_in_order_after_a_number_and_up_to_a_limit(store: Store) -> None:
    append(store, *chain(5), *chain(2, tenant=MATSUDO))
    assert [one.seq for one in store.read(TAKAMATSU, 0, 10)] == [1, 2, 3, 4, 5]
    assert [one.seq for one in store.read(TAKAMATSU, 2, 2)] == [3, 4]
    assert store.read(TAKAMATSU, 5, 10) == []
    assert [one.tenant for one in store.read(MATSUDO, 0, 10)] == [MATSUDO, MATSUDO]


def test_a_stretch_of_each_of_many_ledgers_is_read_at_once(store: Store) -> None:
    append(store, *chain(5), *chain(2, tenant=MATSUDO), *chain(4, tenant=KOSAKA))
    found = store.read_each({TAKAMATSU: Stretch(1, 3), KOSAKA: Stretch(0, 2), MATSUDO: Stretch(2, 9)})
    assert [(one.tenant, one.seq) for one in found] == [
        *[(TAKAMATSU, seq) for seq in (2, 3, 4)],
        *[(KOSAKA, seq) for seq in (1, 2)],
    ]
    assert store.read_each({}) == []
    assert attributes(found[0]) == attributes(store.read(TAKAMATSU, 1, 1)[0])


def test_heads_move_to_the_last_event_of_each_tenant(store: Store) -> None:
    here, there = chain(3), chain(1, tenant=MATSUDO)
    append(store, *here, *there)
    heads = {TAKAMATSU: here[-1].head, MATSUDO: there[-1].head}
    assert store.heads() == heads
    assert store.head(TAKAMATSU) == here[-1].head
    with store.begin(TENANTS) as tx:
        assert tx.lock_heads({MATSUDO, TAKAMATSU}) == heads


def test_streams_are_loaded_each_in_version_order(store: Store) -> None:
    first = event()
    second = event(first.head, stream="jar-b")
    third = event(second.head, version=2)
    theirs = event(tenant=MATSUDO)
    append(store, first, second, third, theirs)
    with store.begin(TENANTS) as tx:
        found = tx.load({(TAKAMATSU, "jar-a"), (TAKAMATSU, "jar-c"), (MATSUDO, "jar-a"), (MATSUDO, "jar-b")})
    assert {place: [one.seq for one in events] for place, events in found.items()} == {
        (TAKAMATSU, "jar-a"): [1, 3],
        (MATSUDO, "jar-a"): [1],
    }
    assert [one.version for one in store.stream(TAKAMATSU, "jar-a")] == [1, 2]
    assert store.stream(TAKAMATSU, "jar-z") == []


def test_a_number_is_given_once_only(store: Store) -> None:
    append(store, event())
    with pytest.raises(sa.exc.IntegrityError):
        append(store, event(stream="jar-b"))
    assert [one.stream for one in store.read(TAKAMATSU, 0, 10)] == ["jar-a"]


def test_a_version_of_a_stream_is_given_once_only(store: Store) -> None:
    append(store, event())
    with pytest.raises(sa.exc.IntegrityError):
        append(store, event(store.head(TAKAMATSU)))
    assert store.head(TAKAMATSU).seq == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE ledger SET actor = 'other'", "UPDATE ledger SET seq = seq + 1", "DELETE FROM ledger"]
)
def test_a_ledger_is_neither_changed_nor_deleted(store: Store, statement: str) -> None:
    append(store, *chain(2))
    before = [attributes(one) for one in store.read(TAKAMATSU, 0, 10)]
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), store.begin(TENANTS) as tx:
        tx.connection.execute(sa.text(statement))
    assert [attributes(one) for one in store.read(TAKAMATSU, 0, 10)] == before


# ------------------------------------------------------------------------------------------ transactions


def test_a_transaction_sees_its_own_events_and_others_see_them_after_the_commit(store: Store) -> None:
    with store.begin(TENANTS) as tx:
        tx.append(chain(2))
        assert len(tx.load({(TAKAMATSU, "jar-a")})[TAKAMATSU, "jar-a"]) == 2
        assert tx.lock_heads({TAKAMATSU})[TAKAMATSU].seq == 2
        assert store.heads() == {}
    assert store.head(TAKAMATSU).seq == 2


class Interrupted(BaseException):
    pass


@pytest.mark.parametrize("end", [ValueError, Interrupted])
def test_nothing_of_a_transaction_that_fails_remains(store: Store, end: type[BaseException]) -> None:
    called: list[str] = []

    def fail() -> None:
        with store.begin(TENANTS) as tx:
            tx.append(chain(2))
            tx.remember({(TAKAMATSU, "key"): Answer(b"input", b"body")}, AT)
            tx.move("sub", 1, {("tally", TAKAMATSU): Position(1, b"hash", 0, 0)})
            tx.park(Parked("sub", TAKAMATSU, "tally", 1, "reason", AT))
            tx.quarantine(Quarantined("sub", "place", b"raw", "reason", AT))
            tx.switch("view", 2)
            tx.publish_checkpoint({TAKAMATSU: 2})
            tx.on_commit(lambda: called.append("committed"))
            raise end

    with pytest.raises(end):
        fail()

    assert called == []
    assert (store.heads(), store.unpublished()) == ({}, {})
    assert (store.all_positions(), store.all_parked(), store.all_quarantined()) == ([], [], [])
    with store.begin(TENANTS) as tx:
        assert tx.answers({(TAKAMATSU, "key")}) == {}
        assert tx.generation("view") == 1


def test_after_a_failure_the_next_transaction_is_as_good_as_any(store: Store) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        append(store, event(), event())
    append(store, event())
    assert store.head(TAKAMATSU).seq == 1


def test_calls_for_the_commit_are_made_after_it_in_order(store: Store) -> None:
    seen: list[int] = []
    with store.begin(TENANTS) as tx:
        tx.on_commit(lambda: seen.append(store.head(TAKAMATSU).seq))
        tx.on_commit(lambda: seen.append(-1))
        tx.append(chain(2))
        assert seen == []
    assert seen == [2, -1]


def test_whoever_opened_the_store_hears_of_commits_and_whether_they_appended(store_factory: StoreFactory) -> None:
    heard: list[bool] = []
    store = store_factory.open(heard.append)
    append(store, event())
    with store.begin(TENANTS) as tx:
        tx.publish_checkpoint({TAKAMATSU: 1})
    with pytest.raises(sa.exc.IntegrityError):
        append(store, event())
    assert heard == [True, False]


def test_a_reader_sees_one_consistent_moment(store: Store) -> None:
    append(store, event())
    count = sa.text("SELECT count(*) FROM ledger")
    with store.reading(*TENANTS) as connection:
        assert connection.scalar(count) == 1
        append(store, event(store.head(TAKAMATSU), version=2))
        assert connection.scalar(count) == 1
    with store.reading(*TENANTS) as connection:
        assert connection.scalar(count) == 2


@pytest.mark.parametrize("urgent", [False, True])
def test_writers_of_one_tenant_take_turns(store: Store, urgent: bool) -> None:
    def write() -> None:
        with store.begin(TENANTS, urgent=urgent) as tx:
            head = tx.lock_heads({TAKAMATSU})[TAKAMATSU]
            tx.append([event(head, version=head.seq + 1)])

    threads = [Thread(target=write) for _ in range(4)]
    with store.begin(TENANTS) as tx:
        head = tx.lock_heads({TAKAMATSU})[TAKAMATSU]
        for thread in threads:
            thread.start()
        tx.append([event(head, version=1)])
    for thread in threads:
        thread.join()
    assert [one.seq for one in store.read(TAKAMATSU, 0, 10)] == [1, 2, 3, 4, 5]


def test_writers_of_different_tenants_wait_for_one_another_only_where_declared(
    store_factory: StoreFactory, store: Store
) -> None:
    thread = Thread(target=lambda: append(store, event(tenant=MATSUDO)))
    with store.begin(TENANTS) as tx:
        tx.lock_heads({TAKAMATSU})
        thread.start()
        if store_factory.features.writes_side_by_side:
            thread.join()
        tx.append([event()])
    thread.join()
    assert {town: head.seq for town, head in store.heads().items()} == {TAKAMATSU: 1, MATSUDO: 1}


def test_everything_is_there_after_opening_anew(store_factory: StoreFactory, store: Store) -> None:
    parked = Parked("sub", TAKAMATSU, "tally", 1, "reason", AT)
    garbled = Quarantined("sub", "place", b"\xff", "reason", AT)
    with store.begin(TENANTS) as tx:
        tx.append(chain(2))
        tx.remember({(TAKAMATSU, "key"): Answer(b"input", b"body")}, AT)
        tx.move("sub", 1, {("tally", TAKAMATSU): Position(1, b"hash", 3, 4)})
        tx.park(parked)
        tx.quarantine(garbled)
        tx.switch("view", 2)
        tx.publish_checkpoint({TAKAMATSU: 1})
    before = [attributes(one) for one in store.read(TAKAMATSU, 0, 10)]
    store.close()

    again = store_factory.open()

    assert [attributes(one) for one in again.read(TAKAMATSU, 0, 10)] == before
    assert again.unpublished() == {TAKAMATSU: Stretch(1, 1)}
    assert again.all_positions() == [("sub", 1, ("tally", TAKAMATSU), Position(1, b"hash", 3, 4))]
    assert (again.all_parked(), again.all_quarantined()) == ([parked], [garbled])
    with again.begin(TENANTS) as tx:
        assert tx.answers({(TAKAMATSU, "key")}) == {(TAKAMATSU, "key"): Answer(b"input", b"body")}
        assert tx.generation("view") == 2


def test_what_another_process_appends_is_seen(store_factory: StoreFactory, store: Store) -> None:
    other = store_factory.open()
    append(other, *chain(2))
    assert store.head(TAKAMATSU).seq == 2
    with store.begin(TENANTS) as tx:
        assert tx.lock_heads({TAKAMATSU})[TAKAMATSU].seq == 2


def test_an_outage_is_called_one_and_loses_nothing(store_factory: StoreFactory, store: Store) -> None:
    append(store, event())
    store_factory.break_down(store)
    with pytest.raises(Unavailable):
        append(store, *chain(500, store.head(TAKAMATSU)))
    assert store_factory.open().head(TAKAMATSU).seq == 1
