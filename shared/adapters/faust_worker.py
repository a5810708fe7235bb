"""Faust as the host of live windows in the distributed mode: reads one topic from one window back, tells what follows.

Nothing is trusted to Faust that cannot be recomputed: no tables, no acknowledgement, no place of its own. Each time
partitions are assigned it forgets everything and reads the last window again (docs/adr/0012, 0020).
"""

import asyncio
import logging
import signal
import ssl
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol, cast

import faust
from faust.transport.drivers.aiokafka import Consumer, Transport, ensure_aiokafka_TP

from shared.adapters.kafka_settings import KafkaSettings
from shared.adapters.kafka_wire import read_event
from shared.adapters.metrics import PrometheusObserver
from shared.flow.ports import Garbled
from shared.kernel.messages import Contract, Event

log = logging.getLogger("yui.live")

GROUP: Final = "reporting.live"
PAUSE_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 2.0
NOISY: Final = ("faust", "mode", "aiokafka")


class Windows(Protocol):
    """What is recomputed. Every call comes from one thread."""

    def begin(self) -> datetime:
        """Where to read from when nothing is known."""

    def note(self, event: Event) -> None: ...

    def documents(self) -> list[tuple[str, bytes]]:
        """(tenant, JSON) of what is new to say."""

    def clear(self) -> None: ...


class Worker:
    """Runs until `stop`; whatever ends Faust from within is logged, and everything begins anew."""

    def __init__(
        self, settings: KafkaSettings, contract: Contract, windows: Windows, observer: PrometheusObserver
    ) -> None:
        self._settings = settings
        self._contract = contract
        self._windows = windows
        self._observer = observer
        observer.begin(["live_events"], service=[contract.service])
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._app: LiveApp | None = None
        self.failure: str | None = None

    @property
    def caught_up(self) -> bool:
        """Whether the windows are full, so that what they say is told."""
        return self._app is not None and self._app.caught_up

    def run(self) -> None:
        """Block until `stop`, SIGTERM or SIGINT (the signals only when called in the main thread)."""
        for name in NOISY:
            logging.getLogger(name).setLevel(logging.WARNING)
        asyncio.run(self._run())

    def stop(self) -> None:
        """May be called in any thread."""
        if self._loop and self._stopping and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def _run(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            with suppress(ValueError, RuntimeError):  # not the main thread: its host handles them
                self._loop.add_signal_handler(number, self._stopping.set)
        while not self._stopping.is_set():
            try:
                await self._run_app(self._stopping)
            except Exception as error:  # noqa: BLE001 - a broker that is away must not end the worker
                self.failure = f"{type(error).__name__}: {error}"
                log.warning("live windows begin anew: %s", self.failure)
                await _set_within(self._stopping, RETRY_SECONDS)

    async def _run_app(self, stopping: asyncio.Event) -> None:
        with TemporaryDirectory(prefix="yui-live-") as folder:
            self._app = app = build_app(self._settings, self._contract, self._windows, folder, self._observer)
            try:
                await app.start()
                while not await _set_within(stopping, PAUSE_SECONDS):
                    if app.should_stop:
                        raise app.crash_reason or RuntimeError("Faust has stopped")
                    await app.tell()
                    self._observer.set("live_lag_events", app.lag_events(), service=self._contract.service)
                    self.failure = None
            finally:
                await app.stop()
                self._app = None


class LiveApp(faust.App):
    """A Faust application whose consumer goes back one window, and which tells nothing before the windows are full."""

    windows: Windows
    settings: KafkaSettings

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._assigned = False
        self._ends: dict[int, int] = {}
        self._next: dict[Any, int] = {}

    @property
    def caught_up(self) -> bool:
        return self._assigned and not self._ends

    def rewound(self, begins: Mapping[Any, int], ends: Mapping[Any, int]) -> None:
        """Reading begins anew; the windows are full when each partition has come to its end of now."""
        self.windows.clear()
        self._ends = {tp.partition: end for tp, end in ends.items() if begins[tp] < end}
        self._next = dict(begins)
        self._assigned = True

    def passed(self, tp: Any, offset: int) -> None:
        self._next[tp] = offset + 1
        if self._ends and self._ends.get(tp.partition, offset + 2) <= offset + 1:
            del self._ends[tp.partition]

    def lag_events(self) -> int:
        """What the brokers had at the last fetch and has not been taken; 0 of what other workers have."""
        if not self._assigned:
            return 0
        return sum(max(0, (self.consumer.highwater(tp) or 0) - begin) for tp, begin in self._next.items())

    async def tell(self) -> None:
        if not self.caught_up:
            return
        acknowledged = [
            await self.producer.send(self.settings.live_topic, tenant.encode(), document, None, None, None)
            for tenant, document in self.windows.documents()
        ]
        for each in acknowledged:
            await each

    async def _on_partitions_revoked(self, revoked: Any) -> None:
        """What was read belongs to another worker now; this one is silent until it has rewound."""
        self._assigned = False
        await super()._on_partitions_revoked(revoked)

    def _new_transport(self) -> Any:
        return RewindingTransport(self.conf.broker_consumer, self)


class RewindingConsumer(Consumer):
    """Where Faust goes to what was committed, this goes one window back."""

    async def seek_to_committed(self) -> Mapping[Any, int]:
        begins, ends = await self._thread.call_thread(self._rewind)
        cast(LiveApp, self.app).rewound(begins, ends)
        return begins  # type: ignore[no-any-return]

    async def _rewind(self) -> tuple[dict[Any, int], dict[Any, int]]:
        """From where to where each assigned partition is to be read before the windows are full."""
        consumer = self._thread._ensure_consumer()
        assigned = [ensure_aiokafka_TP(tp) for tp in consumer.assignment()]
        if not assigned:
            return {}, {}
        since_ms = int(cast(LiveApp, self.app).windows.begin().timestamp() * 1000)
        found = await consumer.offsets_for_times(dict.fromkeys(assigned, since_ms))
        ends = await consumer.end_offsets(assigned)
        begins = {tp: found[tp].offset if found.get(tp) else ends[tp] for tp in assigned}
        for tp, offset in begins.items():
            consumer.seek(tp, offset)
        return begins, ends


class RewindingTransport(Transport):
    Consumer = RewindingConsumer


def build_app(
    settings: KafkaSettings, contract: Contract, windows: Windows, folder: str, observer: PrometheusObserver
) -> LiveApp:
    """To be called in the event loop that runs it. `folder`: Faust wants one; nothing is kept there."""
    app = LiveApp(
        settings.group(GROUP),
        broker=[f"kafka://{server}" for server in settings.servers],
        broker_credentials=credentials(settings.security),
        broker_session_timeout=settings.session_ms / 1000,
        broker_heartbeat_interval=settings.session_ms / 4000,
        broker_request_timeout=max(30.0, settings.session_ms / 1000 + 5),
        consumer_group_instance_id=settings.member or None,
        consumer_auto_offset_reset="latest",
        producer_acks=-1,
        store="memory://",
        datadir=folder,
        autodiscover=False,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        stream_wait_empty=False,
    )
    app.windows, app.settings = windows, settings
    topic = settings.events_topic(contract.service)

    async def follow(stream: Any) -> None:
        async for record in stream.noack().events():
            message = record.message
            place = f"{topic}/{message.partition}/{message.offset}"
            event = read_event(contract, _headers(message.headers), message.value, place)
            if isinstance(event, Garbled):
                log.warning("%s is not counted: %s", event.place, event.reason)
            else:
                windows.note(event)
                observer.count("live_events", service=contract.service)
            app.passed(ensure_aiokafka_TP(message.tp), message.offset)

    app.agent(app.topic(topic, key_serializer="raw", value_serializer="raw"), name=GROUP)(follow)
    return app


def credentials(security: Mapping[str, Any]) -> Any:
    """Faust's form of kafka-python's security settings; None without any.

    ValueError names a setting or mechanism that Faust has no form for.
    """
    rest = dict(security)
    protocol = rest.pop("security_protocol", "PLAINTEXT")
    context = _ssl_context(rest) if protocol in {"SSL", "SASL_SSL"} else None
    mechanism = rest.pop("sasl_mechanism", None)
    user, password = rest.pop("sasl_plain_username", None), rest.pop("sasl_plain_password", None)
    if rest:
        raise ValueError(f"YUI_KAFKA_SECURITY の {', '.join(sorted(rest))} は、ライブの集計 (Faust) では使えません。")
    if protocol.startswith("SASL"):
        return faust.SASLCredentials(username=user, password=password, mechanism=mechanism, ssl_context=context)
    return faust.SSLCredentials(context) if context else None


def _ssl_context(rest: dict[str, Any]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=rest.pop("ssl_cafile", None))
    certificate, key = rest.pop("ssl_certfile", None), rest.pop("ssl_keyfile", None)
    if certificate:
        context.load_cert_chain(certificate, key, rest.pop("ssl_password", None))
    context.check_hostname = rest.pop("ssl_check_hostname", True)
    return context


def _headers(headers: Any) -> list[tuple[str, bytes]]:
    return list(headers.items()) if isinstance(headers, Mapping) else list(headers or ())


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
