"""A lock that serves writers in the order they came, people before bulk work."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, get_ident


class FairLock:
    """Reentrant: who holds it may take it again. Who only waits for something may step aside meanwhile."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._held = False
        self._holder: int | None = None
        self._urgent: deque[Event] = deque()
        self._patient: deque[Event] = deque()

    @contextmanager
    def turn(self, *, urgent: bool) -> Iterator[None]:
        """Hold the lock; waits until every earlier writer of the same urgency, and every urgent one, is done."""
        if self.is_mine:
            yield
            return
        self.come_back(urgent=urgent)
        try:
            yield
        finally:
            self.step_aside()

    @property
    def is_mine(self) -> bool:
        return self._holder == get_ident()

    def step_aside(self) -> None:
        """Let others in before the turn ends; nothing to do for who has done so."""
        if self.is_mine:
            self._holder = None
            self._release()

    def come_back(self, *, urgent: bool) -> None:
        """Wait for the turn again; nothing to do for who holds it."""
        if not self.is_mine:
            self._acquire(self._urgent if urgent else self._patient)
            self._holder = get_ident()

    def _acquire(self, queue: deque[Event]) -> None:
        mine = Event()
        try:
            with self._guard:
                if not self._held:
                    self._held = True
                    return
                queue.append(mine)
            mine.wait()
        except BaseException:
            self._give_up(queue, mine)
            raise

    def _give_up(self, queue: deque[Event], mine: Event) -> None:
        """Leave the queue after Ctrl-C; a turn that was already given is passed on."""
        with self._guard:
            if mine in queue:
                queue.remove(mine)
        if mine.is_set():
            self._release()

    def _release(self) -> None:
        with self._guard:
            queue = self._urgent or self._patient
            if queue:
                queue.popleft().set()
            else:
                self._held = False
