"""Two senders whose batches go over the same municipalities in opposite order."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from threading import Event
from typing import Final

from services.distributed import Gateway
from services.requests.entries import ActivityEntry
from shared.flow.handle import Request
from shared.kernel.kinds import ActivityRow
from tests.chaos.commands import hand_in, until_done
from tests.chaos.office_files import Brought, player
from tests.e2e.busy_office import FIRST
from tests.threads import beside

EACH: Final = 3
"""Activities a municipality and batch."""
PAUSE_SECONDS: Final = 0.4
KIND: Final = "参加"
PERSONS: Final = {"forward": "XF", "backward": "XB"}


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

    def going(self) -> AbstractContextManager[None]:
        """Sent meanwhile, from both ends at once."""
        orders = {"forward": list(self.tenants), "backward": list(reversed(self.tenants))}
        return beside(*[partial(self._send, name, order) for name, order in orders.items()])

    @property
    def brought(self) -> Brought:
        lines = [
            f"{row.activity_id},{row.person_id},{row.kind},{row.done_on},{row.started_at},{row.minutes}\n"
            for row in self.recorded
        ]
        return Brought(people=persons(), activities=lines)

    def _send(self, name: str, tenants: Sequence[str], enough: Event) -> None:
        for number in count():
            if enough.wait(PAUSE_SECONDS):
                return
            rows = [_activity(PERSONS[name], number * EACH + each) for each in range(EACH)]
            batch = [_request(tenant, row) for tenant in tenants for row in rows]
            until_done(partial(hand_in, self.gateway, batch), f"crossing {name}")
            self.recorded += rows
            self.batches += 1


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
