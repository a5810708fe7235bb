"""The calendar begins each day once for every municipality, days slept through included (decision 8)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.coordination.calendar import Calendar
from services.coordination.commands import DefineDistrict, JoinMunicipality
from services.coordination.decider import DECIDER
from services.coordination.events import DayBegan
from shared.adapters.local_bus import LocalBus
from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.handle import Desk
from shared.flow.relay import Relay
from shared.flow.system import Part, Progress, System
from tests.controls import MATSUDO, TAKAMATSU
from tests.fakes import SetClock, seeded_mint
from tests.tally import request

LAST_EVENING = datetime(2016, 10, 31, 14, 59, 59, tzinfo=UTC)
MIDNIGHT_IN_JAPAN = datetime(2016, 10, 31, 15, 0, tzinfo=UTC)


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    store = SqliteStore(tmp_path / "coordination.db", DECIDER.contract, synchronous="OFF")
    clock = SetClock(LAST_EVENING)
    built = System({"coordination": Part(Desk(store, DECIDER, clock), Relay(store, LocalBus()), ())}, clock, Progress())
    yield built
    built.close()


def join(system: System, town: str, day: int) -> None:
    system.handle("coordination", [request(town, JoinMunicipality(town, date(2016, 10, day)))])


def days(system: System, town: str) -> list[str]:
    facts = [event.fact for event in system.store("coordination").read(town, 0, 1_000)]
    return [fact.on.isoformat()[5:] for fact in facts if isinstance(fact, DayBegan)]


def set_clock(system: System, instant: datetime) -> None:
    assert isinstance(system.clock, SetClock)
    system.clock.instant = instant


def calendar(system: System) -> Calendar:
    return Calendar(system, seeded_mint(1))


def test_without_municipalities_no_day_begins(system: System) -> None:
    assert calendar(system).step() == 0


def test_every_municipality_has_its_days_since_it_joined(system: System) -> None:
    join(system, TAKAMATSU, 29)
    join(system, MATSUDO, 31)
    calendar(system).step()
    assert days(system, TAKAMATSU) == ["10-29", "10-30", "10-31"]
    assert days(system, MATSUDO) == ["10-31"]


def test_a_day_begins_once_however_often_it_is_looked_for(system: System) -> None:
    join(system, TAKAMATSU, 31)
    looking = calendar(system)
    for _ in range(3):
        looking.step()
    calendar(system).step()
    assert days(system, TAKAMATSU) == ["10-31"]


def test_the_day_begins_at_midnight_in_japan(system: System) -> None:
    join(system, TAKAMATSU, 31)
    looking = calendar(system)
    looking.step()
    set_clock(system, MIDNIGHT_IN_JAPAN)
    looking.step()
    assert days(system, TAKAMATSU) == ["10-31", "11-01"]


def test_days_slept_through_are_begun_after_a_restart(system: System) -> None:
    join(system, TAKAMATSU, 31)
    calendar(system).step()
    set_clock(system, datetime(2016, 11, 3, tzinfo=UTC))
    calendar(system).step()
    assert days(system, TAKAMATSU) == ["10-31", "11-01", "11-02", "11-03"]


def test_a_municipality_that_joins_during_the_day_begins_it_too(system: System) -> None:
    join(system, TAKAMATSU, 31)
    looking = calendar(system)
    looking.step()
    join(system, MATSUDO, 30)
    looking.step()
    assert days(system, MATSUDO) == ["10-30", "10-31"]


def test_somebody_who_is_not_a_municipality_has_no_days(system: System) -> None:
    system.handle("coordination", [request("999997", DefineDistrict("D1", "太田"))])
    calendar(system).step()
    assert days(system, "999997") == []
