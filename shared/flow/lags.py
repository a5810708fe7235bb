"""How far relays and consumers are behind, in events and in seconds."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from shared.flow.ports import LedgerReader, Source, Store, Stretch
from shared.flow.subscriptions import Subscription
from shared.flow.system import System
from shared.kernel.messages import Event

MOST_ASKED = 20
"""Of so many tenants that are behind the waiting event is looked at: enough to know that something waits."""


class Lag(NamedTuple):
    """`events` wait, of `total` in the ledgers that are followed; `seconds`: the age of the oldest, 0 without one."""

    kind: Literal["relay", "consumer"]
    name: str
    events: int
    seconds: float
    total: int


class Waiting(NamedTuple):
    """A tenant whose event after `seq` has not been applied for so many `seconds`, though it is in the ledger."""

    subscription: str
    tenant: str
    source: str
    seq: int
    seconds: float


def lags_of(system: System) -> Iterator[Lag]:
    """Of every relay and every subscription."""
    now = system.clock.now()
    ledgers = {name: part.store for name, part in system.parts.items()}
    for part in system.parts.values():
        yield relay_lag(part.store, now)
        yield from consumer_lags(part.store, part.subscriptions.values(), ledgers, now)


def parked_of(system: System) -> dict[str, int]:
    """The number of parked tenants, by subscription."""
    parked = Counter(row.subscription for row in system.parked())
    return {name: parked[name] for part in system.parts.values() for name in part.subscriptions}


def relay_lag(store: Store, now: datetime) -> Lag:
    """What is recorded and not yet acknowledged by the bus."""
    waiting = store.unpublished()
    seconds = _oldest(((store, tenant, stretch.after) for tenant, stretch in waiting.items()), now)
    total = sum(head.seq for head in store.heads().values())
    return Lag("relay", store.service, sum(stretch.size for stretch in waiting.values()), seconds, total)


def consumer_lags(
    store: Store, subscriptions: Iterable[Subscription], ledgers: Mapping[str, LedgerReader], now: datetime
) -> Iterator[Lag]:
    """How far each subscription of a service is behind the ledgers it follows; parked tenants do not count."""
    heads = _heads(ledgers)
    reached, parked = furthest_positions(store), _parked(store)
    for subscription in subscriptions:
        behind = dict(_behind(subscription, heads, reached, parked))
        waiting = ((ledgers[source[0]], source[1], at) for source, at in behind.items())
        events = sum(heads[source] - at for source, at in behind.items())
        total = sum(head for (source, _), head in heads.items() if source in subscription.sources)
        yield Lag("consumer", subscription.name, events, _oldest(waiting, now), total)


def waiting_longer(system: System, seconds: float) -> Iterator[Waiting]:
    """Every tenant that a subscription has not parked, and that is behind by an event which is older than that."""
    now = system.clock.now()
    ledgers = {name: part.store for name, part in system.parts.items()}
    reached = {name: furthest_positions(store) for name, store in ledgers.items()}
    heads = _heads(ledgers)
    for name, part in system.parts.items():
        parked = _parked(part.store)
        for subscription in part.subscriptions.values():
            behind = dict(_behind(subscription, heads, reached[name], parked))
            for source in subscription.sources:
                first = {tenant: Stretch(seq, 1) for (service, tenant), seq in behind.items() if service == source}
                for event in ledgers[source].read_each(first):
                    age = _age(event, now)
                    if age > seconds:
                        yield Waiting(subscription.name, event.tenant, source, first[event.tenant].after, age)


def _heads(ledgers: Mapping[str, LedgerReader]) -> dict[Source, int]:
    return {
        (service, tenant): head.seq for service, ledger in ledgers.items() for tenant, head in ledger.heads().items()
    }


def _parked(store: Store) -> set[tuple[str, str]]:
    return {(row.subscription, row.tenant) for row in store.all_parked()}


def furthest_positions(store: Store) -> dict[tuple[str, Source], int]:
    """Of every subscription in every ledger: a generation that is being built is behind the live one."""
    reached: dict[tuple[str, Source], int] = {}
    for name, _, source, position in store.all_positions():
        reached[name, source] = max(position.seq, reached.get((name, source), 0))
    return reached


def _behind(
    subscription: Subscription,
    heads: Mapping[Source, int],
    reached: Mapping[tuple[str, Source], int],
    parked: Collection[tuple[str, str]],
) -> Iterator[tuple[Source, int]]:
    name = subscription.name
    for source, head in heads.items():
        at = reached.get((name, source), 0)
        if source[0] in subscription.sources and at < head and (name, source[1]) not in parked:
            yield source, at


def _oldest(waiting: Iterable[tuple[LedgerReader, str, int]], now: datetime) -> float:
    ages = [0.0]
    for (ledger, tenant, after), _ in zip(waiting, range(MOST_ASKED), strict=False):
        ages += [_age(event, now) for event in ledger.read(tenant, after, 1)]
    return max(ages)


def _age(event: Event, now: datetime) -> float:
    return (now - datetime.fromisoformat(event.time)).total_seconds()
