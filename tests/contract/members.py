"""A bus on a real broker, and members of its groups."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from shared.adapters.kafka_bus import KafkaBus
from shared.adapters.kafka_inbox import KafkaInbox
from shared.adapters.kafka_settings import KafkaSettings
from shared.flow.ports import Delivered, Polled
from tests.contract.backends import CONTRACTS

Stored = dict[tuple[str, int], int]


@contextmanager
def opened(settings: KafkaSettings, stored: Stored | None = None) -> Iterator[KafkaBus]:
    with closing(KafkaBus(settings, CONTRACTS, lambda _subscription: stored or {})) as bus:
        yield bus


def joined(bus: KafkaBus, subscription: str = "sub") -> KafkaInbox:
    inbox = bus.inbox(subscription, ("tally",))
    assert inbox.join(120)
    return inbox


def taken(inbox: KafkaInbox) -> list[Polled]:
    messages: list[Polled] = []
    while inbox.behind():
        messages += inbox.poll(500)
    return messages


def seqs(messages: list[Polled]) -> list[int]:
    return [one.event.seq for one in messages if isinstance(one, Delivered)]
