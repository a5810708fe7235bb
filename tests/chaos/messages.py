"""What is done to the messages of a running fleet: said again, in the wrong order, left out, garbled, forged."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import psycopg
from kafka import TopicPartition
from kafka.errors import KafkaError
from psycopg import sql

from services.distributed import CONTRACTS, NAMES, Gateway
from services.parts import SERVICES
from shared.adapters.kafka_bus import KafkaBus
from shared.adapters.kafka_clients import lone_consumer
from shared.adapters.kafka_clients import producer as kafka_producer
from shared.adapters.kafka_wire import headers_of
from shared.flow.ports import Unavailable
from shared.kernel.contracts.requests import VisitConfirmed
from shared.kernel.messages import START, Event, Head, chain_hash

SAID_AGAIN: Final = 200
LEFT_OUT_SECONDS: Final = 3.0
PATIENCE_SECONDS: Final = 300.0
REST_SECONDS: Final = 0.3

STRANGER: Final = "011002"
"""A municipality that no ledger knows."""
UNKNOWN_TYPE: Final = "yui.requests.nobody_knows.v1"
FUTURE_TYPE: Final = VisitConfirmed.TYPE.removesuffix("v1") + "v99"

_TAIL = """
WITH waiting AS (
    SELECT tenant, head.seq AS reached, published.seq AS from_there
    FROM {service}.published JOIN {service}.heads AS head USING (tenant) WHERE head.seq > published.seq
), moved AS (
    UPDATE {service}.published SET seq = waiting.reached FROM waiting WHERE published.tenant = waiting.tenant
)
SELECT coalesce(sum(reached - from_there), 0)::bigint FROM waiting
"""

Done = TypeVar("Done")


@dataclass
class Messages:
    """`tenants` are those whose messages are disturbed. Every method returns how many messages it was about.

    While the servers are away it is tried again; TimeoutError when they do not come back.
    """

    gateway: Gateway
    tenants: Sequence[str]
    admin_url_file: Path
    rng: random.Random
    garbled: list[tuple[str, str]] = field(default_factory=list)
    """(service, place) of what no one can read"""
    forged: list[tuple[Event, str]] = field(default_factory=list)
    """what nobody may apply, and a word of the reason"""

    def repeat(self, service: str) -> int:
        """Messages of any time, as they were."""
        return self._say(self._some(service))

    def reverse(self, service: str) -> int:
        """The newest events, the last one first: also such as the relay has not published yet."""
        newest = [event for tenant in self.tenants for event in self._tail(service, tenant, SAID_AGAIN // 10)]
        return self._say(newest[::-1])

    def leave_out(self, service: str) -> int:
        """The relay believes that what waits has been published. The process that relays must have been killed."""
        until, left_out = time.monotonic() + LEFT_OUT_SECONDS, 0
        while not left_out and time.monotonic() < until:
            left_out = _until_done(lambda: self._move_checkpoint(service))
        return left_out

    def garble(self, service: str) -> int:
        """A message without headers, one with a changed byte, one that belongs elsewhere."""
        event = self.rng.choice(self._some(service))
        other = next(name for name in NAMES if name != service)
        whole = headers_of(event)
        changed = bytearray(event.data)
        changed[self.rng.randrange(len(changed))] ^= 1
        elsewhere = [(name, text.replace(service.encode(), other.encode())) for name, text in whole]
        for value, headers in ((b"\xff\x00{", []), (bytes(changed), whole), (event.data, elsewhere), (None, whole)):
            self.garbled.append((service, self._send(service, event.tenant, value, headers)))
        return 4

    def unknown_tenant(self) -> int:
        model = self._some("requests")[0]
        return self._forge(model, STRANGER, START, model.type, "台帳にない自治体")

    def unknown_type(self, tenant: str) -> int:
        return self._next(tenant, UNKNOWN_TYPE)

    def future_version(self, tenant: str) -> int:
        return self._next(tenant, FUTURE_TYPE)

    # ------------------------------------------------------------------------------------ reckoning

    def say_forged_again(self) -> None:
        """What came while a database was away is forgotten, if no ledger has it. In peace it comes to everybody."""
        self._say([event for event, _ in self.forged])

    def reckon(self) -> list[str]:
        """What should have been set aside or parked by those who follow the services, and is not."""
        rows = [(row.name, service.name, row.sources) for service in SERVICES for row in service.subscriptions]
        wrong = []
        for subscription, service, sources in rows:
            store = self.gateway.system.store(service)
            aside = {row.place for row in store.all_quarantined() if row.subscription == subscription}
            expected = {place for source, place in self.garbled if source in sources}
            wrong += [f"{subscription}: {place} is not in quarantine" for place in sorted(expected - aside)]
            wrong += [f"{subscription}: {place} is in quarantine" for place in sorted(aside - expected)]
            parked = {row.tenant: row.reason for row in store.all_parked() if row.subscription == subscription}
            due = {event.tenant: word for event, word in self.forged if event.service in sources}
            wrong += [
                f"{subscription}: {tenant} should be parked for {due.get(tenant)}, is for {parked.get(tenant)}"
                for tenant in sorted(parked.keys() | due.keys())
                if tenant not in due or due[tenant] not in parked.get(tenant, "")
            ]
        return wrong

    def total(self) -> int:
        """How many are in the topics of events."""
        kafka = self.gateway.settings.kafka
        places = [TopicPartition(kafka.events_topic(name), each) for name in NAMES for each in range(kafka.partitions)]
        with lone_consumer(kafka) as consumer:
            return sum(consumer.end_offsets(places).values())

    # --------------------------------------------------------------------------------------- saying

    def _say(self, events: Sequence[Event]) -> int:
        bus = KafkaBus(self.gateway.settings.kafka, CONTRACTS, lambda _subscription: {})
        with closing(bus):
            _until_done(lambda: bus.publish(events))
        return len(events)

    def _send(self, service: str, tenant: str, value: bytes | None, headers: Sequence[tuple[str, bytes]]) -> str:
        """Where it came to lie. Not repeated once it is on its way: a second copy would lie somewhere else, too."""
        kafka = self.gateway.settings.kafka
        producer = _until_done(
            lambda: kafka_producer(
                kafka,
                enable_idempotence=True,
                acks="all",
                max_block_ms=PATIENCE_SECONDS * 1_000,
                delivery_timeout_ms=PATIENCE_SECONDS * 1_000,
            )
        )
        with closing(producer):
            sent = producer.send(
                kafka.events_topic(service), key=tenant.encode(), value=value, headers=list(headers)
            ).get(timeout=2 * PATIENCE_SECONDS)
        return f"{sent.topic}/{sent.partition}/{sent.offset}"

    def _next(self, tenant: str, type_: str) -> int:
        """What would follow in the ledger of `requests`, if it were known."""
        (last,) = self._tail("requests", tenant, 1)
        return self._forge(last, tenant, last.head, type_, "UnknownType")

    def _forge(self, model: Event, tenant: str, head: Head, type_: str, word: str) -> int:
        """As if it were the next after this head."""
        forged = Event(
            model.service,
            tenant,
            head.seq + 1,
            model.stream,
            model.version + 1,
            type_,
            model.time,
            model.actor,
            model.cause,
            model.correlation,
            model.data,
            head.hash,
            b"",
            CONTRACTS[model.service].decode,
        )
        forged.hash = chain_hash(forged, forged.prevhash)
        self._say([forged])
        self.forged.append((forged, word))
        return 1

    # ------------------------------------------------------------------------------------- what there is

    def _some(self, service: str) -> list[Event]:
        """A stretch of the ledger of one of the municipalities."""

        def some() -> list[Event]:
            tenant = self.rng.choice(self.tenants)
            head = self.gateway.system.store(service).head(tenant).seq
            after = self.rng.randrange(max(1, head - SAID_AGAIN))
            events = self.gateway.system.store(service).read(tenant, after, SAID_AGAIN)
            if not events:
                raise Unavailable(f"{service}: nothing of {tenant} yet")
            return list(events)

        return _until_done(some)

    def _tail(self, service: str, tenant: str, number: int) -> list[Event]:
        store = self.gateway.system.store(service)
        return _until_done(lambda: list(store.read(tenant, max(0, store.head(tenant).seq - number), number)))

    def _move_checkpoint(self, service: str) -> int:
        url = self.admin_url_file.read_text(encoding="utf-8")
        with psycopg.connect(url, connect_timeout=5) as connection:
            query = sql.SQL(_TAIL).format(service=sql.Identifier(service))
            (left_out,) = connection.execute(query).fetchone() or (0,)
        return int(left_out)


def _until_done(attempt: Callable[[], Done]) -> Done:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return attempt()
        except (Unavailable, KafkaError, psycopg.OperationalError) as error:
            if time.monotonic() > until:
                raise TimeoutError(f"{error}") from error
            time.sleep(REST_SECONDS)
