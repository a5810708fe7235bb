"""A live worker as a process: `python -m tests.e2e.live_worker SERVER PREFIX MEMBER`."""

import logging
import sys

from services.reporting.live import LiveWindows
from shared.adapters.clock import SystemClock
from shared.adapters.faust_worker import Worker
from shared.adapters.kafka_settings import KafkaSettings
from shared.kernel.contracts.requests import CONTRACT


def main(server: str, prefix: str, member: str) -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    Worker(KafkaSettings((server,), prefix, member=member), CONTRACT, LiveWindows(SystemClock())).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
