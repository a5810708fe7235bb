"""The live worker as a process of its own on a real broker: killed in the middle, it knows everything again."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from time import monotonic, sleep

import pytest

from services.reporting.live import read_onto
from services.reporting.windows import Signals
from shared.adapters.clock import SystemClock
from shared.adapters.kafka_bus import KafkaBus
from shared.adapters.kafka_live import LiveReader
from shared.adapters.kafka_settings import KafkaSettings
from shared.adapters.kafka_topics import declare
from shared.kernel.contracts.requests import CONTRACT
from shared.web.board import Board
from tests.controls import KOSAKA, TAKAMATSU
from tests.recording import Recording
from tests.servers_kafka import kafka_prefix, kafka_server

__all__ = ["kafka_prefix", "kafka_server"]

PATIENCE_SECONDS = 60
VISITS = 300

Start = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def settings(kafka_server: str, kafka_prefix: str) -> KafkaSettings:
    found = KafkaSettings((kafka_server,), kafka_prefix, partitions=3)
    declare(found, ["requests"])
    return found


@pytest.fixture
def bus(settings: KafkaSettings) -> Iterator[KafkaBus]:
    opened = KafkaBus(settings, {"requests": CONTRACT}, lambda _subscription: {})
    yield opened
    opened.close()


@pytest.fixture
def board(settings: KafkaSettings) -> Iterator[Board[Signals]]:
    """What the pages of another process would show."""
    found: Board[Signals] = Board(lambda: None)
    reader = LiveReader(settings, read_onto(found))
    reader.start()
    yield found
    reader.stop()


@pytest.fixture
def start(settings: KafkaSettings) -> Iterator[Start]:
    """Starts a worker under a member name of its own."""
    started: list[subprocess.Popen[bytes]] = []

    def run(member: str) -> subprocess.Popen[bytes]:
        arguments = (settings.servers[0], settings.prefix, member)
        started.append(subprocess.Popen([sys.executable, "-m", "tests.e2e.live_worker", *arguments]))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()


def await_visits(board: Board[Signals], tenant: str, seq: int, late: int) -> Signals:
    until = monotonic() + PATIENCE_SECONDS
    while monotonic() < until:
        notice = board.latest(tenant)
        if notice is not None and notice.value.seq == seq:
            assert notice.value.late == late
            return notice.value
        sleep(0.05)
    raise AssertionError(f"the windows never came to {seq}: {board.latest(tenant)}")


def test_a_killed_worker_is_right_again_within_a_minute_and_a_stopped_one_ends_cleanly(
    bus: KafkaBus, board: Board[Signals], start: Start
) -> None:
    now = SystemClock().now()
    long_ago = (now - timedelta(days=60)).date()
    city, town = Recording(now), Recording(now, KOSAKA)
    for number in range(VISITS):
        city.confirm(f"V{number}", f"D{number % 3}", served_on=long_ago)
    town.confirm("V1", served_on=long_ago)
    bus.publish([*city.events, *town.events])
    first = start("one")
    await_visits(board, TAKAMATSU, VISITS, late=VISITS)
    await_visits(board, KOSAKA, 1, late=1)

    visit = city.confirm("live", served_on=long_ago)
    bus.publish([*city.events[-1:], *city.events[-5:]])
    await_visits(board, TAKAMATSU, VISITS + 1, late=VISITS + 1)

    first.kill()
    first.wait()
    city.void(visit)
    city.confirm("while it was dead", "D9", served_on=long_ago)
    bus.publish(city.events[-2:])
    began = monotonic()
    second = start("one")
    found = await_visits(board, TAKAMATSU, VISITS + 3, late=VISITS + 1)
    assert monotonic() - began < PATIENCE_SECONDS
    assert [each.district_id for each in found.districts] == ["D0", "D1", "D2", "D9"]

    second.send_signal(signal.SIGTERM)
    assert second.wait(PATIENCE_SECONDS) == 0


def test_workers_share_the_municipalities_and_take_over_from_one_that_ends(
    bus: KafkaBus, board: Board[Signals], start: Start
) -> None:
    now = SystemClock().now()
    offices = [Recording(now, f"{number:06d}") for number in range(12)]
    first, second = start("one"), start("two")
    _confirm_everywhere(bus, board, offices, 1)
    _confirm_everywhere(bus, board, offices, 2)
    first.send_signal(signal.SIGTERM)
    assert first.wait(PATIENCE_SECONDS) == 0
    _confirm_everywhere(bus, board, offices, 3)
    second.send_signal(signal.SIGTERM)
    assert second.wait(PATIENCE_SECONDS) == 0


def _confirm_everywhere(bus: KafkaBus, board: Board[Signals], offices: list[Recording], seq: int) -> None:
    for office in offices:
        office.confirm(f"V{seq}", served_on=date(2000, 1, 1))
        bus.publish(office.events[-1:])
    for office in offices:
        await_visits(board, office.tenant, seq, late=seq)
