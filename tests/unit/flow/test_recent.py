"""What was committed last reaches the relay without being read back; whatever is missing there is read."""

from collections.abc import Callable
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.local_bus import LocalBus
from shared.adapters.sql_sqlite import SqliteStore
from shared.flow import recent as recent_module
from shared.flow.handle import Desk, handle
from shared.flow.ports import Delivered, Polled
from shared.flow.recent import Recent
from shared.flow.relay import Relay
from tests.contract.chains import chain
from tests.controls import MATSUDO, TAKAMATSU
from tests.tally import Put, request
from tests.unit.flow.reading import attributes

LEDGER = chain(8)


def seqs(recent: Recent, after: int, limit: int = 100) -> list[int]:
    return [event.seq for event in recent.take(TAKAMATSU, after, limit)]


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> Recent:
    monkeypatch.setattr(recent_module, "ROOM", 6)
    recent = Recent()
    recent.add(LEDGER[:6])
    return recent


def published(message: Polled) -> object:
    assert isinstance(message, Delivered)
    return (*attributes(message.event), message.event.fact)


def test_what_was_taken_is_gone_and_the_rest_stays() -> None:
    recent = Recent()
    recent.add(LEDGER[:5])
    assert seqs(recent, 0, 2) == [1, 2]
    assert seqs(recent, 2) == [3, 4, 5]
    assert seqs(recent, 5) == []


def test_what_was_published_meanwhile_is_left_out() -> None:
    recent = Recent()
    recent.add(LEDGER[:5])
    assert seqs(recent, 3) == [4, 5]


def test_tenants_do_not_mix() -> None:
    recent = Recent()
    recent.add([*LEDGER[:2], *chain(2, tenant=MATSUDO)])
    assert seqs(recent, 0) == [1, 2]
    assert [event.tenant for event in recent.take(MATSUDO, 0, 9)] == [MATSUDO] * 2


def test_what_there_is_no_room_for_is_only_in_the_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_module, "ROOM", 3)
    recent = Recent()
    recent.add(LEDGER[:2])
    recent.add(LEDGER[2:5])
    assert seqs(recent, 0, 2) == [1, 2]
    recent.add(LEDGER[5:8])
    assert seqs(recent, 2) == [3]
    assert seqs(recent, 3) == []
    assert seqs(recent, 4) == []
    assert seqs(recent, 5) == [6, 7]
    recent.add(chain(3, tenant=MATSUDO))
    assert [event.seq for event in recent.take(MATSUDO, 0, 9)] == [1, 2, 3]


def test_what_others_have_published_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_module, "ROOM", 3)
    recent = Recent()
    recent.add(LEDGER[:3])
    assert seqs(recent, 3) == []
    recent.add(LEDGER[3:6])
    assert seqs(recent, 3) == [4, 5, 6]


def test_what_was_read_from_the_ledger_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_module, "ROOM", 3)
    recent = Recent()
    recent.add(LEDGER[2:5])
    recent.passed({TAKAMATSU: 4, MATSUDO: 9})
    recent.add(LEDGER[5:8])
    assert seqs(recent, 4) == [5, 6, 7]


def test_who_waits_for_room_goes_on_when_half_of_it_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_module, "ROOM", 6)
    recent = Recent()
    assert recent.wait_for_room(0)
    recent.add(LEDGER[:5])
    assert seqs(recent, 0, 1) == [1]
    assert not recent.wait_for_room(0.01)
    waited = Thread(target=recent.wait_for_room, args=(60,))
    waited.start()
    assert seqs(recent, 1, 1) == [2]
    waited.join(60)
    assert not waited.is_alive()


def test_a_relay_is_waited_for_as_long_as_it_gets_on(full: Recent, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []

    def meanwhile(freed: Callable[[], bool], _seconds: float) -> bool:
        taken.extend(seqs(full, len(taken), 1))
        return freed()

    monkeypatch.setattr(full._changing, "wait_for", meanwhile)
    assert full.wait_for_room(1)
    assert taken == [1, 2, 3]


def test_a_relay_that_stands_still_is_not_waited_for_again_until_it_gets_on(
    full: Recent, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def in_vain(freed: Callable[[], bool], seconds: float) -> bool:
        waits.append(seconds)
        return freed()

    monkeypatch.setattr(full._changing, "wait_for", in_vain)
    assert [full.wait_for_room(1), full.wait_for_room(1)] == [False, False]
    assert waits == [1]
    assert seqs(full, 0, 1) == [1]
    assert not full.wait_for_room(1)
    assert waits == [1, 1]


def test_what_was_read_before_it_was_added_takes_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_module, "ROOM", 4)
    recent = Recent()
    recent.passed({TAKAMATSU: 4})
    recent.add(LEDGER[:6])
    assert recent.wait_for_room(0)
    assert seqs(recent, 4) == [5, 6]


@given(st.lists(st.integers(0, 7), unique=True), st.integers(0, 8), st.integers(1, 9))
def test_never_with_a_gap(kept: list[int], after: int, limit: int) -> None:
    recent = Recent()
    recent.add([LEDGER[place] for place in sorted(kept)])
    found = seqs(recent, after, limit)
    assert found == list(range(after + 1, after + 1 + len(found)))


def test_the_relay_publishes_the_same_whether_it_was_told_or_reads(desk: Desk, store: SqliteStore) -> None:
    desk.recent = Recent()
    bus = LocalBus()
    inbox = bus.inbox("listener", ("tally",))
    handle(desk, [request(TAKAMATSU, Put("a", 1)), request(TAKAMATSU, Put("b", 2))])
    relay = Relay(store, bus, recent=desk.recent)
    relay.step()
    told = inbox.poll(9)
    with store.begin([TAKAMATSU]) as tx:
        tx.publish_checkpoint({TAKAMATSU: 0})
    relay.step()
    read = inbox.poll(9)
    assert len(told) == 2
    assert [published(message) for message in told] == [published(message) for message in read]
