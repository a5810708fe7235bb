"""The in-process bus of the embedded mode: bounded queues, nothing kept; what is lost is fetched from the ledger."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from threading import Lock

from shared.flow.ports import Announced, Delivered, Polled
from shared.kernel.messages import Event

ROOM = 1_000


class LocalInbox:
    """One subscription's queue. Full, it drops what comes: the consumer will miss it and fetch it."""

    def __init__(self, sources: Collection[str], wake: Callable[[], None], taken: Callable[[], None]) -> None:
        self.sources = frozenset(sources)
        self._queue: deque[Polled] = deque()
        self._lock = Lock()
        self._wake = wake
        self._taken = taken

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, messages: Sequence[Polled]) -> None:
        with self._lock:
            room = 2 * ROOM - len(self._queue)
            self._queue.extend(messages[:room])
        self._wake()

    def poll(self, limit: int) -> list[Polled]:
        with self._lock:
            was_full = len(self._queue) >= ROOM
            if len(self._queue) <= limit:
                taken = list(self._queue)
                self._queue.clear()
            else:
                taken = [self._queue.popleft() for _ in range(limit)]
            has_room = len(self._queue) < ROOM
        if was_full and has_room:
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

    def has_room(self) -> bool:
        return all(len(inbox) < ROOM for inbox in self._inboxes)

    def publish(self, events: Sequence[Event]) -> None:
        if not events:
            return
        deliveries = [Delivered(event) for event in events]
        service = events[0].service
        for inbox in self._inboxes:
            if service in inbox.sources:
                inbox.put(deliveries)

    def announce(self, heads: Iterable[Announced]) -> None:
        announced = list(heads)
        if not announced:
            return
        for inbox in self._inboxes:
            if announced[0].service in inbox.sources:
                inbox.put(announced)

    def _wake(self, subscription: str) -> None:
        self._wakers.get(subscription, _nobody)()

    def _wake_relays(self) -> None:
        for wake in self._room_wakers:
            wake()


def _nobody() -> None:
    return None
