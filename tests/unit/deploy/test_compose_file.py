"""What docker-compose.yml promises."""

import re
from typing import Any

import pytest

from deploy.compose.placing import Places, chosen_ports, localised_environment
from deploy.compose.preparing import probe_for
from deploy.compose.programs import PROGRAMS
from deploy.compose.reading import read_composition
from tests.unit.deploy.files import DEPLOY, load, ours, read

SERVICES = ["coordination", "requests", "billing", "points", "reporting"]
COMPOSITION = read_composition(read("docker-compose.yml"), {})
EVERY = load("docker-compose.yml")["services"]
OURS = ours()
LASTING = {name: body for name, body in OURS.items() if name not in {"migrate", "topics"}}


def test_there_is_a_process_for_every_service_and_verb() -> None:
    expected = {f"{verb}-{service}": [verb, service] for verb in ("relay", "work") for service in SERVICES}
    expected |= {name: [name] for name in ("migrate", "topics", "live", "watch")} | {"gateway": ["up"]}

    assert {name: body["command"] for name, body in OURS.items()} == expected
    assert set(EVERY) - set(OURS) == {"kafka", "postgres", "prometheus", "grafana"}


@pytest.mark.parametrize("name", OURS)
def test_a_process_of_ours_may_do_little(name: str) -> None:
    body = OURS[name]

    assert body["user"] == "10001:10001"
    assert body["read_only"] is True
    assert body["cap_drop"] == ["ALL"]
    assert body["security_opt"] == ["no-new-privileges:true"]
    assert body["tmpfs"][0].startswith("/tmp:")  # noqa: S108 - a path of the container
    assert "privileged" not in body
    assert "volumes" not in body


@pytest.mark.parametrize("name", EVERY)
def test_every_container_is_limited_and_given_time_to_end(name: str) -> None:
    limits = EVERY[name]["deploy"]["resources"]["limits"]

    assert set(limits) == {"cpus", "memory"}
    assert EVERY[name]["stop_grace_period"]
    assert EVERY[name]["restart"] == ("no" if name in {"migrate", "topics"} else "unless-stopped")


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_process_is_asked_whether_it_is_ready(name: str) -> None:
    body = LASTING[name]
    port = "8000" if name == "gateway" else "9100"

    assert f"http://127.0.0.1:{port}/readyz" in body["healthcheck"]["test"][-1]
    assert body["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert body["depends_on"]["topics"] == {"condition": "service_completed_successfully"}
    assert body["environment"]["YUI_PORT" if name == "gateway" else "YUI_METRICS_PORT"] == port


def secret_names(body: dict[str, Any]) -> set[str]:
    return set(body.get("secrets", ()))


@pytest.mark.parametrize("service", SERVICES)
def test_a_process_holds_the_passwords_of_its_role_alone(service: str) -> None:
    auditors = {f"yui_{each}_auditor" for each in SERVICES}

    assert secret_names(OURS[f"relay-{service}"]) == {f"yui_{service}_worker"}
    assert secret_names(OURS[f"work-{service}"]) == {f"yui_{service}_worker", *auditors}
    assert f"yui_{service}_api" in secret_names(OURS["gateway"])
    assert secret_names(OURS["watch"]) == auditors


def test_who_may_create_roles_is_asked_for_once() -> None:
    assert [name for name, body in OURS.items() if "postgres_admin_url" in secret_names(body)] == ["migrate"]


@pytest.mark.parametrize("name", EVERY)
def test_nothing_secret_stands_in_an_environment(name: str) -> None:
    for variable, value in EVERY[name].get("environment", {}).items():
        if re.search("PASSWORD|SECRET|TOKEN|ADMIN_URL", variable):
            assert value.startswith("/run/secrets"), variable
        assert not re.search(r"://[^/]*@", value), variable


def test_secrets_are_files_that_git_does_not_keep() -> None:
    assert all(file.startswith("./var/secrets/") for file in COMPOSITION.secrets.values())
    assert "var/" in read(".gitignore").splitlines()


def test_images_name_no_registry_and_a_version() -> None:
    for name, body in EVERY.items():
        first, _, rest = body["image"].partition("/")
        assert not (rest and re.search(r"[.:]", first)), name
        assert body["image"] == "yui" or re.search(r":v?\d", body["image"]), name


def test_the_runner_knows_a_program_and_a_health_check_for_every_process() -> None:
    places = Places(DEPLOY, chosen_ports(COMPOSITION.processes, lambda _port: True, published=False))

    for process in COMPOSITION.processes:
        assert process.image in PROGRAMS
        if not process.once:
            assert probe_for(process, places) is not None


def test_no_name_of_a_container_is_left_in_what_the_runner_tells() -> None:
    places = Places(DEPLOY, chosen_ports(COMPOSITION.processes, lambda _port: True, published=False))

    for process in COMPOSITION.processes:
        if process.image == "yui":
            told = " ".join(localised_environment(process, places).values())
            assert not re.search(r"kafka:|postgres:|0\.0\.0\.0|/run/", told), process.name
