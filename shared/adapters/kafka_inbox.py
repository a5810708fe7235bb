"""One subscription's end of the topics: positions come from the database, the broker's offsets are only a hint."""

import logging
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

from kafka import ConsumerRebalanceListener, TopicPartition
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import KafkaError

from shared.adapters import kafka_clients
from shared.adapters.kafka_faults import kafka_faults
from shared.adapters.kafka_settings import KafkaSettings
from shared.adapters.kafka_wire import read_announced, read_event
from shared.flow.ports import Announced, Delivered, Garbled, Polled, Unavailable
from shared.kernel.messages import Contract

IDLE_SECONDS = 0.2
LINGER_SECONDS = 0.02
ASK_SECONDS = 0.005
WATCHED_SECONDS = 0.05
UNWATCHED_SECONDS = 0.8
"""Between two batches that are not full."""
HINT_SECONDS = 5.0
STAY_MS = 20
CLOSE_MS = 3_000
FETCH_MS = 500
"""So long the broker keeps a request when there is nothing; what comes is answered at once."""
FETCH_BYTES = 4_194_304
"""Of one partition in an answer: some thousand events, so that catching up asks seldom."""
FETCH_BYTES_IN_ALL = 2 * FETCH_BYTES
"""A worker has a client for each subscription, and a few hundred megabytes for all of them."""
LIMIT = 5_000
START_OVER_SECONDS = 20.0
"""A member that is stopped makes the others wait for its session (10 s) and a batch, not for longer."""
COUNTED_SECONDS = 1.0
"""So much of the time between two polls counts as time in which the client could have become a member."""

Stored = Callable[[str], Mapping[tuple[str, int], int]]
"""By subscription: (source, partition) → the largest offset whose effect is in the database."""

log = logging.getLogger("yui.kafka")


class KafkaInbox:
    """A member of the subscription's group; used by one thread.

    Partition p of a source's events and of its announcements belong to the same member (range assignor, same
    number of partitions). Whenever partitions are assigned, they are read from the offset after the stored one,
    announcements from now on. What a member still holds of partitions that went to another one, it hands out all
    the same: also a process that was frozen past its session. The row lock on the position fences its effects.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        subscription: str,
        contracts: Collection[Contract],
        stored: Stored,
        *,
        watched: bool = False,
    ) -> None:
        self._settings = settings
        self._subscription = subscription
        self._stored = stored
        self._events = {settings.events_topic(contract.service): contract for contract in contracts}
        self._heads = {settings.heads_topic(contract.service): contract.service for contract in contracts}
        self._assigned = _Assigned()
        self._consumer: Any = None
        self._outside = 0.0
        self._polled_at = time.monotonic()
        self._hinted = time.monotonic()
        self._small_batch_every = WATCHED_SECONDS if watched else UNWATCHED_SECONDS
        self._small_batch_at = -UNWATCHED_SECONDS

    def poll(self, limit: int) -> list[Polled]:
        """What has arrived, at most `limit`: a full batch at once, else what came until 20 ms after the first — while
        messages keep coming, until it is time for the next small batch. A batch costs as much as a hundred messages.

        Waits at most 0.2 s for the first. With 0 it takes nothing and stays a member, for as long as the database
        cannot take anything. Nothing while the broker is away; Unavailable when it refuses us.
        """
        with self._guarded() as consumer:
            if limit == 0:
                self._stay(consumer)
                return []
            self._hint(consumer)
            return self._take(consumer, limit)

    def join(self, patience_seconds: float) -> bool:
        """Whether we are a member by then: what is published or announced from then on will arrive."""
        until = time.monotonic() + patience_seconds
        self._become_member()
        while not self._assigned.placed and time.monotonic() < until:
            self._become_member()
        if not self._assigned.placed:
            return False
        with self._guarded() as consumer:
            for partition in consumer.assignment():
                consumer.position(partition, timeout_ms=CLOSE_MS)
        return self._assigned.placed

    def behind(self) -> int:
        """Messages in our partitions that have not been taken yet."""
        with self._guarded() as consumer:
            ends = consumer.end_offsets(list(consumer.assignment()))
            return sum(end - (consumer.position(partition) or 0) for partition, end in ends.items())

    def close(self) -> None:
        """Leave the group, if the broker can be told."""
        consumer, self._consumer = self._consumer, None
        self._assigned = _Assigned()
        self._outside = 0.0
        if consumer is not None:
            try:
                consumer.close(autocommit=False, timeout_ms=CLOSE_MS)
            except KafkaError as error:
                log.warning("%s: left without a word: %s", self._subscription, error)

    # ------------------------------------------------------------------------------------- taking

    def _take(self, consumer: Any, limit: int) -> list[Polled]:
        arrived = self._look(consumer, IDLE_SECONDS, limit)
        if 0 < len(arrived) < limit:
            due = self._small_batch_at + self._small_batch_every
            time.sleep(max(LINGER_SECONDS, due - time.monotonic()))
            self._small_batch_at = time.monotonic()
            for seconds in (0.0, ASK_SECONDS):  # what has been answered meanwhile, and what there is now
                if len(arrived) < limit:
                    arrived += self._look(consumer, seconds, limit - len(arrived))
        return sorted(arrived, key=_is_head)  # a head after the events it tells of

    def _look(self, consumer: Any, seconds: float, limit: int) -> list[Polled]:
        found = self._polled(consumer, timeout_ms=seconds * 1_000, max_records=limit)
        self._place(consumer)
        return [message for partition, records in found.items() for message in self._read(partition.topic, records)]

    def _polled(self, consumer: Any, **how: Any) -> dict[TopicPartition, list[Any]]:
        """Counts the time in which the client could have become a member, and did not."""
        found: dict[TopicPartition, list[Any]] = consumer.poll(**how)
        before, self._polled_at = self._polled_at, time.monotonic()
        since = min(self._polled_at - before, COUNTED_SECONDS)
        self._outside = 0.0 if self._assigned.member else self._outside + since
        return found

    def _read(self, topic: str, records: Sequence[Any]) -> list[Polled]:
        contract = self._events.get(topic)
        if contract is None:
            service = self._heads[topic]
            return [read_announced(service, record.value, place_of(record)) for record in records]
        return [read_delivered(contract, record) for record in records]

    def _stay(self, consumer: Any) -> None:
        consumer.pause(*consumer.assignment())
        self._polled(consumer, timeout_ms=STAY_MS)
        consumer.resume(*(consumer.assignment() - self._assigned.unplaced()))

    def _place(self, consumer: Any) -> None:
        """Seek in partitions that are new to us; they are paused until then, also when the database is away."""
        unplaced = self._assigned.unplaced()
        if not unplaced:
            return
        stored = self._stored(self._subscription)
        for partition in unplaced:
            contract = self._events.get(partition.topic)
            if contract is None:
                consumer.seek_to_end(partition)
            elif (offset := stored.get((contract.service, partition.partition))) is None:
                consumer.seek_to_beginning(partition)
            else:
                consumer.seek(partition, offset + 1)
        consumer.resume(*unplaced)
        self._assigned.place(unplaced)

    # --------------------------------------------------------------------------------- the client

    def _become_member(self) -> None:
        with self._guarded() as consumer:
            self._stay(consumer)
            self._place(consumer)

    @contextmanager
    def _guarded(self) -> Iterator[Any]:
        """The client; what the broker refuses drops it and leaves as Unavailable."""
        with kafka_faults("受信"):
            try:
                yield self._open()
            except Unavailable:
                raise
            except Exception:
                self.close()  # nobody knows what state it is in
                raise

    def _open(self) -> Any:
        """The client, connected by its own thread; made anew after a refusal, or when it is no member for long."""
        if self._outside > START_OVER_SECONDS:
            log.warning("%s: no member after %.0f s: starts over", self._subscription, START_OVER_SECONDS)
            self.close()
        if self._consumer is None:
            member = self._settings.member
            self._consumer = kafka_clients.member(
                self._settings,
                group_id=self._settings.group(self._subscription),
                group_instance_id=f"{member}.{self._subscription}" if member else None,
                session_timeout_ms=self._settings.session_ms,
                heartbeat_interval_ms=min(3_000, self._settings.session_ms // 3),
                partition_assignment_strategy=[RangePartitionAssignor],
                auto_offset_reset="earliest",
                metadata_max_age_ms=30_000,
                max_partition_fetch_bytes=FETCH_BYTES,
                fetch_max_bytes=FETCH_BYTES_IN_ALL,
                max_poll_records=LIMIT,
                fetch_max_wait_ms=FETCH_MS,
            )
            self._assigned.consumer = self._consumer
            self._consumer.subscribe([*self._events, *self._heads], listener=self._assigned)
        return self._consumer

    def _hint(self, consumer: Any) -> None:
        """Tell the broker how far we are, for its tools; nothing depends on it."""
        if time.monotonic() - self._hinted < HINT_SECONDS or not self._assigned.placed:
            return
        self._hinted = time.monotonic()
        try:
            consumer.commit_async(callback=self._note_hint)
        except KafkaError as error:
            self._note_hint({}, error)

    def _note_hint(self, _offsets: object, response: object) -> None:
        if isinstance(response, Exception):
            log.info("%s: offsets not noted by the broker: %s", self._subscription, response)


def _is_head(message: Polled) -> bool:
    return isinstance(message, Announced)


class _Assigned(ConsumerRebalanceListener):  # type: ignore[misc]
    """Told by the client's own thread: notes the partitions that are new to us, and stops them."""

    def __init__(self) -> None:
        self.consumer: Any = None
        self._lock = Lock()
        self._unplaced: set[TopicPartition] = set()
        self._member = False

    @property
    def member(self) -> bool:
        with self._lock:
            return self._member

    @property
    def placed(self) -> bool:
        with self._lock:
            return self._member and not self._unplaced

    def unplaced(self) -> set[TopicPartition]:
        with self._lock:
            return set(self._unplaced)

    def place(self, partitions: set[TopicPartition]) -> None:
        with self._lock:
            self._unplaced -= partitions

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        with self._lock:
            self._unplaced -= set(revoked)
            self._member = False

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self.consumer.pause(*assigned)
        with self._lock:
            self._unplaced |= set(assigned)
            self._member = True


def read_delivered(contract: Contract, record: Any) -> Delivered | Garbled:
    """A message of an event topic."""
    event = read_event(contract, record.headers, record.value, place_of(record))
    return event if isinstance(event, Garbled) else Delivered(event, record.partition, record.offset)


def place_of(record: Any) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"
