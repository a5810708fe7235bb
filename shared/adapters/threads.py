"""Hosts a system's loops in threads of one process, woken by commits."""

import logging
from collections.abc import Callable
from threading import Event, Thread

from shared.adapters.fair_lock import FairLock
from shared.flow.ports import Unavailable

log = logging.getLogger("yui.threads")

IDLE_SECONDS = 5.0
BACKOFF_SECONDS = 0.5


class Loop:
    """Calls `step` while there is work, sleeps until `wake` otherwise, for `pause` seconds; an outage is waited out.

    With `turns`, the loops of a process work one at a time (docs/adr/0016).
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], int],
        turns: FairLock | None,
        idle: Callable[[], None] | None = None,
        pause: float = IDLE_SECONDS,
    ) -> None:
        self._turns = turns
        self._pause = pause
        self._step = step
        self._idle = idle
        self._wake = Event()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self.failure: str | None = None

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._stopping.set()
        self._wake.set()

    def join(self) -> None:
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                while not self._stopping.is_set() and self._take_turn():
                    pass
                self.failure = None
            except Unavailable as error:
                self._failed(f"unavailable: {error}")
                continue
            except Exception as error:
                log.exception("loop failed: %s", self._thread.name)
                self._failed(f"{type(error).__name__}: {error}")
                continue
            if not self._wake.wait(self._pause) and self._idle and not self._stopping.is_set():
                self._idle()

    def _take_turn(self) -> int:
        if self._turns is None:
            return self._step()
        with self._turns.turn(urgent=False):
            return self._step()

    def _failed(self, reason: str) -> None:
        if self.failure != reason:
            log.warning("%s: %s", self._thread.name, reason)
        self.failure = reason
        self._wake.wait(BACKOFF_SECONDS)


class Host:
    """All loops of a process."""

    def __init__(self, turns: FairLock | None = None) -> None:
        self._turns = turns
        self.loops: dict[str, Loop] = {}

    def add(
        self, name: str, step: Callable[[], int], idle: Callable[[], None] | None = None, pause: float = IDLE_SECONDS
    ) -> Loop:
        loop = self.loops[name] = Loop(name, step, self._turns, idle, pause)
        return loop

    def start(self) -> None:
        for loop in self.loops.values():
            loop.start()

    def stop(self) -> None:
        for loop in self.loops.values():
            loop.stop()
        for loop in self.loops.values():
            loop.join()

    def failures(self) -> dict[str, str]:
        return {name: loop.failure for name, loop in self.loops.items() if loop.failure}
