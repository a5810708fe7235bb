"""Announced heads: a tail that never came is noticed and fetched."""

import pytest

from shared.flow import consume
from shared.flow.ports import Announced
from shared.kernel.messages import Head
from tests.controls import MATSUDO, TAKAMATSU
from tests.unit.flow.towers import Tower


def test_an_announced_head_makes_a_lost_tail_known(tower: Tower) -> None:
    tower.put(1, 2, 3)
    tower.inbox.put(Announced("tally", TAKAMATSU, tower.tally.head(TAKAMATSU)))
    tower.run()
    assert tower.copied() == [1, 2, 3]


def test_an_announced_head_that_is_reached_is_nothing_to_do(tower: Tower) -> None:
    tower.deliver(tower.put(1))
    tower.run()
    tower.inbox.put(Announced("tally", TAKAMATSU, tower.tally.head(TAKAMATSU)))
    assert tower.consumer.step() == 1
    assert tower.consumer.step() == 0


def test_a_lost_tail_is_a_gap_that_was_seen_and_healed(tower: Tower) -> None:
    tower.put(1, 2, 3)
    tower.inbox.put(Announced("tally", TAKAMATSU, tower.tally.head(TAKAMATSU)))
    tower.run()
    assert (tower.counts.totals["gaps_seen"], tower.counts.totals["gaps_healed"]) == (1, 1)


def test_what_is_announced_and_still_on_its_way_is_no_gap(tower: Tower) -> None:
    events = tower.put(1, 2, 3)
    tower.deliver(events[:1])
    tower.inbox.put(Announced("tally", TAKAMATSU, events[-1].head))
    tower.consumer.step()
    tower.deliver(events[1:])
    tower.run()
    assert tower.copied() == [1, 2, 3]
    assert {name: tower.counts.totals[name] for name in ("gaps_seen", "gaps_healed", "duplicates_skipped")} == {
        "gaps_seen": 0,
        "gaps_healed": 0,
        "duplicates_skipped": 0,
    }


def test_a_head_that_was_reached_here_is_not_asked_for(tower: Tower, monkeypatch: pytest.MonkeyPatch) -> None:
    tower.deliver(tower.put(1))
    tower.run()
    tower.inbox.put(Announced("tally", TAKAMATSU, tower.tally.head(TAKAMATSU)))
    monkeypatch.setattr(type(tower.mirror), "position", None)
    assert tower.consumer.step() == 1


def test_an_older_announcement_does_not_hide_a_newer_one(tower: Tower) -> None:
    older = tower.put(1)[0].head
    tower.put(2)
    tower.inbox.put(Announced("tally", TAKAMATSU, tower.tally.head(TAKAMATSU)), Announced("tally", TAKAMATSU, older))
    tower.run()
    assert tower.copied() == [1, 2]


def test_an_announced_head_that_the_ledger_does_not_have_is_given_up(tower: Tower) -> None:
    tower.put(1)
    tower.inbox.put(Announced("tally", TAKAMATSU, Head(9, b"")), Announced("tally", MATSUDO, Head(9, b"")))
    tower.run()
    assert (tower.copied(), tower.copied(MATSUDO)) == ([1], [])


def test_many_ledgers_are_fetched_a_batch_at_a_time(tower: Tower, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consume, "LARGEST_BATCH", 2)
    tower.open()
    towns = [f"{number:06d}" for number in range(5)]
    for town in towns:
        tower.put(1, 2, tenant=town)
    tower.inbox.put(*[Announced("tally", town, tower.tally.head(town)) for town in towns])
    assert tower.consumer.step() == 2 + 2
    tower.run()
    assert [tower.copied(town) for town in towns] == [[1, 2]] * 5
