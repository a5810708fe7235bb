"""docker-compose.yml → the list of processes."""

import pytest

from deploy.compose.reading import Mount, Unreadable, layers, read_composition, seconds, shortened
from tests.unit.deploy.stand_ins import COMPOSE


def names(text: str, only: set[str] | None = None) -> list[str]:
    return [process.name for process in shortened(read_composition(text, {}).processes, only)]


def test_processes_stand_after_those_they_depend_on() -> None:
    assert names(COMPOSE) == ["prepare", "gateway", "worker"]


def test_a_shortened_list_keeps_what_its_names_depend_on() -> None:
    assert names(COMPOSE, {"gateway"}) == ["prepare", "gateway"]


def test_layers_depend_on_the_layers_before_them() -> None:
    processes = read_composition(COMPOSE, {}).processes

    assert [[process.name for process in layer] for layer in layers(processes)] == [
        ["prepare"],
        ["gateway"],
        ["worker"],
    ]
    assert [[process.name for process in layer] for layer in layers(processes[1:])] == [["gateway"], ["worker"]]


def test_an_image_is_read_without_its_tag() -> None:
    assert read_composition(COMPOSE, {}).named("worker").image == "yui"


def test_a_variable_has_its_default_or_what_is_given() -> None:
    plain = read_composition(COMPOSE, {}).named("gateway")
    demo = read_composition(COMPOSE, {"YUI_DEMO": "1"}).named("gateway")

    assert (plain.environment["YUI_DEMO"], demo.environment["YUI_DEMO"]) == ("0", "1")


def test_two_dollars_are_one() -> None:
    text = "services: {a: {image: yui, command: ['$$HOME', '${NONE}']}}"

    assert read_composition(text, {}).named("a").command == ("$HOME", "")


def test_ports_are_those_exposed_and_published() -> None:
    gateway = read_composition(COMPOSE, {}).named("gateway")

    assert (gateway.ports, gateway.published) == ((8000,), {8000: 8000})


def test_a_volume_is_told_from_a_folder_beside_the_file() -> None:
    text = "services: {a: {image: yui, volumes: ['data:/data', './deploy/prometheus:/etc/prometheus:ro']}}"

    data, config = read_composition(text, {}).named("a").mounts

    assert (data, data.is_volume) == (Mount("data", "/data"), True)
    assert (config, config.is_volume) == (Mount("./deploy/prometheus", "/etc/prometheus"), False)


@pytest.mark.parametrize(("text", "expected"), [("10s", 10), ("1m30s", 90), ("500ms", 0.5), ("1h", 3600)])
def test_a_duration_is_read_in_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("services: {a: {image: yui, ports: ['8000:8000']}}", r"services\.a\.ports: 8000:8000"),
        ("services: {a: {image: yui, ports: ['0.0.0.0:1:1']}}", r"services\.a\.ports"),
        ("services: {a: {image: yui, secrets: [b]}}", r"services\.a\.secrets: b"),
        ("services: {a: {image: yui, volumes: [data]}}", r"services\.a\.volumes: data"),
        ("services: {a: {image: yui, healthcheck: {test: curl x}}}", r"services\.a\.healthcheck\.test"),
        ("services: {a: {image: yui, stop_grace_period: '10'}}", "10: 時間"),
        ("services: {a: {image: yui, depends_on: {b: {condition: service_started}}}}", r"a\.depends_on: b"),
        ("services: {a: {image: yui, depends_on: {a: {condition: service_started}}}}", "輪"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, place: str) -> None:
    with pytest.raises(Unreadable, match=place):
        read_composition(text, {})


def test_an_unknown_name_in_the_shortened_list_is_named() -> None:
    with pytest.raises(Unreadable, match="nobody"):
        names(COMPOSE, {"nobody"})
