"""Clients of kafka-python, with what they need mended; nobody else makes one."""

from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient
from kafka.consumer.fetcher import Fetcher
from kafka.coordinator.consumer import ConsumerCoordinator
from kafka.net.compat import KafkaNetClient
from kafka.net.inet import KafkaNetSocket
from kafka.net.transport import KafkaSSLTransport

from shared.adapters.kafka_records import code_in_c
from shared.adapters.kafka_settings import KafkaSettings

QUIETLY = {"metrics_enabled": False, "allow_auto_create_topics": False}

code_in_c()


async def _connect_or_close(
    self: Any, net: Any, addrinfo: tuple[Any, ...], socket_options: Any = (), timeout_at: float | None = None
) -> socket:
    """A mend for kafka-python 3.0.12: a socket that did not get connected is closed, not left to be collected; also
    when the client is closed while it connects, and with it this coroutine.
    """
    *kind, _name, address = addrinfo
    made: socket = self.socket(*kind)
    try:
        made.setblocking(False)
        for option in socket_options:
            made.setsockopt(*option)
        connected: socket = await self.sock_connect(net, made, address, timeout_at=timeout_at)
    except BaseException:
        made.close()
        raise
    return connected


async def _shake_hands_or_close(self: Any) -> None:
    """The same for TLS."""
    try:
        await _shake_hands(self)
    except BaseException:
        self._sock.close()
        raise


_shake_hands = KafkaSSLTransport.handshake
KafkaNetSocket.connect = _connect_or_close
KafkaSSLTransport.handshake = _shake_hands_or_close


def producer(settings: KafkaSettings, **chosen: Any) -> Any:
    return KafkaProducer(**QUIETLY, **chosen, **settings.client())


def member(settings: KafkaSettings, **chosen: Any) -> Any:
    """A consumer that shares topics with the others of its group, and moves no offsets by itself."""
    return _Consumer(enable_auto_commit=False, **QUIETLY, **chosen, **settings.client())


@contextmanager
def lone_consumer(settings: KafkaSettings) -> Iterator[Any]:
    """A consumer of no group: it is assigned what it wants to read, and leaves no trace at the brokers."""
    consumer = _Consumer(group_id=None, enable_auto_commit=False, **QUIETLY, **settings.client())
    try:
        yield consumer
    finally:
        consumer.close(autocommit=False)


def administrator(settings: KafkaSettings) -> Any:
    """Raises KafkaError when no broker answers; kafka-python 3.0.12 would leave the thread of such a client running."""
    made: list[_Client] = []

    def client(**chosen: Any) -> _Client:
        made.append(_Client(**chosen))
        return made[-1]

    try:
        return KafkaAdminClient(kafka_client=client, **settings.client())
    except BaseException:
        for each in made:
            each.close()
        raise


class _Consumer(KafkaConsumer):  # type: ignore[misc]
    def __init__(self, **settings: Any) -> None:
        super().__init__(kafka_client=_Client, **settings)
        self._coordinator.__class__ = _Coordinator
        self._fetcher.__class__ = _Fetcher


class _Client(KafkaNetClient):  # type: ignore[misc]
    """A mend for kafka-python 3.0.12: connections are closed by the thread that makes them.

    Closed by another one, a connection that is made in this moment forgets its socket and leaves it open.
    """

    def close(self, node_id: int | None = None) -> None:
        try:
            self._net.run(self._manager.close, node_id)
        finally:
            super().close(node_id)


class _Coordinator(ConsumerCoordinator):  # type: ignore[misc]
    """A mend for kafka-python 3.0.12: a join of a group that ends between two polls counts.

    Its coordinator forgets such a join and joins anew. That makes the other members join anew, whose joins end between
    two polls of theirs, and so on: members that handle batches can chase one another for minutes.
    """

    _joined: tuple[Any, bytes] | None = None
    """(generation, assignment) that no poll has taken yet. Meanwhile no heartbeat is sent; a member that has been
    excluded learns it from the first one after, and joins anew.
    """

    async def _do_join_and_sync_async(self) -> bytes:
        if self._joined is None or self._joined[0] is not self._generation:
            assignment = await super()._do_join_and_sync_async()
            self._joined = self._generation, assignment
        return self._joined[1]

    async def _on_join_complete_async(self, *joined: Any) -> None:
        self._joined = None
        await super()._on_join_complete_async(*joined)


class _Fetcher(Fetcher):  # type: ignore[misc]
    """A mend for kafka-python 3.0.12: nothing is fetched while there are records to hand out.

    Its fetcher leaves out the partition whose records it is handing out and fetches the others. They have nothing, the
    broker waits for them, and meanwhile it is not asked for more of the one that has: half a second for every megabyte.
    """

    def _fetchable_partitions(self) -> list[TopicPartition]:
        if self._completed_fetches or self._next_partition_records:
            return []
        return list(super()._fetchable_partitions())
