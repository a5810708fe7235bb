"""One Kafka broker for a whole test run."""

import atexit
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from uuid_utils import uuid7  # noqa: TID251 - names that no other test of this broker has

from deploy.kafka.server import start
from tests.shared_server import shared_server


def start_kafka(folder: Path) -> str:
    running = start(folder, heap="256m")
    atexit.register(running.stop)
    return running.address


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[str]:
    """The address ("host:port") of the run's broker. Whoever uses it puts its own prefix before every name."""
    with shared_server("kafka", start_kafka) as address:
        yield address


def fresh_prefix() -> str:
    """A prefix for the topics and groups of one test."""
    return f"t{UUID(str(uuid7())).hex}."


@pytest.fixture
def kafka_prefix() -> str:
    return fresh_prefix()
