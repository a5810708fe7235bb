"""consume: count, skip, wait, fetch, apply — effect and position in one transaction (decision 4)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.flow import consume
from shared.flow.ports import Announced, Delivered, Garbled, Unavailable
from shared.flow.subscriptions import Policy, Subscription, types
from tests.controls import MATSUDO, TAKAMATSU
from tests.tally import COPYING, DOUBLING, SHOWING, Added, Put, Take
from tests.unit.flow.reading import attributes
from tests.unit.flow.towers import OUTAGE, PowerCut, Tower


@pytest.fixture
def showing(tmp_path: Path) -> Iterator[Tower]:
    built = Tower(tmp_path, SHOWING)
    yield built
    built.close()


def test_nothing_arrived_is_nothing_to_do(tower: Tower) -> None:
    assert tower.consumer.step() == 0


def test_events_become_commands_of_the_own_service(tower: Tower) -> None:
    tower.deliver(tower.put(1, 2, 3))
    assert tower.consumer.step() == 3
    assert tower.copied() == [1, 2, 3]
    assert tower.reached() == 3


def test_a_recorded_effect_names_its_cause(tower: Tower) -> None:
    tower.deliver(tower.put(1))
    tower.run()
    event = tower.mirror.read(TAKAMATSU, 0, 1)[0]
    assert (event.actor, event.cause, event.correlation) == ("mirror.copying", "/yui/tally/372013-1", "correlation")


def test_a_policy_may_find_nothing_to_do(tmp_path: Path) -> None:
    tower = Tower(tmp_path, Subscription("mirror.idle", ("tally",), types(Added), Policy({Added: lambda _fact: ()})))
    tower.deliver(tower.put(1, 2))
    tower.run()
    assert (tower.copied(), tower.reached()) == ([], 2)
    tower.close()


def test_a_policy_may_look_something_up(tmp_path: Path) -> None:
    tower = Tower(tmp_path, DOUBLING)
    tower.deliver(tower.put(1, 2))
    tower.run()
    assert tower.copied() == [2, 4]
    tower.close()


def test_a_view_is_projected(showing: Tower) -> None:
    showing.deliver(showing.record(Put("a", 5), Put("b", 1), Take("a", 2)))
    showing.run()
    assert showing.levels() == {"a": 3, "b": 1}


def test_events_of_other_types_only_move_the_position(tower: Tower) -> None:
    tower.deliver(tower.record(Put("a", 5), Take("a", 2)))
    tower.run()
    assert tower.copied() == [5]
    assert tower.reached() == 2


def test_a_duplicate_is_skipped(tower: Tower) -> None:
    events = tower.put(1, 2)
    tower.deliver([*events, *events])
    tower.deliver(events)
    tower.run()
    assert tower.copied() == [1, 2]
    assert tower.counts.totals["duplicates_skipped"] == 4


def test_a_duplicate_is_skipped_after_a_restart(tower: Tower) -> None:
    events = tower.put(1, 2)
    tower.deliver(events)
    tower.run()
    tower.open()
    tower.deliver(events)
    tower.run()
    assert tower.copied() == [1, 2]


def test_a_gap_is_fetched_from_the_ledger_and_it_goes_on(tower: Tower) -> None:
    events = tower.put(1, 2, 3, 4, 5)
    tower.deliver([events[0], events[3], events[4]])
    tower.run()
    assert tower.copied() == [1, 2, 3, 4, 5]
    assert (tower.counts.totals["gaps_seen"], tower.counts.totals["gaps_healed"]) == (1, 1)


def test_events_in_the_wrong_order_take_effect_in_the_right_one(tower: Tower) -> None:
    events = tower.put(1, 2, 3)
    tower.deliver([events[2], events[0], events[1]])
    tower.run()
    assert tower.copied() == [1, 2, 3]


def test_a_gap_longer_than_a_batch_is_fetched_whole(tower: Tower, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consume, "LARGEST_BATCH", 3)
    tower.open()
    events = tower.put(*range(1, 12))
    tower.deliver([events[9]])
    assert tower.consumer.step() == 1 + 3
    tower.run()
    assert tower.copied() == list(range(1, 11 + 1))


def test_only_the_tenant_with_the_gap_waits(tower: Tower) -> None:
    here, there = tower.put(1, 2, 3), tower.put(4, 5, tenant=MATSUDO)
    tower.mirror.before_commit = None
    tower.deliver([here[0], here[2], *there])
    tower.run()
    assert (tower.copied(), tower.copied(MATSUDO)) == ([1, 2, 3], [4, 5])


def test_the_others_are_applied_even_while_the_gap_cannot_be_fetched(tower: Tower) -> None:
    here, there = tower.put(1, 2), tower.put(4, tenant=MATSUDO)
    tower.mirror.transactions_to_spare, tower.mirror.before_begin = 1, OUTAGE
    tower.deliver([here[1], *there])
    with pytest.raises(Unavailable):
        tower.consumer.step()
    assert (tower.copied(), tower.copied(MATSUDO)) == ([], [4])

    tower.mirror.before_begin = None
    tower.run()
    assert tower.copied() == [1, 2]


def test_garbled_bytes_are_quarantined_with_their_place_and_the_others_go_on(tower: Tower) -> None:
    events = tower.put(1, 2)
    tower.deliver(events[:1])
    tower.inbox.put(Garbled("yui.tally.v1[0]@17", b"\xff{", "no JSON"))
    tower.deliver(events[1:])
    tower.run()
    assert tower.copied() == [1, 2]
    (row,) = tower.mirror.all_quarantined()
    assert (row.subscription, row.place, row.raw, row.reason) == (
        "mirror.copying",
        "yui.tally.v1[0]@17",
        b"\xff{",
        "no JSON",
    )
    assert row.since == "2016-11-01T01:02:03+00:00"
    assert tower.counts.totals["quarantined"] == 1


def test_garbled_bytes_survive_an_outage(tower: Tower) -> None:
    tower.inbox.put(Garbled("place", b"raw", "reason"))
    tower.mirror.before_begin = OUTAGE
    with pytest.raises(Unavailable):
        tower.consumer.step()
    tower.mirror.before_begin = None
    tower.run()
    tower.run()
    assert [row.place for row in tower.mirror.all_quarantined()] == ["place"]


def test_a_crash_beside_garbled_bytes_does_not_pass_over_them(tower: Tower) -> None:
    events = tower.put(1)
    tower.deliver(events)
    tower.inbox.put(Garbled("place", b"raw", "reason"))
    tower.mirror.transactions_to_spare, tower.mirror.before_begin = 1, PowerCut()
    with pytest.raises(PowerCut):
        tower.consumer.step()
    assert [row.place for row in tower.mirror.all_quarantined()] == ["place"]
    assert tower.copied() == []


# ------------------------------------------------------------------------------------------ one transaction


@pytest.mark.parametrize("end", [PowerCut(), OUTAGE], ids=["crash", "outage"])
def test_effect_and_position_are_committed_together_or_not_at_all(tower: Tower, end: BaseException) -> None:
    tower.deliver(tower.put(1, 2))
    tower.mirror.before_commit = end
    with pytest.raises(type(end)):
        tower.consumer.step()
    assert (tower.copied(), tower.reached()) == ([], 0)


def test_the_same_for_a_view(showing: Tower) -> None:
    showing.deliver(showing.put(1, 2))
    showing.mirror.before_commit = PowerCut()
    with pytest.raises(PowerCut):
        showing.consumer.step()
    assert (showing.levels(), showing.reached()) == ({}, 0)


def test_after_a_crash_before_the_commit_a_redelivery_takes_effect_once(tower: Tower) -> None:
    events = tower.put(1, 2)
    tower.deliver(events)
    tower.mirror.before_commit = PowerCut()
    with pytest.raises(PowerCut):
        tower.consumer.step()
    tower.open()
    tower.deliver(events)
    tower.run()
    assert (tower.copied(), tower.reached()) == ([1, 2], 2)


@pytest.mark.parametrize("where", ["before_begin", "before_commit"])
def test_nothing_is_lost_in_an_outage_even_when_the_bus_delivers_once_only(tower: Tower, where: str) -> None:
    tower.deliver(tower.put(1, 2, 3))
    setattr(tower.mirror, where, OUTAGE)
    with pytest.raises(Unavailable):
        tower.consumer.step()
    with pytest.raises(Unavailable):
        tower.consumer.step()
    setattr(tower.mirror, where, None)
    tower.run()
    assert tower.copied() == [1, 2, 3]


def test_the_effect_of_a_batch_is_the_same_event_by_event_and_all_at_once(tmp_path: Path) -> None:
    ledgers = []
    for size in (1, 7, 500):
        (tmp_path / str(size)).mkdir()
        tower = Tower(tmp_path / str(size), COPYING)
        events = [*tower.put(*range(1, 12)), *tower.put(*range(1, 12), tenant=MATSUDO)]
        for start in range(0, len(events), size):
            tower.deliver(events[start : start + size])
            tower.run()
        ledgers.append([attributes(event) for town in (TAKAMATSU, MATSUDO) for event in tower.mirror.read(town, 0, 99)])
        tower.close()
    assert ledgers[0] == ledgers[1] == ledgers[2]


# ------------------------------------------------------------------------------------------ adaptive batches


def test_a_batch_that_takes_long_makes_the_next_ones_smaller(tower: Tower, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tower.consumer, "busy_seconds", 0.0)
    for _ in range(9):
        tower.deliver(tower.put(1))
        tower.consumer.step()
    assert tower.inbox.limits == [2000, 1000, 500, 250, 125, 62, 31, 20, 20]


def test_full_batches_that_are_quick_make_the_next_ones_larger_again(
    tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tower.consumer, "busy_seconds", 0.0)
    for _ in range(8):
        tower.deliver(tower.put(1))
        tower.consumer.step()
    monkeypatch.setattr(tower.consumer, "busy_seconds", 3_600.0)
    tower.deliver(tower.put(*[1] * 59))
    tower.consumer.step()
    tower.consumer.step()
    tower.consumer.step()
    assert tower.inbox.limits[8:] == [20, 40, 40]
    assert tower.counts.observed["batch_size"][8:] == [20, 39]


def test_batches_never_grow_beyond_the_largest(tower: Tower, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consume, "LARGEST_BATCH", 2)
    monkeypatch.setattr(tower.consumer, "busy_seconds", 3_600.0)
    tower.open()
    tower.deliver(tower.put(1, 2, 3))
    tower.run()
    assert tower.inbox.limits == [2, 2, 2]


def test_what_is_fetched_leaves_the_place_on_the_bus(tower: Tower) -> None:
    first, second = tower.put(1, 2)
    tower.inbox.put(Delivered(first, 4, 100))
    tower.run()
    tower.inbox.put(Announced("tally", TAKAMATSU, second.head))
    tower.run()
    (position,) = [position for _, _, _, position in tower.mirror.all_positions()]
    assert (position.seq, position.partition, position.offset) == (2, 4, 100)
    (third,) = tower.put(3)
    tower.inbox.put(Delivered(third, 4, 102))
    tower.run()
    (position,) = [position for _, _, _, position in tower.mirror.all_positions()]
    assert (position.seq, position.partition, position.offset) == (3, 4, 102)


def test_nothing_more_is_taken_while_the_store_is_away(tower: Tower) -> None:
    tower.deliver(tower.put(1))
    tower.mirror.before_begin = OUTAGE
    with pytest.raises(Unavailable):
        tower.consumer.step()
    tower.deliver(tower.put(2))
    with pytest.raises(Unavailable):
        tower.consumer.step()
    assert len(tower.inbox.messages) == 1
    tower.mirror.before_begin = None
    tower.run()
    assert tower.copied() == [1, 2]
