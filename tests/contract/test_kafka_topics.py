"""The topics at a real broker."""

from contextlib import closing

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from deploy.servers import free_port
from shared.adapters.kafka_clients import administrator
from shared.adapters.kafka_settings import KafkaSettings
from shared.adapters.kafka_topics import PartitionsDiffer, check, declare
from shared.flow.ports import Unavailable, WrongSchema
from tests.contract.backends import CONTRACTS, PARTITIONS
from tests.waiting import until


def configs(settings: KafkaSettings, topic: str) -> dict[str, str]:
    with closing(administrator(settings)) as admin:
        asked = [ConfigResource(ConfigResourceType.TOPIC, topic)]
        told = admin.describe_configs(asked, config_filter="all")["topic"][topic]
    return {name: config["value"] for name, config in told.items()}


def test_topics_are_as_declared_and_declaring_again_changes_nothing(settings: KafkaSettings) -> None:
    events = configs(settings, settings.events_topic("tally"))
    kept = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete", "min.insync.replicas": "1"}
    assert {name: events[name] for name in kept} == kept
    assert configs(settings, settings.heads_topic("tally"))["retention.ms"] == "3600000"
    assert configs(settings, settings.live_topic)["retention.ms"] == "3600000"
    assert declare(settings, CONTRACTS) == ((), ())


def test_a_topic_that_somebody_changed_is_brought_in_line(settings: KafkaSettings) -> None:
    topic = settings.events_topic("tally")
    with closing(administrator(settings)) as admin:
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "1000"})])
    until(lambda: configs(settings, topic)["retention.ms"] == "1000")
    assert declare(settings, CONTRACTS) == ((), (topic,))
    until(lambda: configs(settings, topic)["retention.ms"] == "-1")


def test_another_number_of_partitions_is_said(settings: KafkaSettings) -> None:
    more = KafkaSettings(settings.servers, settings.prefix, partitions=PARTITIONS + 1)
    with pytest.raises(PartitionsDiffer, match="区画は 3 ですが、設定は 4"):
        declare(more, CONTRACTS)


def test_topics_that_are_as_declared_pass_a_check(settings: KafkaSettings) -> None:
    check(settings, CONTRACTS)


def test_a_check_names_topics_that_are_not_there(settings: KafkaSettings) -> None:
    with pytest.raises(WrongSchema, match=r"yui\.nobody\.v1、.*yui\.nobody\.heads\.v1 がありません。yui topics"):
        check(settings, [*CONTRACTS, "nobody"])


def test_a_check_without_a_broker_is_unavailable() -> None:
    with pytest.raises(Unavailable, match=r"Kafka（127\.0\.0\.1:\d+）から応答がありません.*YUI_KAFKA_SERVERS"):
        check(KafkaSettings((f"127.0.0.1:{free_port()}",)), CONTRACTS)
