"""What went wrong with the brokers, in the words of the ports."""

from collections.abc import Iterator
from contextlib import contextmanager

from kafka.errors import KafkaError

from shared.flow.ports import Unavailable


@contextmanager
def kafka_faults(doing: str) -> Iterator[None]:
    """Kafka's errors leave as Unavailable, with what was being done; its own exceptions never pass a port."""
    try:
        yield
    except KafkaError as error:
        raise Unavailable(f"Kafka: {doing}: {error}") from error
