"""States: what was folded before is served only while it is provably current."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.handle import Accepted, Desk, Refused, Request, handle, handle_within
from shared.flow.ports import Stream, Unavailable
from shared.flow.states import States, Versioned, size_of
from shared.kernel.messages import START, Event, Head
from tests.controls import MATSUDO, TAKAMATSU
from tests.fakes import SetClock
from tests.tally import TALLY, Explode, Match, Put, Take, request
from tests.unit.flow.reading import whole_ledger

ONE, TWO, THREE = Head(1, b"one"), Head(2, b"two"), Head(3, b"three")
A, B, C = [(TAKAMATSU, f"jar-{name}") for name in "abc"]


def one_byte(_stream: str) -> int:
    return 1


def leave(states: States, after: dict[str, Head], kept: dict[Stream, Versioned], before: Head = START) -> None:
    """What a transaction does that leaves these heads and states."""
    opened = dict.fromkeys(after, before)
    states.open(opened)
    states.propose(opened, after, kept)
    states.committed(after)


def roll_back(desk: Desk, requests: Sequence[Request]) -> None:
    with desk.store.begin([TAKAMATSU]) as tx:
        handle_within(desk, tx, requests)
        raise Unavailable("before the commit")


def test_a_state_is_served_while_the_head_is_the_one_it_was_kept_at() -> None:
    states = States(one_byte)
    leave(states, {TAKAMATSU: ONE}, {A: (1, "state")})
    states.open({TAKAMATSU: ONE})
    assert states.get(A) == (1, "state")


def test_a_state_is_forgotten_when_the_head_has_moved_on() -> None:
    states = States(one_byte)
    leave(states, {TAKAMATSU: ONE}, {A: (1, "state")})
    states.open({TAKAMATSU: TWO})
    assert states.get(A) is None


def test_a_state_is_forgotten_when_the_head_has_the_same_number_and_another_hash() -> None:
    states = States(one_byte)
    leave(states, {TAKAMATSU: ONE}, {A: (1, "state")})
    states.open({TAKAMATSU: Head(1, b"other")})
    assert states.get(A) is None


def test_a_forgotten_state_does_not_come_back_with_its_head() -> None:
    states = States(one_byte)
    leave(states, {TAKAMATSU: ONE}, {A: (1, "state")})
    states.open({TAKAMATSU: TWO})
    states.open({TAKAMATSU: ONE})
    assert states.get(A) is None


def test_who_is_slow_to_say_that_it_committed_leaves_nothing_to_who_went_on_meanwhile() -> None:
    states = States(one_byte)
    states.open({TAKAMATSU: START})
    states.propose({TAKAMATSU: START}, {TAKAMATSU: ONE}, {A: (1, "old")})
    states.open({TAKAMATSU: TWO})  # another process has appended since
    states.committed({TAKAMATSU: ONE})
    assert states.get(A) is None
    states.propose({TAKAMATSU: TWO}, {TAKAMATSU: THREE}, {B: (1, "b")})
    states.committed({TAKAMATSU: THREE})
    states.open({TAKAMATSU: THREE})
    assert [states.get(stream) for stream in (A, B)] == [None, (1, "b")]


def test_who_comes_next_finds_what_was_committed_before_that_was_said() -> None:
    states = States(one_byte)
    states.open({TAKAMATSU: START})
    states.propose({TAKAMATSU: START}, {TAKAMATSU: ONE}, {A: (1, "state")})
    states.open({TAKAMATSU: ONE})
    assert states.get(A) == (1, "state")
    states.propose({TAKAMATSU: ONE}, {TAKAMATSU: TWO}, {A: (2, "next")})
    states.committed({TAKAMATSU: ONE})
    states.committed({TAKAMATSU: TWO})
    states.open({TAKAMATSU: TWO})
    assert states.get(A) == (2, "next")


def test_what_was_proposed_and_rolled_back_is_not_served() -> None:
    states = States(one_byte)
    leave(states, {TAKAMATSU: ONE}, {A: (1, "state")})
    states.propose({TAKAMATSU: ONE}, {TAKAMATSU: TWO}, {A: (2, "never")})
    states.open({TAKAMATSU: ONE})
    assert states.get(A) == (1, "state")


def test_what_was_folded_without_appending_anything_is_kept() -> None:
    states = States(one_byte)
    leave(states, {TAKAMATSU: ONE}, {A: (1, "folded")}, before=ONE)
    states.open({TAKAMATSU: ONE})
    assert states.get(A) == (1, "folded")


def test_another_tenants_head_says_nothing_about_this_one() -> None:
    states = States(one_byte)
    leave(states, {TAKAMATSU: ONE, MATSUDO: ONE}, {A: (1, "state"), (MATSUDO, "jar-a"): (1, "theirs")})
    states.open({MATSUDO: TWO})
    assert states.get(A) == (1, "state")
    assert states.get((MATSUDO, "jar-a")) is None


def test_the_one_used_longest_ago_leaves_first() -> None:
    states = States(one_byte, room=2 * size_of(1, 1))
    leave(states, {TAKAMATSU: ONE}, {A: (1, "a"), B: (1, "b")})
    states.get(A)
    leave(states, {TAKAMATSU: TWO}, {C: (1, "c")}, before=ONE)
    assert [states.get(stream) for stream in (A, B, C)] == [(1, "a"), None, (1, "c")]


def test_a_long_history_takes_the_room_of_several_short_ones() -> None:
    states = States(lambda _: 100, room=3 * size_of(1, 100))
    leave(states, {TAKAMATSU: ONE}, {A: (1, "a"), B: (1, "b")})
    leave(states, {TAKAMATSU: TWO}, {C: (15, "c")}, before=ONE)
    assert [states.get(stream) for stream in (A, B, C)] == [None, None, (15, "c")]


def test_a_state_that_has_grown_does_not_take_its_old_room_too() -> None:
    states = States(one_byte, room=size_of(3, 1) + size_of(1, 1))
    leave(states, {TAKAMATSU: ONE}, {A: (1, "a"), B: (1, "b")})
    leave(states, {TAKAMATSU: TWO}, {A: (3, "grown")}, before=ONE)
    assert [states.get(stream) for stream in (A, B)] == [(3, "grown"), (1, "b")]


def test_no_room_keeps_nothing() -> None:
    states = States(one_byte, room=0)
    leave(states, {TAKAMATSU: ONE}, {A: (1, "a")})
    assert states.get(A) is None


def test_streams_that_are_seldom_asked_for_again_are_not_kept() -> None:
    states = States(lambda stream: 0 if stream == "jar-a" else 1)
    leave(states, {TAKAMATSU: ONE}, {A: (1, "a"), B: (1, "b")})
    assert [states.get(stream) for stream in (A, B)] == [None, (1, "b")]


def test_a_second_command_on_a_stream_does_not_fold_it_again(desk: Desk) -> None:
    handle(desk, [request(TAKAMATSU, Put("a", 1))])
    before = desk.states.get(A)
    handle(desk, [request(TAKAMATSU, Put("b", 1))])
    assert before == desk.states.get(A) == (1, 1)


def test_what_another_writer_appended_directly_is_seen(desk: Desk, store: SqliteStore) -> None:
    other = Desk(store, TALLY, SetClock())
    handle(desk, [request(TAKAMATSU, Put("a", 1))])
    handle(other, [request(TAKAMATSU, Put("a", 4))])

    assert handle(desk, [request(TAKAMATSU, Take("a", 5))]) == [Accepted("jar-a", 3, ("yui.tally.taken.v1",), 3)]


def test_what_was_rolled_back_is_not_remembered(desk: Desk) -> None:
    handle(desk, [request(TAKAMATSU, Put("a", 1))])
    with pytest.raises(Unavailable):
        roll_back(desk, [request(TAKAMATSU, Put("a", 4))])

    assert isinstance(handle(desk, [request(TAKAMATSU, Take("a", 5))])[0], Refused)


JARS = st.sampled_from(["a", "b", "c"])
STEPS = st.tuples(
    st.sampled_from(["one", "two", "rolled back"]),
    st.lists(
        st.builds(
            request,
            st.sampled_from([TAKAMATSU, MATSUDO]),
            st.one_of(
                st.builds(Put, JARS, st.integers(1, 9)),
                st.builds(Take, JARS, st.integers(1, 9)),
                st.builds(Match, JARS, JARS),
                st.builds(Explode, JARS),
            ),
        ),
        max_size=4,
    ),
)


def desk_with_room(store: SqliteStore, states: int) -> Desk:
    desk = Desk(store, TALLY, SetClock())
    desk.states = States(one_byte, room=states * size_of(1, 1))
    return desk


def ledger_after(steps: Sequence[tuple[str, Sequence[Request]]], limits: dict[str, int] | None) -> object:
    """The ledger that two desks on one store leave; no limits: a new desk for every command, with no memory."""
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "tally.db", TALLY.contract, synchronous="OFF")
        desks = {name: desk_with_room(store, limit) for name, limit in (limits or {}).items()}
        for who, requests in steps:
            if who != "rolled back":
                for part in [requests] if limits else [[one] for one in requests]:
                    handle(desks.get(who) or Desk(store, TALLY, SetClock()), part)
            elif limits and not any(isinstance(one.command, Explode) for one in requests):
                with pytest.raises(Unavailable):
                    roll_back(desks["one"], requests)
        ledger = whole_ledger(store)
        store.close()
    return ledger


@given(st.lists(STEPS, max_size=12), st.integers(0, 3), st.integers(0, 3))
def test_no_interleaving_of_writers_and_rollbacks_under_any_limit_serves_a_stale_state(
    steps: list[tuple[str, list[Request]]], limit_of_one: int, limit_of_two: int
) -> None:
    assert ledger_after(steps, {"one": limit_of_one, "two": limit_of_two}) == ledger_after(steps, None)


def test_events_read_from_the_ledger_fold_to_the_states_that_were_kept(desk: Desk, store: SqliteStore) -> None:
    handle(desk, [request(TAKAMATSU, Put("a", 3, 2)), request(TAKAMATSU, Take("a", 1))])
    events: list[Event] = store.read(TAKAMATSU, 0, 9)
    assert desk.states.get(A) == (3, TALLY.aggregate("jar-a").fold(event.fact for event in events))
