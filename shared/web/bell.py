"""Wakes whoever waits in the event loop as soon as something is committed; nobody polls."""

import asyncio
from threading import Lock, Thread

from shared.flow.system import Progress

MOST_STREAMS = 200
LONGEST_WAIT_SECONDS = 3_600.0


class Bell:
    """Rings for all streams of one event loop. What is committed while a stream reads rings for its next wait."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ring = asyncio.Event()
        self._pending = False
        self.stopping = False
        self.streams = 0

    def start(self) -> None:
        """Listen; to be called in the event loop that serves the streams."""
        self._loop = asyncio.get_running_loop()
        Thread(target=self._listen, name="bell", daemon=True).start()

    def stop(self) -> None:
        """End every stream, so that a server can shut down at once."""
        self.stopping = True
        self._progress.made()

    @property
    def has_room(self) -> bool:
        return self.streams < MOST_STREAMS

    def enter(self) -> None:
        self.streams += 1

    def leave(self) -> None:
        self.streams -= 1

    def next(self) -> asyncio.Event:
        """The ring to wait for, taken before looking at what there is."""
        return self._ring

    def _listen(self) -> None:
        while not self._progress.wait_until(self._heard, LONGEST_WAIT_SECONDS):
            pass

    def _heard(self) -> bool:
        """Whether to listen no more; asked before ringing, so that the last ring comes after the stop."""
        stopping = self.stopping
        with self._lock:
            quiet, self._pending = not self._pending, True
        if quiet and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._rings)
        return stopping

    def _rings(self) -> None:
        with self._lock:
            self._pending = False
        ring, self._ring = self._ring, asyncio.Event()
        ring.set()
