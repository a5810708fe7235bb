"""relay: publish the ledger in seq order, then move the checkpoint (decision 3)."""

from shared.flow.ports import Announced, Bus, Store
from shared.flow.recent import Recent
from shared.kernel.messages import Event

BATCH = 1_000


class Relay:
    """Publishes one service's ledger. Two relays at once repeat messages, which consumers skip."""

    def __init__(self, store: Store, bus: Bus, batch: int = BATCH, recent: Recent | None = None) -> None:
        self._store = store
        self._recent = recent
        self._bus = bus
        self._batch = batch

    def step(self) -> int:
        """Publish at most one batch, every waiting tenant's share of it; the number of events published.

        0 when all is out, or the bus has no room.
        """
        if not self._bus.has_room():
            return 0
        checkpoints: dict[str, int] = {}
        events: list[Event] = []
        waiting = self._store.unpublished(self._batch)
        for number, (tenant, published) in enumerate(waiting):
            share = -(-(self._batch - len(events)) // (len(waiting) - number))
            read = self._recent.take(tenant, published, share) if self._recent else []
            read = read or self._store.read(tenant, published, share)
            if read:
                events.extend(read)
                checkpoints[tenant] = read[-1].seq
        if not events:
            return 0
        self._bus.publish(events)
        with self._store.begin(checkpoints) as tx:
            tx.publish_checkpoint(checkpoints)
        return len(events)

    def announce(self) -> None:
        """Tell every head, so that consumers notice a tail they never got."""
        service = self._store.service
        self._bus.announce([Announced(service, tenant, head) for tenant, head in self._store.heads().items()])
