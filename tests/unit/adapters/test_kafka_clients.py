"""What kafka-python needs mended, as far as it shows without a broker."""

import socket
from collections.abc import Generator
from types import coroutine
from typing import Any

from kafka.net.inet import KafkaNetSocket

import shared.adapters.kafka_clients  # noqa: F401 - it mends what is shown here


class Waiting:
    """A loop that never says that a socket is connected."""

    @coroutine
    def wait_write(self, _sock: socket.socket, timeout_at: float | None) -> Generator[None, None, None]:  # noqa: ARG002 - the client's name
        yield


class Remembering(KafkaNetSocket):  # type: ignore[misc]
    SCHEMES = ()
    made: socket.socket

    def socket(self, *kind: Any) -> socket.socket:
        self.made = super().socket(*kind)
        return self.made


def test_a_client_that_is_closed_while_it_connects_leaves_no_socket() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        connecting = Remembering()
        address = (socket.AF_INET, socket.SOCK_STREAM, 0, "", server.getsockname())
        attempt = connecting.connect(Waiting(), address)
        attempt.send(None)
        assert connecting.made.fileno() >= 0
        attempt.close()
        assert connecting.made.fileno() == -1
