"""A lock that serves writers in the order they came, people before bulk work."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, get_ident


class FairLock:
    """Reentrant: who holds it may take it again."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._held = False
        self._holder: int | None = None
        self._urgent: deque[Event] = deque()
        self._patient: deque[Event] = deque()

    @contextmanager
    def turn(self, *, urgent: bool) -> Iterator[None]:
        """Hold the lock; waits until every earlier writer of the same urgency, and every urgent one, is done."""
        if self._holder == get_ident():
            yield
            return
        self._acquire(self._urgent if urgent else self._patient)
        self._holder = get_ident()
        try:
            yield
        finally:
            self._holder = None
            self._release()

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
