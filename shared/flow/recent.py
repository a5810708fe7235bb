"""What was appended last: a relay in the same process need not read it back."""

from collections.abc import Mapping, Sequence
from threading import Lock

from shared.kernel.messages import Event

ROOM = 2_000


class Recent:
    """Committed events of one service that were not taken yet, at most ROOM; all are in the ledger anyway."""

    def __init__(self) -> None:
        self._events: dict[str, list[Event]] = {}
        self._count = 0
        self._lock = Lock()

    def add(self, events: Sequence[Event]) -> None:
        """Events in the order of their ledgers."""
        with self._lock:
            if self._count + len(events) > ROOM:
                self._events.clear()
                self._count = 0
            self._count += len(events)
            for event in events:
                self._events.setdefault(event.tenant, []).append(event)

    def take_each(self, after: Mapping[str, int], limit: int) -> dict[str, list[Event]]:
        """What can be taken of each of these tenants."""
        taken = {tenant: self.take(tenant, seq, limit) for tenant, seq in after.items()}
        return {tenant: events for tenant, events in taken.items() if events}

    def take(self, tenant: str, after: int, limit: int) -> list[Event]:
        """The events that follow `after` without a gap, at most `limit`; none when the next one is not here."""
        with self._lock:
            known = self._events.pop(tenant, [])
            self._count -= len(known)
            known = [event for event in known if event.seq > after]
            if not known or known[0].seq != after + 1 or known[-1].seq != after + len(known):
                return []
            taken, left = known[:limit], known[limit:]
            if left:
                self._events[tenant] = left
                self._count += len(left)
            return taken
