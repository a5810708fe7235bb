"""What was appended last: a relay in the same process need not read it back."""

from collections.abc import Mapping, Sequence
from itertools import takewhile
from threading import Condition

from shared.flow.ports import Stretch
from shared.kernel.messages import Event

ROOM = 4_000


class Recent:
    """Committed events of one service that were not taken yet, at most ROOM; all are in the ledger anyway.

    When there is no room it is the newest that are not remembered: those that came first are asked for first.
    """

    def __init__(self) -> None:
        self._events: dict[str, list[Event]] = {}
        self._asked_from: dict[str, int] = {}
        self._count = 0
        self._freed = 0
        self._in_vain: int | None = None
        self._changing = Condition()

    def wait_for_room(self, seconds: float) -> bool:
        """Until half of the room is free, as long as more of it becomes free every so many seconds; whether it is.

        After a wait in vain nobody waits again before something has become free.
        """
        with self._changing:
            while self._count > ROOM // 2 and self._in_vain != self._freed:
                if not self._more_is_freed(seconds):
                    self._in_vain = self._freed
            return self._count <= ROOM // 2

    def _more_is_freed(self, seconds: float) -> bool:
        before = self._freed
        return self._changing.wait_for(lambda: self._freed != before, seconds)

    def add(self, events: Sequence[Event]) -> None:
        """Events in the order of their ledgers. A relay may have read them before they were added: it sees a commit as
        soon as it is made.
        """
        with self._changing:
            asked_for = [event for event in events if event.seq > self._asked_from.get(event.tenant, 0)]
            room = asked_for[: ROOM - self._count]
            self._count += len(room)
            for event in room:
                self._events.setdefault(event.tenant, []).append(event)

    def take_each(self, stretches: Mapping[str, Stretch]) -> dict[str, list[Event]]:
        """What can be taken of each of these tenants."""
        taken = {tenant: self.take(tenant, *stretch) for tenant, stretch in stretches.items()}
        return {tenant: events for tenant, events in taken.items() if events}

    def take(self, tenant: str, after: int, limit: int) -> list[Event]:
        """The events that follow `after` without a gap, at most `limit`; none when the next one is not here."""
        with self._changing:
            waiting = self._move_on(tenant, after)
            following = enumerate(waiting[:limit], start=after + 1)
            taken = [event for _, event in takewhile(lambda numbered: numbered[0] == numbered[1].seq, following)]
            self._keep(tenant, waiting[len(taken) :])
            return taken

    def passed(self, through: Mapping[str, int]) -> None:
        """These were read from the ledgers, up to there: nobody will ask for them."""
        with self._changing:
            for tenant, seq in through.items():
                self._keep(tenant, self._move_on(tenant, seq))

    def _move_on(self, tenant: str, seq: int) -> list[Event]:
        """What is left of this tenant once nobody asks for anything up to `seq` any more."""
        self._asked_from[tenant] = max(seq, self._asked_from.get(tenant, 0))
        return [event for event in self._events.get(tenant, ()) if event.seq > seq]

    def _keep(self, tenant: str, events: list[Event]) -> None:
        freed = len(self._events.pop(tenant, ())) - len(events)
        if events:
            self._events[tenant] = events
        if freed:
            self._count -= freed
            self._freed += freed
            self._changing.notify_all()
