"""deploy/k8s: valid, guarded, and the same list as docker-compose.yml."""

from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.unit.deploy.files import DEPLOY, load, ours

VERSION = "1.37"
BASE = load("deploy/k8s/kustomization.yaml")
MANIFESTS: list[dict[str, Any]] = [
    manifest
    for name in BASE["resources"]
    for manifest in yaml.safe_load_all((DEPLOY / "k8s" / name).read_text(encoding="utf-8"))
]
WORKLOADS = {each["metadata"]["name"]: each for each in MANIFESTS if each["kind"] in {"Deployment", "Job"}}
CONFIG = next(each for each in MANIFESTS if each["kind"] == "ConfigMap")["data"]


def named(manifest: dict[str, Any]) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def pod(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = WORKLOADS[name]["spec"]["template"]["spec"]
    return spec


def container(name: str) -> dict[str, Any]:
    (only,) = pod(name)["containers"]
    assert isinstance(only, dict)
    return only


@pytest.mark.parametrize("manifest", MANIFESTS, ids=named)
def test_a_manifest_is_valid(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, VERSION, strict=True)


def test_a_wrong_manifest_would_be_seen() -> None:
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**WORKLOADS["live"], "spec": {"replica": 1}}, VERSION, strict=True)


def test_every_file_is_part_of_the_base() -> None:
    files = {path.name for path in (DEPLOY / "k8s").glob("*.yaml")} - {"kustomization.yaml"}

    assert set(BASE["resources"]) == files


def test_the_list_is_that_of_the_compose_file() -> None:
    assert {name: container(name)["args"] for name in WORKLOADS} == {
        name: body["command"] for name, body in ours().items()
    }


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_process_is_told_what_the_compose_file_tells_it(name: str) -> None:
    own = {each["name"]: each["value"] for each in container(name).get("env", ())}
    told = ours()[name]["environment"]

    assert container(name)["envFrom"] == [{"configMapRef": {"name": "yui"}}]
    assert set(told) - {"YUI_DEMO"} <= set(own) | set(CONFIG)
    assert all(told[variable] == value for variable, value in own.items())


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_process_holds_the_passwords_the_compose_file_gives_it(name: str) -> None:
    volumes = [volume["projected"]["sources"] for volume in pod(name)["volumes"] if "projected" in volume]
    held = [item["path"] for sources in volumes for source in sources for item in source["secret"]["items"]]

    assert sorted(held) == sorted(ours()[name].get("secrets", ()))


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_process_may_do_little(name: str) -> None:
    guarded = container(name)["securityContext"]

    assert pod(name)["securityContext"]["runAsNonRoot"] is True
    assert pod(name)["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod(name)["automountServiceAccountToken"] is False
    assert guarded["readOnlyRootFilesystem"] is True
    assert guarded["allowPrivilegeEscalation"] is False
    assert guarded["capabilities"] == {"drop": ["ALL"]}
    assert set(container(name)["resources"]["limits"]) == {"cpu", "memory"}


@pytest.mark.parametrize("name", [name for name, each in WORKLOADS.items() if each["kind"] == "Deployment"])
def test_a_lasting_process_is_asked_how_it_is_on_its_own_port(name: str) -> None:
    (port,) = ours()[name]["expose"]

    assert container(name)["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": int(port)}
    assert container(name)["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": int(port)}
    assert container(name)["startupProbe"]["httpGet"] == {"path": "/healthz", "port": int(port)}


def test_a_selector_finds_the_pods_of_its_own_deployment_alone() -> None:
    selectors = {
        name: each["spec"]["selector"]["matchLabels"]
        for name, each in WORKLOADS.items()
        if each["kind"] == "Deployment"
    }
    for name, selector in selectors.items():
        found = {
            other
            for other, each in WORKLOADS.items()
            if selector.items() <= each["spec"]["template"]["metadata"]["labels"].items()
        }
        assert found == {name}


def test_the_network_policy_covers_every_process() -> None:
    policy = next(each for each in MANIFESTS if named(each) == "NetworkPolicy/yui")
    selector = policy["spec"]["podSelector"]["matchLabels"]

    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    for each in WORKLOADS.values():
        assert selector.items() <= each["spec"]["template"]["metadata"]["labels"].items()
