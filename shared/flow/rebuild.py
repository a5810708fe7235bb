"""rebuild: a view anew beside the live one, then switched (architecture: Rebuild)."""

from collections.abc import Collection, Mapping, Sequence

from shared.flow.ports import NO_PLACE, NOWHERE, LedgerReader, Position, Source, Store, Transaction
from shared.flow.subscriptions import Subscription, View
from shared.kernel.messages import Event

BATCH = 500


def rebuild(subscription: Subscription, view: View, store: Store, ledgers: Mapping[str, LedgerReader]) -> int:
    """Fill a new generation from the ledgers and make it the live one; the number of events applied.

    The live generation goes on meanwhile; what it has taken up since the last catch-up is applied in the transaction
    of the switch, so that the new one is nowhere behind it. Safe to repeat after a crash: a half-built generation is
    dropped first.
    """
    name = subscription.name
    with store.begin(()) as tx:
        old = tx.generation(name)
        new = old + 1
        view.drop(tx.connection, new)
        tx.forget(name, new)
        view.open(tx.connection, new)
    applied, moved = 0, BATCH
    while moved >= BATCH:  # what comes in meanwhile is never all; the last of it is taken up in the switch
        moved = _catch_up(subscription, view, store, ledgers, new)
        applied += moved
    sources = [(service, tenant) for service in subscription.sources for tenant in ledgers[service].heads()]
    with store.begin({tenant for _, tenant in sources}) as tx:
        applied += _draw_level(subscription, view, tx, ledgers, sources, old, new)
        tx.switch(name, new)
        view.drop(tx.connection, old)
    return applied


def _draw_level(
    subscription: Subscription,
    view: View,
    tx: Transaction,
    ledgers: Mapping[str, LedgerReader],
    sources: Collection[Source],
    old: int,
    new: int,
) -> int:
    live = tx.positions(subscription.name, old, sources)
    built = tx.positions(subscription.name, new, sources)
    applied = 0
    for source, position in live.items():
        after = built.get(source, NOWHERE)
        if after.seq < position.seq:
            events = ledgers[source[0]].read(source[1], after.seq, position.seq - after.seq)
            _project(subscription, view, tx, new, source, events)
            applied += len(events)
            after = position
        live[source] = after._replace(partition=position.partition, offset=position.offset)
    tx.move(subscription.name, new, live)
    return applied


def _catch_up(
    subscription: Subscription, view: View, store: Store, ledgers: Mapping[str, LedgerReader], generation: int
) -> int:
    reached = {
        source: position.seq
        for name, of_generation, source, position in store.all_positions()
        if name == subscription.name and of_generation == generation
    }
    applied = 0
    for service in subscription.sources:
        for tenant, head in ledgers[service].heads().items():
            source = (service, tenant)
            after = reached.get(source, 0)
            while after < head.seq:
                events = ledgers[service].read(tenant, after, BATCH)
                with store.begin([tenant]) as tx:
                    _project(subscription, view, tx, generation, source, events)
                after = events[-1].seq
                applied += len(events)
    return applied


def _project(
    subscription: Subscription, view: View, tx: Transaction, generation: int, source: Source, events: Sequence[Event]
) -> None:
    relevant = [event for event in events if event.type in subscription.types]
    view.project(tx.connection, generation, relevant)
    last = events[-1]
    tx.move(subscription.name, generation, {source: Position(last.seq, last.hash, NO_PLACE, NO_PLACE)})
