"""The embedded mode, in one process on SQLite: every service with its loops. Its twin is `services.distributed`."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from prometheus_client import CollectorRegistry

from services.coordination.calendar import Calendar
from services.parts import SERVICES, connect, open_tables, outdated
from services.reporting import live
from services.reporting.windows import Signals
from shared.adapters import collector
from shared.adapters.clock import SystemClock
from shared.adapters.fair_lock import FairLock
from shared.adapters.ids import mint
from shared.adapters.local_bus import LocalBus
from shared.adapters.metrics import OF_A_CONSUMER, OF_A_DESK, LagCollector, PrometheusObserver
from shared.adapters.sql_sqlite import SQLITE_VERSION, SqliteStore
from shared.adapters.threads import Host
from shared.flow.lags import lags_of, parked_of
from shared.flow.ports import Bus, Clock, Observer, Store
from shared.flow.rebuild import rebuild
from shared.flow.recent import Recent
from shared.flow.system import Progress, System
from shared.web.board import Board


@dataclass(frozen=True)
class Embedded:
    """The embedded mode: every service in this process, its loops in threads, its stores in the folder `data`."""

    data: Path
    system: System
    host: Host
    registry: CollectorRegistry
    calendar: Calendar
    signals: Board[Signals]
    one_builds: Lock = field(default_factory=Lock)

    def start(self) -> None:
        """Record the days slept through, then start the loops."""
        collector.calm()
        self.calendar.step()
        self.host.start()

    def stop(self) -> None:
        self.host.stop()
        self.system.close()

    @property
    def versions(self) -> dict[str, str]:
        return {"sqlite": SQLITE_VERSION}

    def published(self, tenant: str) -> None:  # noqa: ARG002 - the local bus keeps nothing
        return None

    @contextmanager
    def building(self, service: str) -> Iterator[Store]:
        with self.one_builds:
            yield self.system.store(service)

    def failures(self) -> dict[str, str]:
        return self.host.failures()

    def degraded(self) -> dict[str, str]:
        return {}

    def check_bus(self) -> None:
        """It is in this process."""

    def wake(self, subscription: str) -> None:
        self.host.loops[subscription].wake()


def build_system(
    stores: Mapping[str, SqliteStore],
    bus: Bus,
    clock: Clock,
    observer: Observer,
    progress: Progress,
) -> System:
    """Connect every service to its store and the bus. Views that another version made are rebuilt."""
    parts = {}
    for service in SERVICES:
        store = stores[service.name]
        open_tables(store, service)
        parts[service.name] = connect(service, store, bus, stores, clock, observer, Recent())
    for service in SERVICES:
        for subscription in outdated(stores[service.name], service):
            if subscription.view:
                rebuild(subscription, subscription.view, stores[service.name], stores)
    return System(parts, clock, progress)


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
            progress.made()

        return call

    stores = {
        service.name: SqliteStore(service.file(data), service.decider.contract, committed(service.name), turns=turns)
        for service in SERVICES
    }
    observer = PrometheusObserver(registry)
    observer.begin(OF_A_DESK, service=stores)
    observer.begin(OF_A_CONSUMER, subscription=[row.name for service in SERVICES for row in service.subscriptions])
    system = build_system(stores, bus, clock, observer, progress)
    registry.register(LagCollector(lambda: lags_of(system), lambda: parked_of(system)))
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
    inbox = bus.inbox("live", [live.SOURCE])
    following = host.add("live", live.Follower(stores[live.SOURCE], inbox, clock, live.put_up_on(signals)).step)
    bus.wake_consumer_with("live", following.wake)
    return Embedded(data, system, host, registry, calendar, signals)
