"""Host names, ports and paths of containers, said for this machine."""

from pathlib import Path

import pytest

from deploy.compose.placing import Places, chosen_ports, localised, localised_environment
from deploy.compose.reading import read_composition
from deploy.servers import HIGHEST_PORT, LOWEST_PORT

COMPOSITION = read_composition(
    """
services:
  kafka: {image: apache/kafka, expose: ["9092"], volumes: ["kafka-data:/var/lib/kafka/data"]}
  postgres: {image: postgres, expose: ["5432"]}
  gateway: {image: yui, ports: ["127.0.0.1:8000:8000"]}
  work:
    image: yui
    expose: ["9100"]
    environment:
      YUI_DATABASE_URL: postgresql://postgres:5432/yui
      YUI_DATABASE_SECRETS: /run/secrets
      YUI_KAFKA_SERVERS: kafka:9092
      YUI_KAFKA_PARTITIONS: "12"
      YUI_METRICS_HOST: 0.0.0.0
      YUI_METRICS_PORT: "9100"
  prometheus: {image: prom/prometheus, expose: ["9090"], volumes: ["./deploy/prometheus:/etc/prometheus:ro"]}
""",
    {},
)
PORTS = {
    ("kafka", 9092): 21001,
    ("postgres", 5432): 21002,
    ("gateway", 8000): 21003,
    ("work", 9100): 21004,
    ("prometheus", 9090): 21005,
}
PLACES = Places(Path("/data"), PORTS)
WORK = COMPOSITION.named("work")


def test_an_environment_names_this_machine() -> None:
    assert localised_environment(WORK, PLACES) == {
        "YUI_DATABASE_URL": "postgresql://127.0.0.1:21002/yui",
        "YUI_DATABASE_SECRETS": "/data/secrets",
        "YUI_KAFKA_SERVERS": "127.0.0.1:21001",
        "YUI_KAFKA_PARTITIONS": "12",
        "YUI_METRICS_HOST": "127.0.0.1",
        "YUI_METRICS_PORT": "21004",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("targets: ['work:9100', \"gateway:8000\"]", "targets: ['127.0.0.1:21004', \"127.0.0.1:21003\"]"),
        ("postgresql://postgres:a-password@postgres:5432/yui", "postgresql://postgres:a-password@127.0.0.1:21002/yui"),
        ("urlopen('http://127.0.0.1:9100/readyz', timeout=4)", "urlopen('http://127.0.0.1:21004/readyz', timeout=4)"),
        ("/run/secrets/grafana_password", "/data/secrets/grafana_password"),
        ("kafka:1 my-kafka:9092 kafka:90921", "kafka:1 my-kafka:9092 kafka:90921"),
    ],
)
def test_a_text_names_this_machine(text: str, expected: str) -> None:
    assert localised(text, WORK, PLACES) == expected


def test_paths_below_a_volume_are_below_the_folder() -> None:
    kafka, prometheus = COMPOSITION.named("kafka"), COMPOSITION.named("prometheus")

    assert localised("/var/lib/kafka/data", kafka, PLACES) == "/data/kafka-data"
    assert localised("--file=/etc/prometheus/a.yml", prometheus, PLACES) == "--file=/data/config/prometheus/a.yml"
    assert localised("/etc/prometheus-else", prometheus, PLACES) == "/etc/prometheus-else"


def test_every_address_gets_a_port_of_its_own_below_those_of_connections() -> None:
    ports = chosen_ports(COMPOSITION.processes, lambda _port: True, published=False)

    assert set(ports) == set(PORTS)
    assert len(set(ports.values())) == len(PORTS)
    assert all(LOWEST_PORT <= port < HIGHEST_PORT for port in ports.values())


def test_a_published_port_is_taken_when_it_is_free() -> None:
    free = chosen_ports(COMPOSITION.processes, lambda _port: True, published=True)
    taken = chosen_ports(COMPOSITION.processes, lambda port: port != 8000, published=True)

    assert free["gateway", 8000] == 8000
    assert taken["gateway", 8000] != 8000


def test_a_port_in_use_is_not_chosen() -> None:
    only = chosen_ports([WORK], lambda port: port == 23456, published=False)

    assert only == {("work", 9100): 23456}
