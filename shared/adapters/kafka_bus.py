"""Apache Kafka behind the port: one topic of events and one of announced heads per service, key = tenant."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple

from kafka.errors import KafkaError

from shared.adapters import kafka_clients
from shared.adapters.kafka_faults import kafka_faults
from shared.adapters.kafka_inbox import KafkaInbox, Stored
from shared.adapters.kafka_settings import LARGEST_EVENT_BYTES, REQUEST_MS, KafkaSettings
from shared.adapters.kafka_wire import CONTENT_TYPE, Headers, headers_of, write_announced
from shared.flow.ports import Announced
from shared.kernel.messages import Contract, Event

DELIVERY_MS = 15_000
FLUSH_SECONDS = 30.0
CLOSE_SECONDS = 5.0
BATCH_BYTES = 262_144

log = logging.getLogger("yui.kafka")


class _Message(NamedTuple):
    topic: str
    tenant: str
    value: bytes
    headers: Headers


class KafkaBus:
    """`contracts` by service; `stored` tells an inbox where to go on, see `kafka_inbox.Stored`; the subscriptions in
    `watched` take what comes at once, also when there is much.

    The partition is murmur2 of the tenant, as with Java's clients. Everything is kept, so there is always room.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        contracts: Mapping[str, Contract],
        stored: Stored,
        watched: Collection[str] = (),
    ) -> None:
        self._settings = settings
        self._contracts = contracts
        self._stored = stored
        self._watched = watched
        self._lock = Lock()
        self._producer: Any = None
        self._inboxes: list[KafkaInbox] = []
        logging.getLogger("kafka").setLevel(logging.CRITICAL)  # its failures reach us as errors

    def publish(self, events: Sequence[Event]) -> None:
        """Returns when every in-sync replica has them. Unavailable when that is not certain: publish them again."""
        self._send(
            _Message(self._settings.events_topic(event.service), event.tenant, event.data, headers_of(event))
            for event in events
        )

    def announce(self, heads: Iterable[Announced]) -> None:
        self._send(
            _Message(self._settings.heads_topic(one.service), one.tenant, write_announced(one), (CONTENT_TYPE,))
            for one in heads
        )

    def has_room(self, source: str) -> bool:  # noqa: ARG002 - Kafka keeps everything
        return True

    def inbox(self, subscription: str, sources: Collection[str]) -> KafkaInbox:
        contracts = [self._contracts[source] for source in sources]
        inbox = KafkaInbox(self._settings, subscription, contracts, self._stored, watched=subscription in self._watched)
        self._inboxes.append(inbox)
        return inbox

    def close(self) -> None:
        """Close the producer and every inbox that was opened here."""
        for inbox in self._inboxes:
            inbox.close()
        self._inboxes.clear()
        with self._lock:
            self._abandon()

    def _send(self, messages: Iterable[_Message]) -> None:
        with self._lock, kafka_faults("発行"):
            try:
                sent = [self._send_one(message) for message in messages]
                if sent:
                    self._producer.flush(FLUSH_SECONDS)
                for future in sent:
                    future.get(timeout=0)
            except KafkaError:
                self._abandon()
                raise

    def _send_one(self, message: _Message) -> Any:
        if self._producer is None:
            self._producer = kafka_clients.producer(
                self._settings,
                enable_idempotence=True,
                acks="all",
                delivery_timeout_ms=DELIVERY_MS,
                max_block_ms=REQUEST_MS,
                linger_ms=5,
                batch_size=BATCH_BYTES,
                max_request_size=LARGEST_EVENT_BYTES,
            )
        key = message.tenant.encode()
        return self._producer.send(message.topic, key=key, value=message.value, headers=list(message.headers))

    def _abandon(self) -> None:
        """A producer that failed is not used again: what it still holds must not come after what is sent anew."""
        producer, self._producer = self._producer, None
        if producer is not None:
            # close() waits for what is pending, and when that takes too long leaves its thread to send it later.
            sender = producer._sender
            sender.force_close()
            sender.join(CLOSE_SECONDS)
            try:
                producer.close(CLOSE_SECONDS)
            except KafkaError as error:
                log.warning("producer closed with messages that were not acknowledged: %s", error)
