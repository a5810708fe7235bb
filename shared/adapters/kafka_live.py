"""Follows the topic of live windows: what a worker tells, the pages of this process show."""

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import Final

from kafka import TopicPartition
from kafka.errors import KafkaError

from shared.adapters.kafka_clients import lone_consumer
from shared.adapters.kafka_settings import KafkaSettings

log = logging.getLogger("yui.live")

LAST: Final = 5_000
"""So many of the retained messages are read at start: every municipality is told anew every few seconds."""

POLL_MS: Final = 500
ASK_MS: Final = 10_000
RETRY_SECONDS: Final = 2.0


class LiveReader:
    """A thread that hands every message to `show`; an outage is waited out. `show` may raise ValueError."""

    def __init__(self, settings: KafkaSettings, show: Callable[[bytes], None]) -> None:
        self._settings = settings
        self._show = show
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="live", daemon=True)
        self.failure: str | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.ident:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except KafkaError as error:
                self.failure = f"{type(error).__name__}: {error}"
                log.warning("live windows are out of reach: %s", self.failure)
                self._stopping.wait(RETRY_SECONDS)

    def _follow(self) -> None:
        partition = TopicPartition(self._settings.live_topic, 0)
        with lone_consumer(self._settings) as consumer:
            consumer.assign([partition])
            first = consumer.beginning_offsets([partition], timeout_ms=ASK_MS)[partition]
            end = consumer.end_offsets([partition], timeout_ms=ASK_MS)[partition]
            consumer.seek(partition, max(first, end - LAST))
            while not self._stopping.is_set():
                for message in consumer.poll(timeout_ms=POLL_MS).get(partition, ()):
                    self._take(message.value, message.offset)
                self.failure = None

    def _take(self, value: bytes | None, offset: int) -> None:
        try:
            self._show(value or b"")
        except ValueError as error:
            log.warning("message %s of live windows is not shown: %s", offset, error)
