"""Two senders whose batches go over the same municipalities in opposite order."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from threading import Event, Thread
from typing import Final

from services.distributed import Gateway
from services.requests.entries import ActivityEntry
from shared.flow.handle import Accepted, Request
from shared.flow.ports import Unavailable
from shared.kernel.kinds import ActivityRow
from tests.chaos.commands import Wrong
from tests.chaos.office_files import Brought, player
from tests.e2e.busy_office import FIRST

EACH: Final = 3
"""Activities a municipality and batch."""
PAUSE_SECONDS: Final = 0.4
REST_SECONDS: Final = 0.3
MOST_TRIES: Final = 1_000
KIND: Final = "参加"
PERSONS: Final = {"forward": "XF", "backward": "XB"}

log = logging.getLogger("yui.chaos")


def persons() -> list[str]:
    """Those whose activities are recorded here, as rows of a people file."""
    return [player(year, number) for year, number in zip((1940, 1955), PERSONS.values(), strict=True)]


@dataclass
class Crossing:
    """`brought` says what must be there in the end, in every municipality."""

    gateway: Gateway
    tenants: Sequence[str]
    batches: int = 0
    recorded: list[ActivityRow] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    _enough: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def start(self) -> None:
        orders = {"forward": list(self.tenants), "backward": list(reversed(self.tenants))}
        self._threads = [Thread(target=self._send, args=each, name=each[0]) for each in orders.items()]
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Raises what a sender has met."""
        self._enough.set()
        for thread in self._threads:
            thread.join()
        if self.faults:
            raise self.faults[0]

    @property
    def brought(self) -> Brought:
        lines = [
            f"{row.activity_id},{row.person_id},{row.kind},{row.done_on},{row.started_at},{row.minutes}\n"
            for row in self.recorded
        ]
        return Brought(people=persons(), activities=lines)

    def _send(self, name: str, tenants: Sequence[str]) -> None:
        try:
            for number in count():
                if self._enough.wait(PAUSE_SECONDS):
                    return
                rows = [_activity(PERSONS[name], number * EACH + each) for each in range(EACH)]
                self._until_done([_request(tenant, row) for tenant in tenants for row in rows])
                self.recorded += rows
                self.batches += 1
        except BaseException as error:
            log.exception("crossing")
            self.faults.append(error)

    def _until_done(self, requests: Sequence[Request]) -> None:
        for _ in range(MOST_TRIES):
            try:
                outcomes = self.gateway.system.handle("requests", requests)
            except Unavailable as error:
                log.info("crossing: %s", error)
                time.sleep(REST_SECONDS)
                continue
            if not all(isinstance(outcome, Accepted) for outcome in outcomes):
                raise Wrong(f"crossing: {outcomes}")
            return
        raise Wrong(f"crossing: not taken in {MOST_TRIES} tries")


def _request(tenant: str, row: ActivityRow) -> Request:
    return Request(tenant, ActivityEntry(row, None), "clerk", "chaos", "chaos", f"crossing {row.activity_id}")


def _activity(person: str, number: int) -> ActivityRow:
    return ActivityRow(
        activity_id=f"{person}{number:06d}",
        person_id=person,
        kind=KIND,
        done_on=FIRST + timedelta(days=number % 180),
        started_at="10:00",
        minutes=30,
        group_id=None,
        venue_id=None,
    )
