"""The composition root: the only file that knows in which mode Yui runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from services.billing import lookups as billing_lookups
from services.billing.decider import DECIDER as BILLING
from services.billing.subscriptions import SUBSCRIPTIONS as BILLING_SUBSCRIPTIONS
from services.coordination.calendar import Calendar
from services.coordination.decider import DECIDER as COORDINATION
from services.coordination.subscriptions import SUBSCRIPTIONS as COORDINATION_SUBSCRIPTIONS
from services.points import lookups as points_lookups
from services.points.decider import DECIDER as POINTS
from services.points.subscriptions import SUBSCRIPTIONS as POINTS_SUBSCRIPTIONS
from services.reporting import live
from services.reporting.decider import DECIDER as REPORTING
from services.reporting.subscriptions import SUBSCRIPTIONS as REPORTING_SUBSCRIPTIONS
from services.reporting.windows import Signals
from services.requests import lookups as requests_lookups
from services.requests import vault
from services.requests.decider import DECIDER as REQUESTS
from services.requests.desk import Reception
from services.requests.subscriptions import SUBSCRIPTIONS as REQUESTS_SUBSCRIPTIONS
from shared.adapters import collector
from shared.adapters.clock import SystemClock
from shared.adapters.fair_lock import FairLock
from shared.adapters.ids import mint
from shared.adapters.local_bus import LocalBus
from shared.adapters.metrics import PrometheusObserver
from shared.adapters.sql_store import SQLITE_VERSION, SqlStore
from shared.adapters.threads import Host
from shared.flow.consume import Consumer
from shared.flow.handle import Desk, Prepare
from shared.flow.ports import Bus, Clock, LedgerReader, Observer
from shared.flow.recent import Recent
from shared.flow.relay import Relay
from shared.flow.subscriptions import Subscription
from shared.flow.system import Part, Progress, System
from shared.kernel.deciding import Decider
from shared.web.board import Board


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


@dataclass(frozen=True)
class Embedded:
    """The embedded mode: every service in this process, its loops in threads, its stores in the folder `data`."""

    data: Path
    system: System
    host: Host
    registry: CollectorRegistry
    calendar: Calendar
    signals: Board[Signals]

    def start(self) -> None:
        """Record the days slept through, then start the loops."""
        collector.calm()
        self.calendar.step()
        self.host.start()

    def stop(self) -> None:
        self.host.stop()
        self.system.close()


def build_system(
    stores: Mapping[str, SqlStore],
    bus: Bus,
    clock: Clock,
    observer: Observer,
    progress: Progress,
) -> System:
    """Connect every service to its store and the bus."""
    ledgers: dict[str, LedgerReader] = dict(stores)
    known_types = {service.name: service.decider.contract.facts.keys() for service in SERVICES}
    parts = {}
    for service in SERVICES:
        store = stores[service.name]
        _open_tables(store, service)
        prepare = service.reception(clock) if service.reception else None
        recent = Recent()
        desk = Desk(store, service.decider, clock, prepare, recent)
        consumers = tuple(
            Consumer(row, desk, bus.inbox(row.name, row.sources), ledgers, known_types, observer)
            for row in service.subscriptions
        )
        parts[service.name] = Part(desk, Relay(store, bus, recent=recent), consumers)
    return System(parts, clock, progress)


def store_version() -> str:
    return SQLITE_VERSION


def _open_tables(store: SqlStore, service: ServiceParts) -> None:
    with store.begin() as tx:
        for metadata in service.tables:
            metadata.create_all(tx.connection)
        for subscription in service.subscriptions:
            if subscription.view:
                subscription.view.open(tx.connection, tx.generation(subscription.name))


def open_embedded(data: Path, clock: Clock | None = None) -> Embedded:
    """The whole system on one SQLite file per service in `data`, threads not yet started."""
    turns = FairLock()
    bus, host, progress, registry = LocalBus(), Host(turns), Progress(), CollectorRegistry()
    clock = clock or SystemClock()

    def committed(service: str) -> Callable[[bool], None]:
        def call(appended: bool) -> None:
            if appended and host.loops:
                host.loops[f"relay.{service}"].wake()
                if service == "coordination":
                    host.loops["calendar"].wake()
                if service == live.SOURCE:
                    host.loops["live"].wake()
            progress.made()

        return call

    stores = {
        service.name: SqlStore(
            data / f"{service.name}.db", service.decider.contract, committed(service.name), turns=turns
        )
        for service in SERVICES
    }
    system = build_system(stores, bus, clock, PrometheusObserver(registry), progress)
    for name, step in system.steps().items():
        relay = name.removeprefix("relay.")
        loop = host.add(name, step, system.parts[relay].relay.announce if relay != name else None)
        if relay != name:
            bus.wake_relay_with(loop.wake)
        else:
            bus.wake_consumer_with(name, loop.wake)
    calendar = Calendar(system, mint)
    host.add("calendar", calendar.step)
    signals: Board[Signals] = Board(progress.made)
    host.add("live", live.Follower(stores[live.SOURCE], clock, live.put_up_on(signals)).step)
    return Embedded(data, system, host, registry, calendar, signals)
