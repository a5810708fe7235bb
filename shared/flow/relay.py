"""relay: publish the ledger in seq order, then move the checkpoint (decision 3)."""

from itertools import chain

from shared.flow.ports import Announced, Bus, Store
from shared.flow.recent import Recent
from shared.kernel.messages import Event

BATCH = 1_000


class Relay:
    """Publishes one service's ledger. Two relays at once repeat messages, which consumers skip."""

    def __init__(self, store: Store, bus: Bus, batch: int = BATCH, recent: Recent | None = None) -> None:
        self._store = store
        self._recent = recent or Recent()
        self._bus = bus
        self._batch = batch

    def step(self) -> int:
        """Publish at most one batch, every waiting tenant's share of it; the number of events published.

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
        """Every waiting tenant's share of a batch; what is not remembered is read from all ledgers at once."""
        unpublished = dict(self._store.unpublished(self._batch))
        if not unpublished:
            return []
        share = -(-self._batch // len(unpublished))
        remembered = self._recent.take_each(unpublished, share)
        left = {tenant: seq for tenant, seq in unpublished.items() if tenant not in remembered}
        read = self._store.read_each(left, share) if left else []
        self._recent.passed({event.tenant: event.seq for event in read})
        return [*chain.from_iterable(remembered.values()), *read]

    def announce(self) -> None:
        """Tell every head, so that consumers notice a tail they never got."""
        service = self._store.service
        self._bus.announce([Announced(service, tenant, head) for tenant, head in self._store.heads().items()])
