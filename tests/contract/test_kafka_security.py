"""Clients prove who they are, and nobody reads along, where the broker asks for it."""

import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from prometheus_client import CollectorRegistry

from deploy.kafka.server import start
from shared.adapters.clock import SystemClock
from shared.adapters.faust_worker import Worker
from shared.adapters.kafka_settings import KafkaSettings
from shared.adapters.kafka_topics import declare
from shared.adapters.metrics import PrometheusObserver
from shared.flow.ports import Unavailable
from shared.kernel.messages import Event
from tests.contract.backends import CONTRACTS
from tests.contract.chains import chain
from tests.contract.members import joined, opened, seqs, taken
from tests.tally import TALLY
from tests.waiting import until


def test_clients_sign_in_where_the_broker_asks_for_it(tmp_path: Path) -> None:
    login = "org.apache.kafka.common.security.plain.PlainLoginModule"
    asking = {
        "listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "listener.name.client.plain.sasl.jaas.config": (
            f'{login} required username="yui" password="knot" user_yui="knot";'  # the broker's own sign-in and ours
        ),
    }
    running = start(tmp_path / "kafka", heap="256m", settings=asking)
    security = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN", "sasl_plain_username": "yui"}
    try:
        known = KafkaSettings((running.address,), security={**security, "sasl_plain_password": "knot"}, partitions=1)
        declare(known, CONTRACTS)
        with opened(known) as bus:
            bus.publish(chain(2))
            assert seqs(taken(joined(bus))) == [1, 2]
        assert followed(known) == [1, 2]
        unknown = KafkaSettings((running.address,), security={**security, "sasl_plain_password": "slip"}, partitions=1)
        with opened(unknown) as bus, pytest.raises(Unavailable):
            bus.publish(chain(1))
    finally:
        running.stop()


def test_clients_speak_tls_with_the_broker_that_they_trust(tmp_path: Path) -> None:
    trusted, private = certificate(tmp_path, "broker")
    other, _ = certificate(tmp_path, "other")
    store = tmp_path / "broker.pem"
    store.write_text(private.read_text() + trusted.read_text())
    asking = {
        "listener.security.protocol.map": "CLIENT:SSL,CONTROLLER:PLAINTEXT",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(store),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(trusted),
    }
    running = start(tmp_path / "kafka", heap="256m", settings=asking)
    try:
        known = KafkaSettings((running.address,), security=tls(trusted), partitions=1)
        declare(known, CONTRACTS)
        with opened(known) as bus:
            bus.publish(chain(2))
            assert seqs(taken(joined(bus))) == [1, 2]
        assert followed(known) == [1, 2]
        unknown = KafkaSettings((running.address,), security=tls(other), partitions=1)
        with opened(unknown) as bus, pytest.raises(Unavailable):
            bus.publish(chain(1))
    finally:
        running.stop()


@dataclass
class Seen:
    """Windows that only note what they are shown."""

    seqs: list[int] = field(default_factory=list)

    def begin(self) -> datetime:
        return SystemClock().now() - timedelta(hours=1)

    def note(self, event: Event) -> None:
        self.seqs.append(event.seq)

    def documents(self) -> list[tuple[str, bytes]]:
        return []

    def clear(self) -> None:
        self.seqs.clear()


def followed(settings: KafkaSettings) -> list[int]:
    """What Faust, the client of the live windows, sees of two events; it fails where it is not let in."""
    seen, registry = Seen(), CollectorRegistry()
    worker = Worker(settings, TALLY.contract, seen, PrometheusObserver(registry))
    thread = Thread(target=worker.run)
    thread.start()
    try:
        until(lambda: len(seen.seqs) == 2 or worker.failure is not None)
        until(lambda: told(registry, "yui_live_lag_events") == 0)
        assert told(registry, "yui_live_events_total") == len(seen.seqs)
        return [*seen.seqs]
    finally:
        worker.stop()
        thread.join()


def told(registry: CollectorRegistry, name: str) -> float | None:
    return registry.get_sample_value(name, {"service": "tally"})


def tls(authority: Path) -> dict[str, str]:
    return {"security_protocol": "SSL", "ssl_cafile": str(authority)}


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """One that signs itself, of this machine, and its private key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.fail("openssl が見つかりません。導入してください (例: apt-get install openssl)。")
    signed, private = folder / f"{name}.crt", folder / f"{name}.key"
    made = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(private), "-out", str(signed), "-days", "2"]
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([openssl, "req", "-x509", *made, *named], check=True, capture_output=True)
    return signed, private
