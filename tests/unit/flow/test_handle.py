"""handle: a list of commands, one transaction; where a batch ends never shows."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.handle import (
    KEY_REUSED,
    STALE,
    Accepted,
    Desk,
    Failed,
    Keep,
    Outcome,
    Refused,
    Request,
    handle,
    handle_within,
)
from shared.flow.ports import Unavailable
from shared.kernel.messages import START
from tests.controls import MATSUDO, TAKAMATSU
from tests.fakes import Counts, SetClock
from tests.tally import SHORT, TALLY, Added, Explode, Exploded, Match, Put, Take, Taken, request
from tests.unit.flow.reading import facts, whole_ledger

JARS = st.sampled_from(["a", "b"])
AMOUNTS = st.integers(0, 5)
COMMANDS = st.one_of(
    st.builds(Put, JARS, AMOUNTS, st.integers(0, 2)),
    st.builds(Take, JARS, AMOUNTS),
    st.builds(Match, JARS, JARS),
    st.builds(Explode, JARS),
)
REQUESTS = st.builds(
    request,
    st.sampled_from([TAKAMATSU, MATSUDO]),
    COMMANDS,
    st.sampled_from([None, None, "key-1", "key-2"]),
    st.sampled_from([b"input-1", b"input-2"]),
    st.sampled_from([None, None, 0, 1, 2, 3]),
)


def in_batches(requests: Sequence[Request], size: int) -> tuple[list[str], object]:
    """What was answered, and the ledger it left."""
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "tally.db", TALLY.contract, synchronous="OFF")
        desk = Desk(store, TALLY, SetClock())
        outcomes: list[Outcome] = []
        for start in range(0, len(requests), size):
            outcomes += handle(desk, requests[start : start + size])
        ledger = whole_ledger(store)
        store.close()
    return [repr(outcome) for outcome in outcomes], ledger


@given(st.lists(REQUESTS, max_size=40))
def test_the_same_commands_in_batches_of_1_7_and_500_leave_the_same_bytes(requests: list[Request]) -> None:
    one_by_one = in_batches(requests, 1)
    assert in_batches(requests, 7) == one_by_one
    assert in_batches(requests, 500) == one_by_one


def test_many_commands_of_many_tenants_in_batches_of_1_7_and_500_leave_the_same_bytes() -> None:
    tenants = [f"{number:06d}" for number in range(13)]
    requests = [request(tenants[n * n % 13], Put(f"jar{n % 3}", n) if n % 5 else Take("jar1", n)) for n in range(600)]
    one_by_one = in_batches(requests, 1)
    assert in_batches(requests, 7) == one_by_one
    assert in_batches(requests, 500) == one_by_one


def test_each_ledger_counts_from_one_without_gaps_and_each_stream_its_versions(desk: Desk, store: SqliteStore) -> None:
    handle(desk, [request(town, Put(jar, 1, 2)) for jar in "aba" for town in (TAKAMATSU, MATSUDO)])

    for town in (TAKAMATSU, MATSUDO):
        events = store.read(town, 0, 100)
        assert [event.seq for event in events] == [1, 2, 3, 4, 5, 6]
        assert [(event.stream, event.version) for event in events] == [
            ("jar-a", 1),
            ("jar-a", 2),
            ("jar-b", 1),
            ("jar-b", 2),
            ("jar-a", 3),
            ("jar-a", 4),
        ]


def test_every_event_is_chained_to_the_one_before(desk: Desk, store: SqliteStore) -> None:
    handle(desk, [request(TAKAMATSU, Put("a", 1, 3))])

    last = START
    for event in store.read(TAKAMATSU, 0, 100):
        assert event.prevhash == last.hash
        assert event.computed_hash() == event.hash
        last = event.head
    assert store.head(TAKAMATSU) == last


def test_an_event_says_when_by_whom_and_why_it_was_recorded(desk: Desk, store: SqliteStore) -> None:
    handle(desk, [Request(TAKAMATSU, Put("a", 1), "clerk", "/yui/requests/372013-7", "trace")])

    event = store.read(TAKAMATSU, 0, 1)[0]
    assert (event.time, event.actor, event.cause, event.correlation) == (
        "2016-11-01T01:02:03.000Z",
        "clerk",
        "/yui/requests/372013-7",
        "trace",
    )
    assert (event.id, event.source, event.data) == ("372013-1", "/yui/tally", b'{"jar":"a","amount":1}')


def test_an_acceptance_says_what_was_recorded_and_where_it_stands(desk: Desk) -> None:
    outcomes = handle(desk, [request(TAKAMATSU, Put("a", 1, 2)), request(TAKAMATSU, Put("b", 1))])
    assert outcomes == [
        Accepted("jar-a", 2, (Added.TYPE, Added.TYPE), 2),
        Accepted("jar-b", 1, (Added.TYPE,), 3),
    ]


def test_nothing_to_do_is_accepted_without_an_event(desk: Desk, store: SqliteStore) -> None:
    assert handle(desk, [request(TAKAMATSU, Take("a", 0))]) == [Accepted("jar-a", 0, (), 0)]
    assert store.heads() == {}


def test_no_commands_give_no_outcomes(desk: Desk) -> None:
    assert handle(desk, []) == []


def test_each_decision_sees_what_the_one_before_left(desk: Desk, store: SqliteStore) -> None:
    handle(
        desk, [request(TAKAMATSU, Put("a", 5)), request(TAKAMATSU, Match("b", "a")), request(TAKAMATSU, Take("b", 5))]
    )
    assert facts(store, TAKAMATSU) == [Added(jar="a", amount=5), Added(jar="b", amount=5), Taken(jar="b", amount=5)]


def test_tenants_do_not_see_one_another(desk: Desk) -> None:
    outcomes = handle(desk, [request(TAKAMATSU, Put("a", 5)), request(MATSUDO, Take("a", 5))])
    assert outcomes[1] == Refused(SHORT)


def test_a_refusal_is_an_outcome_of_that_command_alone(desk: Desk, store: SqliteStore) -> None:
    outcomes = handle(desk, [request(TAKAMATSU, command) for command in (Put("a", 1), Take("a", 9), Take("a", 1))])
    assert outcomes[1] == Refused(SHORT)
    assert facts(store, TAKAMATSU) == [Added(jar="a", amount=1), Taken(jar="a", amount=1)]


@pytest.mark.parametrize("place", range(7))
def test_a_command_that_raises_stands_alone_and_the_others_are_recorded(
    desk: Desk, store: SqliteStore, place: int
) -> None:
    commands: list[Any] = [Put("a", number) for number in range(6)]
    commands.insert(place, Explode("a"))

    outcomes = handle(desk, [request(TAKAMATSU, command) for command in commands])

    failed = outcomes.pop(place)
    assert isinstance(failed, Failed)
    assert isinstance(failed.error, Exploded)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert facts(store, TAKAMATSU) == [Added(jar="a", amount=number) for number in range(6)]


def test_a_command_that_nobody_decides_stands_alone(desk: Desk) -> None:
    outcomes = handle(desk, [request(TAKAMATSU, "?"), request(TAKAMATSU, Put("a", 1))])
    assert [type(outcome) for outcome in outcomes] == [Failed, Accepted]


# ------------------------------------------------------------------------------------------ idempotency keys


def test_the_same_key_with_the_same_input_gets_the_same_answer_and_records_nothing(
    desk: Desk, store: SqliteStore
) -> None:
    first = handle(desk, [request(TAKAMATSU, Put("a", 1), "key", b"input")])
    handle(desk, [request(TAKAMATSU, Put("a", 9))])

    assert handle(desk, [request(TAKAMATSU, Put("a", 1), "key", b"input")]) == first
    assert len(facts(store, TAKAMATSU)) == 2


def test_the_same_key_with_another_input_is_refused(desk: Desk, store: SqliteStore) -> None:
    handle(desk, [request(TAKAMATSU, Put("a", 1), "key", b"input")])

    assert handle(desk, [request(TAKAMATSU, Put("a", 2), "key", b"other")]) == [Refused(KEY_REUSED)]
    assert len(facts(store, TAKAMATSU)) == 1


def test_a_key_holds_within_one_batch_too(desk: Desk, store: SqliteStore) -> None:
    outcomes = handle(
        desk,
        [
            request(TAKAMATSU, Put("a", 1), "key", b"input"),
            request(TAKAMATSU, Put("b", 1)),
            request(TAKAMATSU, Put("a", 1), "key", b"input"),
            request(TAKAMATSU, Put("a", 2), "key", b"other"),
            request(TAKAMATSU, Put("c", 1)),
        ],
    )
    assert outcomes[2] == outcomes[0]
    assert outcomes[3] == Refused(KEY_REUSED)
    assert facts(store, TAKAMATSU) == [Added(jar=jar, amount=1) for jar in "abc"]


def test_a_key_belongs_to_its_tenant(desk: Desk) -> None:
    outcomes = handle(desk, [request(town, Put("a", 1), "key", town.encode()) for town in (TAKAMATSU, MATSUDO)])
    assert [type(outcome) for outcome in outcomes] == [Accepted, Accepted]


def test_a_refused_request_does_not_use_up_its_key(desk: Desk) -> None:
    refused = request(TAKAMATSU, Take("a", 1), "key", b"input")
    assert handle(desk, [refused]) == [Refused(SHORT)]
    handle(desk, [request(TAKAMATSU, Put("a", 1))])
    assert isinstance(handle(desk, [refused])[0], Accepted)


# ------------------------------------------------------------------------------------------ stale forms


def test_a_form_opened_at_an_older_version_is_refused(desk: Desk, store: SqliteStore) -> None:
    handle(desk, [request(TAKAMATSU, Put("a", 1, 2))])

    assert handle(desk, [request(TAKAMATSU, Put("a", 1), expected_version=1)]) == [Refused(STALE)]
    assert isinstance(handle(desk, [request(TAKAMATSU, Put("a", 1), expected_version=2)])[0], Accepted)
    assert len(facts(store, TAKAMATSU)) == 3


def test_of_two_forms_opened_at_the_same_version_the_second_is_refused(desk: Desk) -> None:
    outcomes = handle(desk, [request(TAKAMATSU, Put("a", 1), expected_version=0) for _ in range(2)])
    assert [type(outcome) for outcome in outcomes] == [Accepted, Refused]


# ------------------------------------------------------------------------------------------ outages, preparation


class Dark(SqliteStore):
    """A store that cannot be reached."""

    def begin(self, _tenants: object, *, urgent: bool = False) -> NoReturn:
        raise Unavailable(f"urgent: {urgent}")


def test_an_outage_is_no_outcome_of_a_command(tmp_path: Path) -> None:
    desk = Desk(Dark(tmp_path / "tally.db", TALLY.contract), TALLY, SetClock())
    with pytest.raises(Unavailable):
        handle(desk, [request(TAKAMATSU, Put("a", 1)), request(TAKAMATSU, Put("b", 1))])


class Reception:
    """Halves every amount on the way in, and keeps the outcomes."""

    def __init__(self, fails: bool = False) -> None:
        self.prepared: list[Any] = []
        self.kept: list[list[Outcome]] = []
        self.fails = fails

    def prepare(self, _connection: Any, requests: Sequence[Request]) -> tuple[Sequence[Request], Keep]:
        self.prepared += [request.command for request in requests]
        return [request(one.tenant, Put("a", one.command.amount // 2), one.key) for one in requests], self._keep

    def _keep(self, outcomes: Sequence[Outcome]) -> None:
        if self.fails:
            raise OSError("the vault is full")
        self.kept.append(list(outcomes))


def test_commands_are_completed_inside_the_transaction_and_the_outcomes_given_back(store: SqliteStore) -> None:
    reception = Reception()
    outcomes = handle(Desk(store, TALLY, SetClock(), prepare=reception.prepare), [request(TAKAMATSU, Put("a", 4))])

    assert facts(store, TAKAMATSU) == [Added(jar="a", amount=2)]
    assert reception.kept == [outcomes]


def test_what_was_answered_before_is_neither_prepared_nor_kept_again(store: SqliteStore) -> None:
    reception = Reception()
    desk = Desk(store, TALLY, SetClock(), prepare=reception.prepare)
    keyed, other = request(TAKAMATSU, Put("a", 4), "key"), request(TAKAMATSU, Put("a", 6))
    first = handle(desk, [keyed])

    outcomes = handle(desk, [keyed, other, keyed])

    assert outcomes[0] == outcomes[2] == first[0]
    assert reception.prepared == [keyed.command, other.command]
    assert reception.kept == [first, [outcomes[1]], []]


def test_nothing_is_recorded_when_the_vault_cannot_keep_its_part(store: SqliteStore) -> None:
    desk = Desk(store, TALLY, SetClock(), prepare=Reception(fails=True).prepare)
    assert isinstance(handle(desk, [request(TAKAMATSU, Put("a", 4))])[0], Failed)
    assert store.heads() == {}


def test_within_an_open_transaction_an_exception_passes_through(desk: Desk, store: SqliteStore) -> None:
    with pytest.raises(Exploded), store.begin([TAKAMATSU]) as tx:
        handle_within(desk, tx, [request(TAKAMATSU, Put("a", 1)), request(TAKAMATSU, Explode("a"))])
    assert store.heads() == {}


def test_what_is_handled_is_counted(tmp_path: Path) -> None:
    counts = Counts()
    store = SqliteStore(tmp_path / "tally.db", TALLY.contract, synchronous="OFF")
    desk = Desk(store, TALLY, SetClock(), observer=counts)
    handle(desk, [request(TAKAMATSU, command) for command in (Put("a", 2, 2), Take("a", 9), Explode("a"))])
    assert counts.totals == {"events_appended": 2, "refusals": 1}
    assert len(counts.observed["handle_seconds"]) == 2
    store.close()


def test_a_transaction_is_one_line_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "yui.handle")
    store = SqliteStore(tmp_path / "tally.db", TALLY.contract, synchronous="OFF")
    desk = Desk(store, TALLY, SetClock())
    handle(desk, [request(TAKAMATSU, Put("a", 2)), request(TAKAMATSU, Take("a", 9))])
    handle(desk, [request(TAKAMATSU, Put("a", 2)), request(MATSUDO, Put("a", 2))])
    one, two = [vars(record) for record in caplog.records]
    assert (one["tenant"], one["correlation"], one["count"]) == (TAKAMATSU, "correlation", 2)
    assert one["outcome"] == {"accepted": 1, "short": 1}
    assert "tenant" not in two
    store.close()
