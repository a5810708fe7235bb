"""A replay of what a bus has kept: repeated events count once, missing ones are named."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.sql_scratch import scratch
from shared.flow import replay as replay_module
from shared.flow import verify as verify_module
from shared.flow.published import Published
from shared.flow.replay import Replayed, replay
from shared.flow.system import System
from shared.kernel.messages import Event
from tests.contract.chains import chain
from tests.controls import TAKAMATSU
from tests.tally import Put, Take, request
from tests.unit.flow.whole import rest, whole_system

Kept = Callable[[Sequence[Event]], Sequence[Event]]
TEN = chain(10)


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    monkeypatch.setattr(verify_module, "PAGE", 4)
    built = whole_system(tmp_path)
    commands = [command for jar in "abcab" for command in (Put(jar, 3), Take(jar, 1))]
    built.handle("tally", [request(TAKAMATSU, command) for command in commands])
    rest(built)
    yield built
    built.close()


def replayed_from_bus(system: System, kept: Kept) -> Replayed:
    """`kept` makes what the bus has of what the ledgers have."""

    def published(name: str) -> Published:
        return Published(name, lambda: iter(kept(system.store(name).read(TAKAMATSU, 0, 99))))

    recorded = {name: published(name) for name in system.parts}
    return replay(system.parts, TAKAMATSU, system.parts, scratch, recorded)


def test_a_topic_with_everything_comes_out_as_it_was_recorded(system: System) -> None:
    result = replayed_from_bus(system, lambda events: events)
    assert (result.events, result.differences) == (15, [])
    assert result.heads == system.heads([TAKAMATSU])[TAKAMATSU]


def test_what_was_published_twice_counts_once(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_module, "ROOM_BYTES", 1)
    result = replayed_from_bus(system, lambda events: [*events[:6], *events[3:], *events[:2]])
    assert (result.events, result.differences) == (15, [])


def test_what_is_missing_in_the_middle_is_named(system: System) -> None:
    result = replayed_from_bus(system, lambda events: [event for event in events if event.seq != 3])
    assert {difference.place for difference in result.differences} >= {"tally 4", "mirror 4"}


def test_what_is_missing_at_the_end_is_named(system: System) -> None:
    result = replayed_from_bus(system, lambda events: events[:-1])
    assert ("tally 10", "9 番までしかありません。") in [
        (one.place, one.derived.strip("'")) for one in result.differences
    ]


@given(st.lists(st.integers(0, 9), max_size=20), st.integers(0, 10), st.integers(1, 5))
def test_it_reads_like_the_ledger(extra: list[int], after: int, limit: int) -> None:
    """Whatever was repeated behind its first time."""
    events: list[Event] = list(TEN)
    for number in extra:
        events.insert(number + 1 + events.index(TEN[number]), TEN[number])
    published = Published("tally", lambda: iter(events))
    assert published.read(TAKAMATSU, after, limit) == TEN[after : after + limit]
    assert published.read(TAKAMATSU, after + limit, 99) == TEN[after + limit :]
    assert published.stream(TAKAMATSU, "jar-a") == TEN
