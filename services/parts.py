"""What every service consists of, and how it is connected to a store, a bus and the ledgers it follows.

Nothing here knows in which mode Yui runs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from services.billing import lookups as billing_lookups
from services.billing.decider import DECIDER as BILLING
from services.billing.subscriptions import SUBSCRIPTIONS as BILLING_SUBSCRIPTIONS
from services.coordination.decider import DECIDER as COORDINATION
from services.coordination.subscriptions import SUBSCRIPTIONS as COORDINATION_SUBSCRIPTIONS
from services.points import lookups as points_lookups
from services.points.decider import DECIDER as POINTS
from services.points.subscriptions import SUBSCRIPTIONS as POINTS_SUBSCRIPTIONS
from services.reporting.decider import DECIDER as REPORTING
from services.reporting.subscriptions import SUBSCRIPTIONS as REPORTING_SUBSCRIPTIONS
from services.requests import lookups as requests_lookups
from services.requests import vault
from services.requests.decider import DECIDER as REQUESTS
from services.requests.desk import Reception
from services.requests.subscriptions import SUBSCRIPTIONS as REQUESTS_SUBSCRIPTIONS
from shared.adapters.ids import mint
from shared.adapters.sql_store import live_generation
from shared.adapters.sql_tables import create_missing
from shared.flow.consume import BUSY_SECONDS, Consumer
from shared.flow.handle import Desk, Prepare
from shared.flow.ports import Bus, Clock, LedgerReader, Observer, Store
from shared.flow.recent import Recent
from shared.flow.relay import Relay
from shared.flow.subscriptions import Subscription
from shared.flow.system import Part
from shared.kernel.deciding import Decider


@dataclass(frozen=True)
class ServiceParts:
    """What a service consists of, before it is connected to anything. `tables` are no views: vault and lookups."""

    decider: Decider
    subscriptions: Sequence[Subscription]
    tables: Sequence[sa.MetaData] = ()
    reception: Callable[[Clock], Prepare] | None = None

    @property
    def name(self) -> str:
        return self.decider.contract.service

    def file(self, data: Path) -> Path:
        """Its store among those of an embedded Yui."""
        return data / f"{self.name}.db"


SERVICES = (
    ServiceParts(COORDINATION, COORDINATION_SUBSCRIPTIONS),
    ServiceParts(
        REQUESTS,
        REQUESTS_SUBSCRIPTIONS,
        (vault.metadata, requests_lookups.metadata),
        lambda clock: Reception(clock, mint).prepare,
    ),
    ServiceParts(BILLING, BILLING_SUBSCRIPTIONS, (billing_lookups.metadata, billing_lookups.sweep_metadata)),
    ServiceParts(POINTS, POINTS_SUBSCRIPTIONS, (points_lookups.metadata,)),
    ServiceParts(REPORTING, REPORTING_SUBSCRIPTIONS),
)


KNOWN_TYPES = {service.name: service.decider.contract.facts.keys() for service in SERVICES}


def parts_of(name: str) -> ServiceParts:
    """KeyError when there is no such service."""
    return {service.name: service for service in SERVICES}[name]


def connect(
    service: ServiceParts,
    store: Store,
    bus: Bus,
    ledgers: Mapping[str, LedgerReader],
    clock: Clock,
    observer: Observer,
    recent: Recent | None = None,
    busy_seconds: float = BUSY_SECONDS,
) -> Part:
    """A service at work on its store; `ledgers` are those that its subscriptions follow."""
    prepare = service.reception(clock) if service.reception else None
    desk = Desk(store, service.decider, clock, prepare, recent, observer)
    consumers = tuple(
        Consumer(row, desk, bus.inbox(row.name, row.sources), ledgers, KNOWN_TYPES, observer, busy_seconds)
        for row in service.subscriptions
    )
    return Part(desk, Relay(store, bus, recent=recent), consumers)


def open_tables(store: Store, service: ServiceParts) -> None:
    """Make what can be rebuilt, and what a service keeps beside its ledger, if it is not there."""
    with store.begin(()) as tx:
        for metadata in service.tables:
            for table in metadata.sorted_tables:
                create_missing(tx.connection, table)
        for subscription in service.subscriptions:
            if subscription.view:
                subscription.view.open(tx.connection, tx.generation(subscription.name))


def outdated(store: Store, service: ServiceParts) -> list[Subscription]:
    """The subscriptions whose views were made in another form: before they are read or go on they are to be rebuilt."""
    with store.reading() as connection:
        return [
            subscription
            for subscription in service.subscriptions
            if subscription.view
            and not subscription.view.fits(connection, live_generation(connection, subscription.name))
        ]
