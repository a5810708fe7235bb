"""An office with a store of its own: runs commands in this process on a clock that tests set, or as real programs."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess, run
from typing import Any, Final

from services.coordination.calendar import Calendar
from services.requests.entries import Entry, VisitVoidEntry
from services.wiring import Embedded, open_embedded
from shared.adapters.ids import mint
from shared.flow.handle import Accepted, Request
from tests.commands import Answer, Commands
from tests.controls import TAKAMATSU
from tests.fakes import SetClock

FIRST_OF_NOVEMBER: Final = datetime(2016, 11, 1, 1, 0, tzinfo=UTC)
YUI: Final = Path(sys.executable).with_name("yui")
PATIENCE_SECONDS: Final = 120

ORGANISATIONS: Final = """\
organisation_id,name,services,district_id,active_from
O1,太田コミュニティ協議会,visit,D1,2016-10-01
O2,木太コミュニティ協議会,visit+day,D2,2016-10-01
"""
PEOPLE: Final = """\
person_id,roles,name,birth_date,care_level,care_from,registered_on,trained_on
U1,user,高松 花子,1936-05-01,support1,2016-04-01,,
U2,user,屋島 一郎,1940-03-02,care1,2016-04-01,,
H1,helper,讃岐 太郎,1950-02-01,,,2016-09-01,2016-09-20
"""
VISITS_HEADER: Final = (
    "visit_id,organisation_id,user_id,helper_ids,service,menu,served_on,started_at,minutes,outcome,slip_no\n"
)
WORKED_DAYS: Final = (3, 5, 7, 12, 14, 19, 26)


def visit_line(visit_id: str, served_on: str, organisation: str = "O1", user: str = "U1", **changed: str) -> str:
    cells = {
        "visit_id": visit_id,
        "organisation_id": organisation,
        "user_id": user,
        "helper_ids": "H1",
        "service": "visit",
        "menu": "調理;買い物",
        "served_on": served_on,
        "started_at": "10:00",
        "minutes": "60",
        "outcome": "done",
        "slip_no": "",
    }
    return ",".join((cells | changed).values()) + "\n"


WORKED_LINES: Final = [
    visit_line(f"v{day:02d}", f"2016-10-{day:02d}", "O1" if number % 2 == 0 else "O2")
    for number, day in enumerate(WORKED_DAYS)
]


@dataclass(frozen=True)
class Office(Commands):
    """With a store of its own, on a clock that tests set."""

    running: Embedded
    clock: SetClock

    @property
    def embedded(self) -> Embedded:
        return self.running

    def take(self, kind: str, content: str | bytes, *options: str, tenant: str = TAKAMATSU) -> Answer:
        """Import this content; the answer is JSON."""
        return self.yui("import", kind, self.file(content), "--tenant", tenant, "--json", *options)

    def statement(self, month: str = "2016-10", *options: str) -> Any:
        return self.done("billing", "statement", "--tenant", TAKAMATSU, "--month", month, "--json", *options).json

    def enter(self, *entries: Entry, tenant: str = TAKAMATSU) -> None:
        """As somebody enters it on pages."""
        requests = [Request(tenant, entry, "clerk", "test", mint()) for entry in entries]
        outcomes = self.embedded.system.handle("requests", requests)
        assert all([isinstance(outcome, Accepted) for outcome in outcomes]), outcomes

    def void(self, visit_id: str, reason: str = "重複", tenant: str = TAKAMATSU) -> None:
        self.enter(VisitVoidEntry(visit_id, reason), tenant=tenant)

    def next_day(self, days: int = 1) -> None:
        self.clock.pass_days(days)
        Calendar(self.embedded.system, mint).step()
        assert self.embedded.system.settle([TAKAMATSU]) == []


@contextmanager
def open_office(data: Path, instant: datetime = FIRST_OF_NOVEMBER) -> Iterator[Office]:
    clock = SetClock(instant)
    embedded = open_embedded(data, clock)
    embedded.start()
    try:
        yield Office(embedded, data, clock)
    finally:
        embedded.stop()


def founded(office: Office) -> Office:
    """Takamatsu has joined, its rules are in force, its organisations and people are known."""
    office.done("tenant", "add", TAKAMATSU, "高松市")
    office.done("rules", "enact", "takamatsu-2016", "--tenant", TAKAMATSU)
    assert office.take("organisations", ORGANISATIONS).json["accepted"] == 2
    assert office.take("people", PEOPLE).json["accepted"] == 3
    return office


def program(data: Path, *arguments: str) -> CompletedProcess[str]:
    """The real program on the store `data/store`, started in `data`."""
    return run(
        [str(YUI), "--data", "store", *arguments],
        cwd=data,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def write(data: Path, name: str, content: str) -> str:
    (data / name).write_text(content, encoding="utf-8")
    return name


def lines_of(rows: Sequence[str]) -> str:
    return VISITS_HEADER + "".join(rows)
