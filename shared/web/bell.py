"""Wakes whoever waits in the event loop as soon as something is committed; nobody polls."""

import asyncio
from threading import TIMEOUT_MAX, Lock, Thread

from shared.flow.system import Progress

MOST_STREAMS = 200


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
        Thread(target=self._progress.wait_until, args=(self._heard, TIMEOUT_MAX), name="bell", daemon=True).start()

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

    def _heard(self) -> bool:
        with self._lock:
            quiet, self._pending = not self._pending, True
        if quiet and self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._rings)
        return self.stopping

    def _rings(self) -> None:
        with self._lock:
            self._pending = False
        ring, self._ring = self._ring, asyncio.Event()
        ring.set()
