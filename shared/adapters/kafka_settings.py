"""Where the brokers are, how topics and groups are named, how clients connect."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CONNECT_MS = 5_000
RECONNECT_MS = 1_000
REQUEST_MS = 10_000
PROTOCOL = (4, 0)
"""Of Kafka 4.0 and later; given, so that a client can be made while no broker answers."""

LARGEST_EVENT_BYTES = 8_388_608
"""A scheme that is enacted backwards restates all of a busy person's claims in one event."""


@dataclass(frozen=True)
class KafkaSettings:
    """`servers` are "host:port"; `prefix` stands before every topic and group; `security` are kafka-python's own
    settings (security_protocol, ssl_cafile, sasl_mechanism, …).

    A process that keeps its `member` name across restarts gets its partitions back at once; without a name the
    others wait for `session_ms` after a crash. No two living processes of a subscription may have the same name.
    """

    servers: tuple[str, ...]
    prefix: str = ""
    partitions: int = 12
    replicas: int = 1
    in_sync_replicas: int = 1
    security: Mapping[str, Any] = field(default_factory=dict)
    member: str = ""
    session_ms: int = 10_000

    def events_topic(self, service: str) -> str:
        return f"{self.prefix}yui.{service}.v1"

    def heads_topic(self, service: str) -> str:
        return f"{self.prefix}yui.{service}.heads.v1"

    @property
    def live_topic(self) -> str:
        return f"{self.prefix}yui.live.v1"

    def group(self, subscription: str) -> str:
        return f"{self.prefix}{subscription}"

    def client(self) -> dict[str, Any]:
        """What every client of kafka-python is made with."""
        return {
            "bootstrap_servers": list(self.servers),
            "bootstrap_timeout_ms": CONNECT_MS,
            "api_version": PROTOCOL,
            "reconnect_backoff_max_ms": RECONNECT_MS,
            "request_timeout_ms": REQUEST_MS,
            **self.security,
        }
