"""replay: every recorded fact is decided anew, every view projected anew, and compared."""

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from shared.adapters.sql_scratch import scratch
from shared.adapters.sql_sqlite import SqliteStore
from shared.flow import differing
from shared.flow import replay as replay_module
from shared.flow.ports import Damaged, Store, Unavailable
from shared.flow.replay import Replayed, replay
from shared.flow.subscriptions import Subscription
from shared.flow.system import System
from shared.kernel.deciding import Aggregate, Decider, Decision
from shared.kernel.messages import Event
from tests.by_hand import by_hand
from tests.controls import MATSUDO, TAKAMATSU
from tests.tally import LEVELS, TALLY, Put, Take, put, request
from tests.unit.flow.whole import rest, whole_system


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    built = whole_system(tmp_path)
    commands = [command for jar in "abcab" for command in (Put(jar, 3), Take(jar, 1))]
    built.handle("tally", [request(town, command) for command in commands for town in (TAKAMATSU, MATSUDO)])
    rest(built)
    yield built
    built.close()


def replayed(system: System, tenant: str = TAKAMATSU) -> Replayed:
    return replay(system.parts, tenant, system.parts, scratch)


def tamper(system: System, *statements: str) -> None:
    store = system.store("tally")
    assert isinstance(store, SqliteStore)
    by_hand(store.path, "DROP TRIGGER ledger_refuses_update", *statements)


def test_a_sound_system_comes_out_as_it_was_recorded(system: System) -> None:
    result = replayed(system)
    assert (result.tenant, result.events, result.differences) == (TAKAMATSU, 15, [])
    assert result.heads == system.heads([TAKAMATSU])[TAKAMATSU]
    assert result.compared_rows == 3


def test_a_tenant_without_events_has_nothing_to_replay(system: System) -> None:
    assert (replayed(system, "999997").events, replayed(system, "999997").differences) == (0, [])


def test_of_one_service_only_its_own_decisions_and_views_are_replayed(system: System) -> None:
    of_mirror = replay(system.parts, TAKAMATSU, ["mirror"], scratch)
    assert (of_mirror.events, list(of_mirror.heads), of_mirror.compared_rows) == (5, ["mirror"], 3)
    of_tally = replay(system.parts, TAKAMATSU, ["tally"], scratch)
    assert (of_tally.events, list(of_tally.heads), of_tally.compared_rows) == (10, ["tally"], 0)


def test_it_comes_out_the_same_when_hardly_a_state_is_kept(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in (1, 2_000):
        monkeypatch.setattr(replay_module, "ROOM_BYTES", limit)
        assert replayed(system).differences == []


def test_an_amount_that_the_decision_would_not_have_allowed_is_a_difference(system: System) -> None:
    tamper(system, """UPDATE ledger SET data = '{"jar":"a","amount":9}' WHERE tenant = '372013' AND seq = 2""")
    places = [difference.place for difference in replayed(system).differences]
    assert places[0] == "tally 2 jar-a"
    assert places[-1] == "view mirror.levels levels a"
    assert replayed(system, MATSUDO).differences == []


def test_a_fact_in_a_stream_that_is_not_its_own_is_a_difference(system: System) -> None:
    tamper(system, "UPDATE ledger SET stream = 'jar-b', version = 9 WHERE tenant = '372013' AND seq = 7")
    assert next(one.place for one in replayed(system).differences) == "tally 7"


def test_what_is_decided_on_a_stream_with_an_event_missing_is_a_difference(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_module, "ROOM_BYTES", 1)
    tamper(system, "DROP TRIGGER earlier_refuses_delete", "DELETE FROM earlier")
    differences = replayed(system).differences
    assert differences
    assert all("事実がそろっていません" in difference.derived for difference in differences)


@pytest.mark.parametrize("room", [1, replay_module.ROOM_BYTES])
def test_after_a_fact_that_cannot_be_read_the_others_are_decided_without_it(
    system: System, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(replay_module, "ROOM_BYTES", room)
    tamper(system, "UPDATE ledger SET data = '{}' WHERE tenant = '372013' AND seq = 2")
    places = [difference.place for difference in replayed(system).differences]
    assert places == ["tally 2 jar-a", "view mirror.levels levels a"]


class Torn(NamedTuple):
    """A ledger whose streams cannot be read."""

    store: Store
    error: type[Exception]

    @property
    def service(self) -> str:
        return self.store.service

    def read(self, tenant: str, after: int, limit: int) -> list[Event]:
        return self.store.read(tenant, after, limit)

    def stream(self, tenant: str, stream: str) -> list[Event]:
        raise self.error(f"{tenant} {stream}")


class Looking(NamedTuple):
    """A service whose every filling looks at a stream that is not kept."""

    store: Store
    decider: Decider
    subscriptions: Mapping[str, Subscription]


def replayed_torn(system: System, error: type[Exception]) -> Replayed:
    looks = Decision(lambda command: (f"jar-{command.jar}", "log"), lambda command, state, _log: put(command, state))
    decider = replace(
        TALLY,
        aggregates={**TALLY.aggregates, "log": Aggregate(0, lambda state, _fact: state, bytes_per_event=0)},
        decisions={**TALLY.decisions, Put: looks},
    )
    store = system.store("tally")
    recorded = {"tally": Torn(store, error)}
    return replay({"tally": Looking(store, decider, {})}, TAKAMATSU, ["tally"], scratch, recorded)


def test_a_look_at_a_damaged_stream_is_a_difference_of_its_event_alone(system: System) -> None:
    result = replayed_torn(system, Damaged)
    assert [(difference.recorded, difference.derived) for difference in result.differences] == [
        ("yui.tally.added.v1", "372013 log")
    ] * 5


def test_a_ledger_that_cannot_be_reached_is_no_difference(system: System) -> None:
    with pytest.raises(Unavailable, match="372013 log"):
        replayed_torn(system, Unavailable)


def test_a_row_that_the_ledger_does_not_explain_is_a_difference(system: System) -> None:
    with system.store("mirror").begin([TAKAMATSU]) as tx:
        tx.connection.execute(sa.update(LEVELS.tables(1)["levels"]).values(level=99))
    (first, *_) = replayed(system).differences
    assert (first.place, first.recorded, first.derived) == (
        "view mirror.levels levels a",
        "level=99",
        "level=4",
    )


def test_rows_that_sqlite_sees_to_be_the_same_are_not_fetched(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(differing, "unlike", None)
    assert replayed(system).compared_rows == 3


def test_a_table_that_is_gone_is_not_taken_for_the_one_made_anew(system: System) -> None:
    with system.store("mirror").begin([TAKAMATSU]) as tx:
        LEVELS.tables(1)["levels"].drop(tx.connection)
    with pytest.raises(sqlite3.OperationalError, match="no such table: levels__1"):
        replayed(system)


def test_a_row_too_many_and_a_row_too_few_are_differences(system: System) -> None:
    table = LEVELS.tables(1)["levels"]
    with system.store("mirror").begin([TAKAMATSU]) as tx:
        tx.connection.execute(sa.delete(table).where(table.c.tenant == TAKAMATSU, table.c.jar == "c"))
        tx.connection.execute(sa.insert(table).values(tenant=MATSUDO, jar="z", level=1))
    (few,), (many,) = replayed(system).differences, replayed(system, MATSUDO).differences
    assert (few.place, few.recorded, few.derived) == ("view mirror.levels levels c", "なし", "行があります")
    assert (many.place, many.recorded, many.derived) == ("view mirror.levels levels z", "行があります", "なし")


def test_a_view_is_compared_as_far_as_it_has_come(system: System) -> None:
    system.handle("tally", [request(TAKAMATSU, Put("d", 1))])
    assert replayed(system).differences == []


def test_differences_are_listed_up_to_a_limit(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay_module, "MOST_DIFFERENCES", 2)
    with system.store("mirror").begin([TAKAMATSU]) as tx:
        tx.connection.execute(sa.update(LEVELS.tables(1)["levels"]).values(level=99))
    result = replayed(system)
    assert (len(result.differences), result.unlisted) == (2, 1)


def compared(result: Replayed) -> tuple[Any, ...]:
    return (result.events, result.compared_rows, result.differences)


def test_a_rebuilt_view_is_compared_in_its_live_generation(system: System) -> None:
    before = compared(replayed(system))
    with system.store("mirror").begin([TAKAMATSU]) as tx:
        LEVELS.open(tx.connection, 2)
        for event in system.store("tally").read(TAKAMATSU, 0, 99):
            LEVELS.project(tx.connection, 2, [event])
        position = tx.positions("mirror.levels", 1, {("tally", TAKAMATSU)})
        tx.move("mirror.levels", 2, position)
        tx.switch("mirror.levels", 2)
    after = replayed(system)
    assert (after.events, after.compared_rows) == before[:2]
    assert after.differences == []


@pytest.mark.parametrize(
    ("changed", "said"), [("type = 'nope'", "nope"), ("data = x'7b'", "truncated"), ("data = '{\"jar\":1}'", "jar")]
)
def test_a_fact_that_cannot_be_read_is_a_difference(system: System, changed: str, said: str) -> None:
    tamper(system, "UPDATE ledger SET " + changed + " WHERE tenant = '372013' AND seq = 2")  # noqa: S608 - by hand
    first = replayed(system).differences[0]
    assert first.place == "tally 2 jar-a"
    assert said in first.derived
