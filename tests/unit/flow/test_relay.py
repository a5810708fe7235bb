"""relay: publish in seq order, then move the checkpoint (decision 3)."""

from collections.abc import Collection, Iterable, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.handle import Desk, handle
from shared.flow.ports import Announced, Inbox, Stretch, Unavailable
from shared.flow.relay import FEW, RUN, Relay, next_in_turn
from shared.kernel.messages import Event
from tests.controls import KOSAKA, MATSUDO, TAKAMATSU
from tests.fakes import HandInbox
from tests.tally import Put, request


class HandBus:
    """Takes what it is given, unless the test says otherwise."""

    def __init__(self) -> None:
        self.batches: list[list[tuple[str, int]]] = []
        self.announced: list[Announced] = []
        self.room = True
        self.reachable = True

    def publish(self, events: Sequence[Event]) -> None:
        if not self.reachable:
            raise Unavailable("the broker")
        self.batches.append([(event.tenant, event.seq) for event in events])

    def announce(self, heads: Iterable[Announced]) -> None:
        self.announced.extend(heads)

    def has_room(self, source: str) -> bool:  # noqa: ARG002 - the same for all
        return self.room

    def inbox(self, subscription: str, sources: Collection[str]) -> Inbox:
        raise NotImplementedError((subscription, sources, HandInbox))


def put(desk: Desk, count: int, tenant: str = TAKAMATSU) -> None:
    handle(desk, [request(tenant, Put("a", 1, count))])


def test_everything_recorded_is_published_once_in_seq_order(desk: Desk, store: SqliteStore) -> None:
    bus = HandBus()
    put(desk, 3)
    relay = Relay(store, bus)
    assert [relay.step(), relay.step()] == [3, 0]
    put(desk, 2)
    assert [relay.step(), relay.step()] == [2, 0]
    assert bus.batches == [[(TAKAMATSU, 1), (TAKAMATSU, 2), (TAKAMATSU, 3)], [(TAKAMATSU, 4), (TAKAMATSU, 5)]]


def test_a_long_ledger_goes_out_batch_by_batch(desk: Desk, store: SqliteStore) -> None:
    bus = HandBus()
    put(desk, 5)
    relay = Relay(store, bus, batch=2)
    assert [relay.step() for _ in range(4)] == [2, 2, 1, 0]
    assert [seq for batch in bus.batches for _, seq in batch] == [1, 2, 3, 4, 5]


def test_who_has_few_events_goes_before_a_busy_tenant(desk: Desk, store: SqliteStore) -> None:
    bus = HandBus()
    put(desk, 100, KOSAKA)
    put(desk, 1, MATSUDO)
    put(desk, 2, TAKAMATSU)
    Relay(store, bus, batch=6).step()
    assert bus.batches == [[(MATSUDO, 1), (TAKAMATSU, 1), (TAKAMATSU, 2), (KOSAKA, 1), (KOSAKA, 2), (KOSAKA, 3)]]


def test_busy_tenants_share_a_batch() -> None:
    waiting = {tenant: Stretch(7, 1_000) for tenant in "abc"}
    assert next_in_turn(waiting, "", 600) == ({tenant: Stretch(7, 200) for tenant in "abc"}, "c")


def test_more_busy_tenants_than_a_batch_has_runs_go_by_turns() -> None:
    waiting = {tenant: Stretch(0, 1_000) for tenant in "edcba"}
    run = Stretch(0, RUN)
    assert next_in_turn(waiting, "", 2 * RUN) == ({"a": run, "b": run}, "b")
    assert next_in_turn(waiting, "b", 2 * RUN) == ({"c": run, "d": run}, "d")
    assert next_in_turn(waiting, "d", 2 * RUN) == ({"e": run, "a": run}, "a")


def test_half_of_a_batch_is_for_those_who_have_few_and_takes_nobodys_turn() -> None:
    busy = {tenant: Stretch(0, 1_000) for tenant in "abc"}
    few = {f"few-{number}": Stretch(9, FEW) for number in range(2 * RUN)}
    batch, last = next_in_turn(busy | few, "a", 4 * RUN)
    assert sum(stretch.size for stretch in batch.values() if stretch.after == 9) == 2 * RUN
    assert {tenant: batch[tenant] for tenant in batch.keys() & busy.keys()} == {
        "b": Stretch(0, RUN),
        "c": Stretch(0, RUN),
    }
    assert last == "c"


@given(
    st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(1, 300), min_size=1), st.integers(1, 400)
)
def test_everybody_has_a_turn_and_no_batch_is_too_large(sizes: dict[str, int], room: int) -> None:
    """Also while those who have few have as many again at every step."""
    waiting = {tenant: Stretch(0, size) for tenant, size in sizes.items()}
    last = ""
    served = set[str]()
    for _ in range(len(sizes)):
        batch, last = next_in_turn(waiting, last, room)
        assert 0 < sum(stretch.size for stretch in batch.values()) <= room
        served |= batch.keys()
    assert served == sizes.keys()


def test_a_relay_goes_on_with_the_next_tenant(desk: Desk, store: SqliteStore) -> None:
    bus = HandBus()
    for tenant in (TAKAMATSU, KOSAKA, MATSUDO):
        put(desk, 2 * RUN, tenant)
    relay = Relay(store, bus, batch=RUN)
    while relay.step():
        pass
    assert [batch[0] for batch in bus.batches] == [
        (tenant, first) for first in (1, RUN + 1) for tenant in sorted((TAKAMATSU, KOSAKA, MATSUDO))
    ]


def test_more_tenants_than_a_batch_holds_all_get_their_turn(desk: Desk, store: SqliteStore) -> None:
    bus = HandBus()
    for number in range(7):
        put(desk, 2, f"{number:06d}")
    relay = Relay(store, bus, batch=3)
    while relay.step():
        pass
    out = [event for batch in bus.batches for event in batch]
    assert sorted(out) == [(f"{number:06d}", seq) for number in range(7) for seq in (1, 2)]


def test_a_relay_waits_while_the_bus_has_no_room(desk: Desk, store: SqliteStore) -> None:
    bus = HandBus()
    bus.room = False
    put(desk, 1)
    assert Relay(store, bus).step() == 0
    assert bus.batches == []


def test_what_the_bus_did_not_take_is_published_again(desk: Desk, store: SqliteStore) -> None:
    bus = HandBus()
    bus.reachable = False
    put(desk, 2)
    with pytest.raises(Unavailable):
        Relay(store, bus).step()
    bus.reachable = True
    assert Relay(store, bus).step() == 2


def test_a_new_relay_goes_on_at_the_checkpoint(desk: Desk, store: SqliteStore) -> None:
    bus = HandBus()
    put(desk, 2)
    Relay(store, bus).step()
    put(desk, 1)
    Relay(store, bus).step()
    assert bus.batches[1] == [(TAKAMATSU, 3)]


def test_a_second_relay_repeats_and_loses_nothing(desk: Desk, store: SqliteStore) -> None:
    put(desk, 4)

    class Racing(HandBus):
        """While the first relay publishes, a second one is quicker."""

        def publish(self, events: Sequence[Event]) -> None:
            super().publish(events)
            if len(self.batches) == 1:
                Relay(store, self, batch=3).step()

    bus = Racing()
    relay = Relay(store, bus, batch=2)
    while relay.step():
        pass
    assert {seq for batch in bus.batches for _, seq in batch} == {1, 2, 3, 4}


@pytest.mark.parametrize("missing", [1, 100])
def test_ledgers_cut_off_by_hand_do_not_hold_up_the_other_tenants(desk: Desk, store: SqliteStore, missing: int) -> None:
    for number in range(9):
        put(desk, missing, f"{number:06d}")
    put(desk, 1, TAKAMATSU)

    class Cut(SqliteStore):
        def read_each(self, stretches: Mapping[str, Stretch]) -> list[Event]:
            return super().read_each({tenant: one for tenant, one in stretches.items() if tenant == TAKAMATSU})

    bus = HandBus()
    cut = Cut(store.path, store.contract)
    relay = Relay(cut, bus, batch=2)
    assert [relay.step() for _ in range(3)] == [1, 0, 0]
    assert bus.batches == [[(TAKAMATSU, 1)]]
    cut.close()


def test_the_heads_of_all_ledgers_are_announced(desk: Desk, store: SqliteStore) -> None:
    bus = HandBus()
    put(desk, 2, TAKAMATSU)
    put(desk, 1, MATSUDO)
    Relay(store, bus).announce()
    assert sorted((head.service, head.tenant, head.head) for head in bus.announced) == [
        ("tally", MATSUDO, store.head(MATSUDO)),
        ("tally", TAKAMATSU, store.head(TAKAMATSU)),
    ]
