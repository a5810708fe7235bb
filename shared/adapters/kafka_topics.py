"""The topics that Yui needs, declared as often as one likes."""

import logging
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import NamedTuple

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from shared.adapters.kafka_clients import administrator
from shared.adapters.kafka_faults import kafka_faults
from shared.adapters.kafka_settings import LARGEST_EVENT_BYTES, KafkaSettings
from shared.flow.ports import Unavailable, WrongSchema

HEADS_KEPT_MS = 3_600_000
LIVE_KEPT_MS = 3_600_000
SEGMENT_MS = 600_000
FOREVER = "-1"


class PartitionsDiffer(WrongSchema):
    """トピックの区画 (パーティション) の数が設定と違います。"""


class Topic(NamedTuple):
    """A topic as it should be."""

    name: str
    partitions: int
    configs: Mapping[str, str]


class Declared(NamedTuple):
    """What a declaration did, by topic: made anew, brought in line; the others were right."""

    created: tuple[str, ...]
    aligned: tuple[str, ...]


def topics(settings: KafkaSettings, services: Collection[str]) -> list[Topic]:
    """Events are kept for ever; announcements and the results of live windows for an hour."""
    in_sync = {"cleanup.policy": "delete", "min.insync.replicas": str(settings.in_sync_replicas)}
    large = {"max.message.bytes": str(LARGEST_EVENT_BYTES)}
    for_ever = in_sync | large | {"retention.ms": FOREVER, "retention.bytes": FOREVER}
    heads = in_sync | {"retention.ms": str(HEADS_KEPT_MS), "segment.ms": str(SEGMENT_MS)}
    live = in_sync | {"retention.ms": str(LIVE_KEPT_MS), "segment.ms": str(SEGMENT_MS)}
    wanted = [Topic(settings.live_topic, 1, live)]
    for service in sorted(services):
        wanted.append(Topic(settings.events_topic(service), settings.partitions, for_ever))
        wanted.append(Topic(settings.heads_topic(service), settings.partitions, heads))
    return wanted


def declare(settings: KafkaSettings, services: Collection[str]) -> Declared:
    """Create what is missing, bring the settings of what is there in line.

    PartitionsDiffer when a topic has another number of partitions: keys would move to other partitions, so nobody
    but the operator decides that. Unavailable when no broker answers.
    """
    wanted = topics(settings, services)
    with kafka_faults("トピックの用意"), _administrator(settings) as client:
        created = _create(client, settings, wanted)
        _check_partitions(client, wanted)
        return Declared(created, _align(client, wanted))


def check(settings: KafkaSettings, services: Collection[str]) -> None:
    """Change nothing. WrongSchema when a topic is not there or has another number of partitions; Unavailable when no
    broker answers.
    """
    wanted = topics(settings, services)
    with kafka_faults("トピックの確認"), _administrator(settings) as client:
        there = set(client.list_topics())
        missing = [topic.name for topic in wanted if topic.name not in there]
        if missing:
            raise WrongSchema(f"トピック {'、'.join(missing)} がありません。yui topics で用意してください。")
        _check_partitions(client, wanted)


@contextmanager
def _administrator(settings: KafkaSettings) -> Iterator[KafkaAdminClient]:
    """Unavailable says once what the client would log at every attempt."""
    logged = logging.getLogger("kafka")
    level = logged.level
    logged.setLevel(logging.CRITICAL)
    try:
        with closing(_connected(settings)) as client:
            yield client
    finally:
        logged.setLevel(level)


def _connected(settings: KafkaSettings) -> KafkaAdminClient:
    try:
        return administrator(settings)
    except KafkaError as error:
        raise Unavailable(
            f"Kafka（{'、'.join(settings.servers)}）から応答がありません（{type(error).__name__}）。"
            "Kafka が動いているか、YUI_KAFKA_SERVERS が正しいかを確かめて、もう一度実行してください。"
        ) from error


def _create(client: KafkaAdminClient, settings: KafkaSettings, wanted: list[Topic]) -> tuple[str, ...]:
    there = set(client.list_topics())
    missing = [topic for topic in wanted if topic.name not in there]
    if not missing:
        return ()
    asked = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": settings.replicas,
            "configs": dict(topic.configs),
        }
        for topic in missing
    }
    try:
        client.create_topics(asked, wait_for_metadata=True)
    except TopicAlreadyExistsError:
        return _create(client, settings, wanted)  # somebody else declares at this moment
    return tuple(asked)


def _check_partitions(client: KafkaAdminClient, wanted: list[Topic]) -> None:
    described = {topic["name"]: topic for topic in client.describe_topics([topic.name for topic in wanted])}
    for topic in wanted:
        there = len(described[topic.name]["partitions"])
        if there != topic.partitions:
            raise PartitionsDiffer(
                f"トピック {topic.name} の区画は {there} ですが、設定は {topic.partitions} です。"
                f"YUI_KAFKA_PARTITIONS を {there} にしてください。"
            )


def _align(client: KafkaAdminClient, wanted: list[Topic]) -> tuple[str, ...]:
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name, dict(topic.configs)) for topic in wanted]
    told = client.describe_configs(asked, config_filter="all")["topic"]
    different = [
        topic
        for topic in wanted
        if any(told[topic.name][name]["value"] != value for name, value in topic.configs.items())
    ]
    if different:
        client.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topic.name, dict(topic.configs)) for topic in different]
        )
    return tuple(topic.name for topic in different)
