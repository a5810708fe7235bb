"""Lags: what waits, and for how long."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared.flow.lags import Lag, lags_of, parked_of
from shared.flow.ports import Parked
from shared.flow.system import System
from tests.controls import MATSUDO, TAKAMATSU
from tests.fakes import SetClock
from tests.tally import Put, request
from tests.unit.flow.whole import rest, whole_system


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    built = whole_system(tmp_path)
    yield built
    built.close()


def lags(system: System) -> dict[str, Lag]:
    return {lag.name: lag for lag in lags_of(system)}


def record(system: System, *amounts: int, tenant: str = TAKAMATSU) -> None:
    system.handle("tally", [request(tenant, Put("a", amount)) for amount in amounts])


def pass_seconds(system: System, seconds: int) -> None:
    assert isinstance(system.clock, SetClock)
    system.clock.instant += timedelta(seconds=seconds)


def test_nothing_waits_in_the_beginning_or_at_rest(system: System) -> None:
    assert {(lag.events, lag.seconds) for lag in lags(system).values()} == {(0, 0.0)}
    record(system, 1, 2)
    rest(system)
    assert {(lag.events, lag.seconds) for lag in lags(system).values()} == {(0, 0.0)}


def test_what_waits_is_counted_and_the_oldest_tells_the_seconds(system: System) -> None:
    record(system, 1, 2)
    pass_seconds(system, 30)
    record(system, 3, tenant=MATSUDO)
    pass_seconds(system, 10)
    assert lags(system) == {
        "tally": Lag("relay", "tally", 3, 40.0, 3),
        "mirror": Lag("relay", "mirror", 0, 0.0, 0),
        "mirror.copying": Lag("consumer", "mirror.copying", 3, 40.0, 3),
        "mirror.levels": Lag("consumer", "mirror.levels", 3, 40.0, 3),
    }


def test_what_has_been_reached_waits_no_more(system: System) -> None:
    record(system, 1)
    rest(system)
    pass_seconds(system, 30)
    record(system, 2)
    pass_seconds(system, 5)
    assert lags(system)["mirror.levels"] == Lag("consumer", "mirror.levels", 1, 5.0, 2)


def test_a_parked_tenant_is_told_apart_and_does_not_count(system: System) -> None:
    record(system, 1)
    with system.store("mirror").begin([TAKAMATSU]) as tx:
        tx.park(Parked("mirror.copying", TAKAMATSU, "tally", 1, "reason", "2016-11-01"))
    assert lags(system)["mirror.copying"].events == 0
    assert lags(system)["mirror.levels"].events == 1
    assert parked_of(system) == {"mirror.copying": 1, "mirror.levels": 0}
