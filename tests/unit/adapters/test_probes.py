"""Whoever asks after a process may break off as he likes; its log stays one document a line."""

import logging
import socket
import struct
from collections.abc import Iterator
from threading import Event
from threading import enumerate as threads

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from shared.adapters.probes import probes
from tests.waiting import until

ADDRESS = ("127.0.0.1", 0)
AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER: on, of no seconds, so that closing resets the connection"""


class Slow(Collector):
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.asked = Event()
        self.may_answer = Event()

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        self.asked.set()
        self.may_answer.wait(20)
        return iter(())


class Broken(Slow):
    def collect(self) -> Iterator[Metric]:
        raise RuntimeError("no such luck")


def ask(port: int) -> socket.socket:
    asking = socket.create_connection(("127.0.0.1", port), timeout=20)
    asking.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
    return asking


def until_nobody_answers() -> None:
    until(lambda: not any("process_request" in thread.name for thread in threads()), 20)


def test_a_connection_that_is_reset_before_the_answer_leaves_no_line(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    registry, slow = CollectorRegistry(), Slow()
    registry.register(slow)
    with probes(ADDRESS, registry, dict) as port:
        asking = ask(port)
        assert slow.asked.wait(20)
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        asking.close()
        slow.may_answer.set()
        until_nobody_answers()
    assert (capfd.readouterr().err, caplog.records) == ("", [])


def test_any_other_error_is_logged_with_what_it_was(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    registry = CollectorRegistry()
    registry.register(Broken())
    with probes(ADDRESS, registry, dict) as port:
        with ask(port) as asking:
            assert asking.recv(1) == b""
        until_nobody_answers()
    assert capfd.readouterr().err == ""
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("yui.probes", logging.ERROR)
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "no such luck"
