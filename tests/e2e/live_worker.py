"""A live worker as a process: `python -m tests.e2e.live_worker SERVER PREFIX MEMBER`."""

import logging
import sys

from prometheus_client import CollectorRegistry

from services.reporting.live import LiveWindows
from shared.adapters.clock import SystemClock
from shared.adapters.faust_worker import Worker
from shared.adapters.kafka_settings import KafkaSettings
from shared.adapters.metrics import PrometheusObserver
from shared.kernel.contracts.requests import CONTRACT


def main(server: str, prefix: str, member: str) -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    observer = PrometheusObserver(CollectorRegistry())
    Worker(KafkaSettings((server,), prefix, member=member), CONTRACT, LiveWindows(SystemClock()), observer).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
