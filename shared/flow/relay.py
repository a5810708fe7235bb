"""relay: publish the ledger in seq order, then move the checkpoint (decision 3)."""

from collections.abc import Mapping
from itertools import chain

from shared.flow.ports import Announced, Bus, Store, Stretch
from shared.flow.recent import Recent
from shared.kernel.messages import Event

BATCH = 1_000
RUN = 50
"""Events of one ledger that travel together while many ledgers wait: who takes a batch pays for each ledger in it."""
FEW = 5
"""So many events may be a person's work: half of a batch is theirs before it is anybody's turn."""


def next_in_turn(waiting: Mapping[str, Stretch], last: str, room: int) -> tuple[dict[str, Stretch], str]:
    """What of all that waits goes into a batch with so much room, by tenant; and whose turn was the last.

    Half of the room is for ledgers with few events. The rest is given by turns, from the tenant after `last` on: to
    each a run, or an equal share of the room where fewer ledgers wait than it has runs.
    """
    in_turn = sorted(waiting, key=lambda tenant: (tenant <= last, tenant))
    half = -(-room // 2)
    chosen: dict[str, Stretch] = {}
    for tenant in in_turn:
        size = waiting[tenant].size
        if size <= FEW and room - size >= half:
            chosen[tenant] = waiting[tenant]
            room -= size
    in_turn = [tenant for tenant in in_turn if tenant not in chosen]
    for left, tenant in zip(range(len(in_turn), 0, -1), in_turn, strict=True):
        if room == 0:
            break
        after, size = waiting[tenant]
        chosen[tenant] = Stretch(after, min(size, room, max(RUN, room // left)))
        room -= chosen[tenant].size
        last = tenant
    return chosen, last


class Relay:
    """Publishes one service's ledger. Two relays at once repeat messages, which consumers skip."""

    def __init__(self, store: Store, bus: Bus, batch: int = BATCH, recent: Recent | None = None) -> None:
        self._store = store
        self._recent = recent or Recent()
        self._bus = bus
        self._batch = batch
        self._last = ""

    def step(self) -> int:
        """Publish at most one batch; the number of events published.

        0 when all is out, or the bus has no room.
        """
        if not self._bus.has_room(self._store.service):
            return 0
        events = self._waiting()
        if not events:
            return 0
        self._bus.publish(events)
        checkpoints = {event.tenant: event.seq for event in events}
        with self._store.begin(checkpoints) as tx:
            tx.publish_checkpoint(checkpoints)
        return len(events)

    def _waiting(self) -> list[Event]:
        """The next batch. Ledgers that do not have what their head says are passed over: they keep out nobody else."""
        waiting = self._store.unpublished()
        while waiting:
            stretches, self._last = next_in_turn(waiting, self._last, self._batch)
            if events := self._events(stretches):
                return events
            waiting = {tenant: stretch for tenant, stretch in waiting.items() if tenant not in stretches}
        return []

    def _events(self, stretches: Mapping[str, Stretch]) -> list[Event]:
        """What is not remembered is read from all ledgers at once."""
        remembered = self._recent.take_each(stretches)
        left = {tenant: stretch for tenant, stretch in stretches.items() if tenant not in remembered}
        read = self._store.read_each(left) if left else []
        self._recent.passed({event.tenant: event.seq for event in read})
        return [*chain.from_iterable(remembered.values()), *read]

    def announce(self) -> None:
        """Tell every head, so that consumers notice a tail they never got."""
        service = self._store.service
        self._bus.announce([Announced(service, tenant, head) for tenant, head in self._store.heads().items()])
