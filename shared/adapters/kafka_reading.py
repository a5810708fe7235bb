"""A topic of events from its beginning to its present end: for audits, and for healing without the source's ledger."""

from collections.abc import Callable, Iterator
from typing import Any

from kafka import TopicPartition
from kafka.partitioner.default import murmur2

from shared.adapters.kafka_clients import lone_consumer
from shared.adapters.kafka_faults import kafka_faults
from shared.adapters.kafka_inbox import read_delivered
from shared.adapters.kafka_settings import KafkaSettings
from shared.flow.ports import Garbled, Unavailable
from shared.kernel.messages import Contract, Event

POLL_MS = 1_000
SILENT_POLLS = 30


def read_topic(
    settings: KafkaSettings, contract: Contract, tenant: str | None, garbled: Callable[[Garbled], None]
) -> Iterator[Event]:
    """The events of one tenant or of all, each tenant's in the order of its partition, repeated ones included.

    What is no event is told to `garbled`. Unavailable when the topic is not there or no broker answers.
    """
    with kafka_faults("トピックの読み出し"), lone_consumer(settings) as consumer:
        for record in _records(consumer, settings.events_topic(contract.service), tenant):
            read = read_delivered(contract, record)
            if isinstance(read, Garbled):
                garbled(read)
            elif tenant in {None, read.event.tenant}:
                yield read.event


def partition_of(tenant: str, partitions: int) -> int:
    """Where a tenant's messages are, as every client with the default partitioner places them."""
    return int(murmur2(tenant.encode()) & 0x7FFFFFFF) % partitions


def _records(consumer: Any, topic: str, tenant: str | None) -> Iterator[Any]:
    there = sorted(consumer.partitions_for_topic(topic) or ())
    if not there:
        raise Unavailable(f"Kafka: トピック {topic} がありません。yui topics で用意してください。")
    numbers = there if tenant is None else [partition_of(tenant, len(there))]
    partitions = [TopicPartition(topic, number) for number in numbers]
    consumer.assign(partitions)
    ends = consumer.end_offsets(partitions)
    consumer.seek_to_beginning(*partitions)
    silent = 0
    while any((consumer.position(partition) or 0) < end for partition, end in ends.items()):
        arrived = consumer.poll(timeout_ms=POLL_MS)
        silent = 0 if arrived else silent + 1
        if silent > SILENT_POLLS:
            raise Unavailable(f"Kafka: トピック {topic} の残りが届きません。")
        for partition, records in arrived.items():
            yield from (record for record in records if record.offset < ends[partition])
