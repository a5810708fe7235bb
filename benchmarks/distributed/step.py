"""The step that is measured: a visit on the topic of `requests` is decided by `billing` and is in its ledger, its
events are on its topic and in its view, and every position has moved. The program's own loops, one after another.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import monotonic, perf_counter, process_time

from prometheus_client import CollectorRegistry
from sqlalchemy import Engine

from benchmarks.distributed.ground import Place
from benchmarks.distributed.visits import batches_of
from services.billing.commands import EnactRules
from services.library import packaged
from services.parts import KNOWN_TYPES, parts_of
from shared.adapters.clock import SystemClock
from shared.adapters.kafka_bus import KafkaBus
from shared.adapters.kafka_inbox import KafkaInbox
from shared.adapters.metrics import PrometheusObserver
from shared.adapters.sql_postgres import PostgresLedger, PostgresStore, open_engine
from shared.flow.consume import Consumer
from shared.flow.handle import Accepted, Desk, Request, handle
from shared.flow.ports import LedgerReader, Polled
from shared.flow.relay import Relay
from shared.kernel.messages import Event

ASSESS, SHOW = "billing.assess_visits", "billing.assessments"
LOADING = 2_000
JOIN_SECONDS = 60.0
LONGEST_SECONDS = 900.0
UNLIMITED = 1_000_000
RULES = "takamatsu-2016"


class Stuck(RuntimeError):
    """The step did not come to its end, or not to the right one."""


@dataclass(frozen=True)
class Cost:
    """Of so many visits: seconds by the clock, and of the processors in this process and in the database server."""

    visits: int
    seconds: float
    ours: float
    servers: float
    parts: dict[str, float]

    @property
    def rate(self) -> float:
        """Visits a second."""
        return self.visits / self.seconds

    @property
    def microseconds(self) -> float:
        """By the clock, of one visit."""
        return self.seconds * 1e6 / self.visits

    @property
    def processor(self) -> float:
        """Microseconds of the processors, of one visit."""
        return (self.ours + self.servers) * 1e6 / self.visits


@dataclass(frozen=True)
class AtMost:
    """An inbox that hands out `limit` messages at a time."""

    inbox: KafkaInbox
    limit: int

    def poll(self, limit: int) -> list[Polled]:
        return self.inbox.poll(min(limit, self.limit))


class Step:
    """`billing` at work in this process. `limit`: messages a transaction, for the comparison with one."""

    def __init__(self, place: Place, closing: ExitStack, limit: int = UNLIMITED) -> None:
        parts = {name: parts_of(name) for name in ("requests", "billing")}
        contracts = {name: each.decider.contract for name, each in parts.items()}
        self._place = place
        self.requests = _store(place, "requests", closing)
        self.billing = _store(place, "billing", closing)
        auditor = PostgresLedger(_engine(place, "requests", "auditor"), contracts["requests"])
        closing.callback(auditor.close)
        ledgers: dict[str, LedgerReader] = {"requests": auditor, "billing": self.billing}
        self._bus = KafkaBus(place.kafka, contracts, lambda _subscription: {})
        closing.callback(self._bus.close)
        self.desk = Desk(self.billing, parts["billing"].decider, SystemClock())
        observer = PrometheusObserver(CollectorRegistry())
        subscriptions = {row.name: row for row in parts["billing"].subscriptions}
        self._inboxes = {name: self._bus.inbox(name, subscriptions[name].sources) for name in (ASSESS, SHOW)}
        self._consumers = {
            name: Consumer(subscriptions[name], self.desk, AtMost(inbox, limit), ledgers, KNOWN_TYPES, observer)
            for name, inbox in self._inboxes.items()
        }
        self._relay = Relay(self.billing, self._bus)

    def settle_in(self, tenants: Sequence[str]) -> None:
        """Rules for every municipality, published and shown."""
        rules = packaged(RULES)
        if rules is None:
            raise Stuck(RULES)
        command = EnactRules(rules.rules_id, rules.effective_from, dict(rules.document))
        requests = [Request(tenant, command, "bench", "bench", "bench") for tenant in tenants]
        for outcome in handle(self.desk, requests):
            if not isinstance(outcome, Accepted):
                raise Stuck(f"{outcome}")
        for inbox in self._inboxes.values():
            if not inbox.join(JOIN_SECONDS):
                raise Stuck("Kafka")
        published = self._publish()
        self._take(SHOW, published)

    def load(self, events: Sequence[Event]) -> None:
        """Visits into the ledger of `requests` and onto its topic."""
        for batch in batches_of(events, LOADING):
            tenants = {event.tenant for event in batch}
            with self.requests.begin(tenants) as tx:
                tx.lock_heads(tenants)
                tx.append(batch)
            self._bus.publish(batch)

    def run(self, visits: int) -> Cost:
        """All that is on the topic: decided, published, shown."""
        ours, servers = process_time(), self._place.server_seconds()
        assess = _seconds(lambda: self._take(ASSESS, visits))
        published = 0

        def publish() -> None:
            nonlocal published
            published = self._publish()

        relay = _seconds(publish)
        show = _seconds(lambda: self._take(SHOW, published))
        if published < visits or self.billing.all_parked():
            raise Stuck(f"{published} of {visits}; {self.billing.all_parked()}")
        seconds = {"decide": assess, "relay": relay, "show": show}
        spent = process_time() - ours, self._place.server_seconds() - servers
        return Cost(visits, assess + relay + show, *spent, seconds)

    def _take(self, subscription: str, messages: int) -> None:
        step, taken, until = self._consumers[subscription].step, 0, monotonic() + LONGEST_SECONDS
        while taken < messages:
            taken += step()
            if monotonic() > until:
                raise Stuck(f"{subscription}: {taken} of {messages}")

    def _publish(self) -> int:
        published = 0
        while moved := self._relay.step():
            published += moved
        return published


@contextmanager
def stepping(place: Place, tenants: Sequence[str], limit: int = UNLIMITED) -> Iterator[Step]:
    with ExitStack() as closing:
        step = Step(place, closing, limit)
        step.settle_in(tenants)
        yield step


def _seconds(call: Callable[[], object]) -> float:
    started = perf_counter()
    call()
    return perf_counter() - started


def _store(place: Place, service: str, closing: ExitStack) -> PostgresStore:
    store = PostgresStore(_engine(place, service, "worker"), parts_of(service).decider.contract)
    closing.callback(store.close)
    return store


def _engine(place: Place, service: str, role: str) -> Engine:
    return open_engine(place.url, place.secrets, service, role)
