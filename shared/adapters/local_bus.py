"""The in-process bus of the embedded mode: bounded queues, nothing kept; what is lost is fetched from the ledger."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from threading import Lock

from shared.flow.ports import Announced, Delivered, Polled
from shared.kernel.messages import Event

ROOM = 2_000
"""Messages after which a relay waits. As many again fit in, more than a relay publishes at once."""


class LocalInbox:
    """One subscription's queues, one for each source, so that none of them keeps out another.

    What does not fit in at all is dropped: the consumer will miss it and fetch it.
    """

    def __init__(self, sources: Collection[str], wake: Callable[[], None], taken: Callable[[], None]) -> None:
        self._queues: dict[str, deque[Polled]] = {source: deque() for source in sources}
        self._turns = deque(self._queues.values())
        self._lock = Lock()
        self._wake = wake
        self._taken = taken

    def has_room(self, source: str) -> bool:
        return len(self._queues.get(source, ())) < ROOM

    def put(self, source: str, messages: Sequence[Polled]) -> None:
        queue = self._queues.get(source)
        if queue is None:
            return
        with self._lock:
            queue.extend(messages[: 2 * ROOM - len(queue)])
        self._wake()

    def poll(self, limit: int) -> list[Polled]:
        """Of one source after the other; each time it is the next one's turn to be first."""
        taken: list[Polled] = []
        with self._lock:
            full = [queue for queue in self._turns if len(queue) >= ROOM]
            for queue in self._turns:
                taken += [queue.popleft() for _ in range(min(limit - len(taken), len(queue)))]
            self._turns.rotate(-1)
            has_room = any(len(queue) < ROOM for queue in full)
        if has_room:
            self._taken()
        return taken


class LocalBus:
    """Topics are the services' names; every inbox gets the events of its sources in the order of publishing."""

    def __init__(self) -> None:
        self._inboxes: list[LocalInbox] = []
        self._wakers: dict[str, Callable[[], None]] = {}
        self._room_wakers: list[Callable[[], None]] = []

    def inbox(self, subscription: str, sources: Collection[str]) -> LocalInbox:
        inbox = LocalInbox(sources, partial(self._wake, subscription), self._wake_relays)
        self._inboxes.append(inbox)
        return inbox

    def wake_consumer_with(self, subscription: str, wake: Callable[[], None]) -> None:
        self._wakers[subscription] = wake

    def wake_relay_with(self, wake: Callable[[], None]) -> None:
        self._room_wakers.append(wake)

    def has_room(self, source: str) -> bool:
        return all(inbox.has_room(source) for inbox in self._inboxes)

    def publish(self, events: Sequence[Event]) -> None:
        if not events:
            return
        deliveries = [Delivered(event) for event in events]
        for inbox in self._inboxes:
            inbox.put(events[0].service, deliveries)

    def announce(self, heads: Iterable[Announced]) -> None:
        announced = list(heads)
        if not announced:
            return
        for inbox in self._inboxes:
            inbox.put(announced[0].service, announced)

    def _wake(self, subscription: str) -> None:
        self._wakers.get(subscription, _nobody)()

    def _wake_relays(self) -> None:
        for wake in self._room_wakers:
            wake()


def _nobody() -> None:
    return None
