"""What a bus has kept of one municipality's ledger, read as if it were the ledger: for replays from the topics."""

from collections.abc import Callable, Iterator
from itertools import islice

from shared.kernel.messages import Event


class Published:
    """Repeated events once, in seq order; what is missing is missing.

    `events` reads the tenant's events from the beginning, in the order in which they were published.
    """

    def __init__(self, service: str, events: Callable[[], Iterator[Event]]) -> None:
        self.service = service
        self._events = events
        self._last = 0
        self._rest: Iterator[Event] = iter(())

    def read(self, tenant: str, after: int, limit: int) -> list[Event]:  # noqa: ARG002 - there is only this one's
        """As of a ledger; cheap when it goes on where the last one ended."""
        if after != self._last or after == 0:
            self._rest = (event for event in _once_each(self._events()) if event.seq > after)
        found = list(islice(self._rest, limit))
        self._last = found[-1].seq if found else after
        return found

    def stream(self, tenant: str, stream: str) -> list[Event]:  # noqa: ARG002 - there is only this one's
        return [event for event in _once_each(self._events()) if event.stream == stream]


def _once_each(events: Iterator[Event]) -> Iterator[Event]:
    last = 0
    for event in events:
        if event.seq > last:
            yield event
            last = event.seq
