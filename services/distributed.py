"""The distributed mode, on PostgreSQL and Apache Kafka: what each of its processes is made of — the gateway of the
pages, a relay, a worker, the live windows, the watch.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Event

from prometheus_client import CollectorRegistry
from sqlalchemy import Engine

from services.coordination.calendar import Calendar
from services.parts import SERVICES, ServiceParts, connect, outdated, parts_of
from services.reporting import live
from services.reporting.windows import Signals
from services.settings import DatabaseSettings, Distributed, Role, WrongSetting
from services.watch import Watch
from shared.adapters import collector
from shared.adapters.clock import SystemClock
from shared.adapters.faust_worker import Worker
from shared.adapters.ids import mint
from shared.adapters.kafka_bus import KafkaBus
from shared.adapters.kafka_inbox import Stored
from shared.adapters.kafka_live import LiveReader
from shared.adapters.kafka_reading import read_topic
from shared.adapters.kafka_topics import Declared, check, declare
from shared.adapters.metrics import OF_A_CONSUMER, OF_A_DESK, LagCollector, PrometheusObserver
from shared.adapters.no_bus import NoBus
from shared.adapters.os_faults import in_words
from shared.adapters.probes import Failures, probes
from shared.adapters.sql_migrate import admin_url, migrate
from shared.adapters.sql_postgres import PostgresLedger, PostgresStore, open_engine, url_of
from shared.adapters.sql_server_faults import answering_server
from shared.adapters.sql_signals import CommitListener, appended, moved
from shared.adapters.threads import Host
from shared.flow.lags import Lag, consumer_lags, lags_of, parked_of, relay_lag
from shared.flow.ports import NO_PLACE, Garbled, LedgerReader, WrongSchema
from shared.flow.published import Published
from shared.flow.relay import Relay
from shared.flow.system import Progress, System
from shared.kernel.messages import Contract
from shared.web.board import Board

ANNOUNCE_SECONDS = 3.0
BUSY_SECONDS = 0.5
"""Nobody takes turns here: a batch waits for the rows of its own municipalities only, and small ones cost more each."""
DAY_BEGINS_WITHIN_SECONDS = 20.0
WATCH_SECONDS = 60.0

log = logging.getLogger("yui.process")

CONTRACTS: Mapping[str, Contract] = {service.name: service.decider.contract for service in SERVICES}
NAMES = tuple(CONTRACTS)


@dataclass(frozen=True)
class Gateway:
    """What pages, the API and commands work with: every store, and no loop."""

    settings: Distributed
    system: System
    registry: CollectorRegistry
    signals: Board[Signals]
    stores: Mapping[str, PostgresStore]
    listener: CommitListener
    reader: LiveReader
    data: None = None

    def start(self) -> None:
        for store in self.stores.values():
            store.check()
        self.listener.start()

    def check_views(self) -> None:
        """Raise WrongSchema for views that another version has made."""
        for service in SERVICES:
            _check_views(self.stores[service.name], service)

    def follow_live(self) -> None:
        """From now on the pages show what the live windows say."""
        self.reader.start()

    def stop(self) -> None:
        self.reader.stop()
        self.listener.stop()
        self.system.close()

    @property
    def versions(self) -> dict[str, str]:
        return {"postgresql": self.stores[NAMES[0]].server_version()}

    def failures(self) -> dict[str, str]:
        for store in self.stores.values():
            store.heads()
        return _failing([self.listener])

    def degraded(self) -> dict[str, str]:
        return {"live": self.reader.failure} if self.reader.failure else {}

    def check_bus(self) -> None:
        check(self.settings.kafka, NAMES)

    def published(self, tenant: str) -> dict[str, Published]:
        told = _told_once()
        return {
            name: Published(name, partial(read_topic, self.settings.kafka, contract, tenant, told))
            for name, contract in CONTRACTS.items()
        }

    @contextmanager
    def building(self, service: str) -> Iterator[PostgresStore]:
        """As the service's migrator, whose password only operators have. Raises WrongSetting without it."""
        try:
            engine = _engine(self.settings.database, service, "migrator")
        except OSError as error:
            raise WrongSetting(
                f"{error.filename}: 一覧表を作り直す役割のパスワードを読めません（{in_words(error)}）。"
                "この役割のパスワードを持つ人が実行してください。"
            ) from error
        with closing(PostgresStore(engine, CONTRACTS[service])) as store, store.alone("rebuild"):
            yield store

    def wake(self, subscription: str) -> None:
        """The worker that has it hears of the heads that are announced next."""
        log.debug("%s goes on with the next announcement", subscription)


def open_gateway(settings: Distributed) -> Gateway:
    """Every service on its store; what other processes do is waited for by the signals of their commits."""
    clock, progress, registry = SystemClock(), Progress(), CollectorRegistry()
    stores = {
        service.name: _store(settings.database, service.name, lambda _appended: progress.made()) for service in SERVICES
    }
    observer = PrometheusObserver(registry)
    observer.begin(OF_A_DESK, service=NAMES)
    parts = {
        service.name: connect(service, stores[service.name], NoBus(), stores, clock, observer) for service in SERVICES
    }
    system = System(parts, clock, progress)
    registry.register(LagCollector(lambda: lags_of(system), lambda: parked_of(system)))
    board: Board[Signals] = Board(progress.made)
    channels = [channel(service) for service in NAMES for channel in (appended, moved)]
    listener = _listener(settings.database, NAMES[0], channels, progress.made)
    return Gateway(
        settings, system, registry, board, stores, listener, LiveReader(settings.kafka, live.read_onto(board))
    )


class Process:
    """What every process but the gateway has: loops, probes, things to close, and a signal to stop."""

    def __init__(self, settings: Distributed) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self.registry = CollectorRegistry()
        self.observer = PrometheusObserver(self.registry)
        self.host = Host()
        self.listeners: list[CommitListener] = []
        self._closing = ExitStack()

    def store(self, service: str) -> PostgresStore:
        """The store of a service in this process's role. Raises WrongSchema when `yui migrate` has not been run."""
        store = _store(self.settings.database, service)
        self._closing.callback(store.close)
        with answering_server(self.settings.database.url, "YUI_DATABASE_URL"):
            store.check()
        return store

    def ledger(self, service: str) -> PostgresLedger:
        """Another service's ledger, read-only, as its auditor."""
        ledger = PostgresLedger(_engine(self.settings.database, service, "auditor"), CONTRACTS[service])
        self._closing.callback(ledger.close)
        return ledger

    def bus(self, stored: Stored, watched: Collection[str] = ()) -> KafkaBus:
        bus = KafkaBus(self.settings.kafka, CONTRACTS, stored, watched)
        self._closing.callback(bus.close)
        return bus

    def wake_on_commits(self, service: str, wake: Callable[[], None]) -> None:
        self.listeners.append(_listener(self.settings.database, service, [appended(service)], wake))

    def report(self, lags: Callable[[], Iterable[Lag]], parked: Callable[[], dict[str, int]] = dict) -> None:
        self.registry.register(LagCollector(lags, parked))

    def failures(self) -> dict[str, str]:
        return self.host.failures() | _failing(self.listeners)

    def run(self, stopping: Event) -> None:
        """Everything at work until `stopping` is set; then all comes to an end in order."""
        with self._closing, self.answering(self.failures):
            collector.calm()
            for listener in self.listeners:
                listener.start()
                self._closing.callback(listener.stop)
            self.host.start()
            self._closing.callback(self.host.stop)
            log.info("at work")
            stopping.wait()
        log.info("ended")

    @contextmanager
    def answering(self, failures: Failures) -> Iterator[None]:
        """Answer to probes meanwhile, if the settings say where."""
        if self.settings.metrics is None:
            yield
            return
        with probes(self.settings.metrics, self.registry, failures):
            yield


def relay(settings: Distributed, service: str) -> Process:
    """Publishes the ledger of a service, and announces its heads."""
    process = Process(settings)
    store = process.store(service)
    relaying = Relay(store, process.bus(lambda _subscription: {}))
    loop = process.host.add(f"relay.{service}", relaying.step)
    process.host.add(f"announce.{service}", _once(relaying.announce), pause=ANNOUNCE_SECONDS)
    process.wake_on_commits(service, loop.wake)
    process.report(lambda: [relay_lag(store, process.clock.now())])
    return process


def work(settings: Distributed, service: str) -> Process:
    """Every subscription of a service; `coordination` also begins the days."""
    process = Process(settings)
    parts, store = parts_of(service), process.store(service)
    _check_views(store, parts)
    followed = sorted({source for row in parts.subscriptions for source in row.sources})
    ledgers: dict[str, LedgerReader] = {
        source: store if source == service else process.ledger(source) for source in followed
    }
    bus = process.bus(partial(_stored, store), {row.name for row in parts.subscriptions if row.watched})
    part = connect(parts, store, bus, ledgers, process.clock, process.observer, busy_seconds=BUSY_SECONDS)
    process.observer.begin(OF_A_DESK, service=[service])
    process.observer.begin(OF_A_CONSUMER, subscription=part.subscriptions)
    system = System({service: part}, process.clock, Progress())
    for consumer in part.consumers:
        process.host.add(consumer.subscription.name, consumer.step, pause=0)
    if service == Calendar.SERVICE:
        calendar = process.host.add("calendar", Calendar(system, mint).step, pause=DAY_BEGINS_WITHIN_SECONDS)
        process.wake_on_commits(service, calendar.wake)
    process.report(
        lambda: consumer_lags(store, part.subscriptions.values(), ledgers, process.clock.now()),
        lambda: parked_of(system),
    )
    return process


def watch(settings: Distributed) -> Process:
    """Looks at the invariants once a minute, at every ledger as a whole once a day."""
    process = Process(settings)
    stores = {service: process.store(service) for service in NAMES}
    parts = {
        service.name: connect(service, stores[service.name], NoBus(), stores, process.clock, process.observer)
        for service in SERVICES
    }
    system = System(parts, process.clock, Progress())
    process.host.add("watch", _once(Watch(system, process.observer).step), pause=WATCH_SECONDS)
    process.report(lambda: lags_of(system), lambda: parked_of(system))
    return process


def run_live(settings: Distributed) -> None:
    """The live windows in Faust, which has the main thread for itself and ends by SIGTERM or SIGINT."""
    process = Process(settings)
    worker = Worker(settings.kafka, CONTRACTS[live.SOURCE], live.LiveWindows(process.clock), process.observer)
    with process.answering(lambda: {"live": worker.failure} if worker.failure else {}):
        worker.run()


def declare_topics(settings: Distributed) -> Declared:
    return declare(settings.kafka, NAMES)


def migrate_database(settings: DatabaseSettings) -> None:
    """Bring the database to this version's form. Raises WrongSetting when nobody is named who may do that."""
    if settings.admin_url_file is None:
        raise WrongSetting(
            "YUI_DATABASE_ADMIN_URL_FILE に、役割とスキーマを作れる利用者の接続先を書いたファイルを指定してください。"
        )
    url = admin_url(settings.admin_url_file)
    with answering_server(url, "YUI_DATABASE_ADMIN_URL_FILE の接続先"):
        migrate(url, settings.secrets, SERVICES)


def _check_views(store: PostgresStore, service: ServiceParts) -> None:
    names = [subscription.name for subscription in outdated(store, service)]
    if names:
        raise WrongSchema(
            f"一覧表 {'、'.join(names)} は別の版のYuiが作ったもので、形が違います。"
            f"yui rebuild {' '.join(names)} で作り直してから、起動し直してください。"
        )


def _store(
    settings: DatabaseSettings, service: str, committed: Callable[[bool], None] = lambda _: None
) -> PostgresStore:
    return PostgresStore(_engine(settings, service), CONTRACTS[service], committed)


def _engine(settings: DatabaseSettings, service: str, role: Role | None = None) -> Engine:
    return open_engine(settings.url, settings.secrets, service, role or settings.role)


def _listener(
    settings: DatabaseSettings, service: str, channels: Sequence[str], heard: Callable[[], None]
) -> CommitListener:
    """It signs in as a role of `service`; channels are everybody's."""
    url = url_of(settings.url, settings.secrets, service, settings.role)
    return CommitListener(url.set(drivername="postgresql").render_as_string(hide_password=False), channels, heard)


def _failing(listeners: Iterable[CommitListener]) -> dict[str, str]:
    return {"signals": listener.failure for listener in listeners if listener.failure}  # noqa: B035 - any of them


def _told_once() -> Callable[[Garbled], None]:
    """Names each message that is no event, however often a topic is read."""
    told: set[str] = set()

    def tell(message: Garbled) -> None:
        if message.place not in told:
            told.add(message.place)
            log.error("%s is no event: %s", message.place, message.reason)

    return tell


def _stored(store: PostgresStore, subscription: str) -> dict[tuple[str, int], int]:
    """The largest offset of each partition whose effect is in the database."""
    found: dict[tuple[str, int], int] = {}
    for name, _, (source, _), position in store.all_positions():
        place = (source, position.partition)
        if name == subscription and position.partition != NO_PLACE:
            found[place] = max(position.offset, found.get(place, 0))
    return found


def _once(call: Callable[[], object]) -> Callable[[], int]:
    """As a loop's step: called, then the loop pauses."""

    def step() -> int:
        call()
        return 0

    return step
