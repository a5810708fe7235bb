"""What was appended last: a relay in the same process need not read it back."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from threading import Lock

from shared.kernel.messages import Event

ROOM = 2_000


class Recent:
    """Committed events of one service that were not taken yet, at most ROOM; all are in the ledger anyway.

    When there is no room it is the newest that are not remembered: those that came first are asked for first.
    """

    def __init__(self) -> None:
        self._events: dict[str, list[Event]] = {}
        self._count = 0
        self._lock = Lock()

    def add(self, events: Sequence[Event]) -> None:
        """Events in the order of their ledgers."""
        with self._lock:
            room = events[: ROOM - self._count]
            self._count += len(room)
            for event in room:
                self._events.setdefault(event.tenant, []).append(event)

    def take_each(self, after: Mapping[str, int], limit: int) -> dict[str, list[Event]]:
        """What can be taken of each of these tenants."""
        taken = {tenant: self.take(tenant, seq, limit) for tenant, seq in after.items()}
        return {tenant: events for tenant, events in taken.items() if events}

    def take(self, tenant: str, after: int, limit: int) -> list[Event]:
        """The events that follow `after` without a gap, at most `limit`; none when the next one is not here."""
        with self._lock:
            waiting = self._past(tenant, after)
            following = enumerate(waiting[:limit], start=after + 1)
            taken = [event for _, event in takewhile(lambda numbered: numbered[0] == numbered[1].seq, following)]
            self._keep(tenant, waiting[len(taken) :])
            return taken

    def passed(self, through: Mapping[str, int]) -> None:
        """These were read from the ledgers, up to there: nobody will ask for them."""
        with self._lock:
            for tenant, seq in through.items():
                self._keep(tenant, self._past(tenant, seq))

    def _past(self, tenant: str, seq: int) -> list[Event]:
        return [event for event in self._events.get(tenant, ()) if event.seq > seq]

    def _keep(self, tenant: str, events: list[Event]) -> None:
        self._count += len(events) - len(self._events.pop(tenant, ()))
        if events:
            self._events[tenant] = events
