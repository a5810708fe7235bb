"""deploy/k8s: valid, guarded, and the same list as docker-compose.yml."""

import re
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.unit.deploy.files import DEPLOY, load, ours, read

VERSION = "1.37"
KUSTOMIZATIONS = ("k8s", "k8s/jobs")
RESOURCES = {folder: load(f"deploy/{folder}/kustomization.yaml")["resources"] for folder in KUSTOMIZATIONS}


def manifests(folder: str) -> list[dict[str, Any]]:
    files = [(DEPLOY / folder / name).read_text(encoding="utf-8") for name in RESOURCES[folder]]
    return [manifest for text in files for manifest in yaml.safe_load_all(text)]


MANIFESTS = [manifest for folder in KUSTOMIZATIONS for manifest in manifests(folder)]
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


@pytest.mark.parametrize("folder", KUSTOMIZATIONS)
def test_every_file_is_part_of_its_kustomization(folder: str) -> None:
    files = {path.name for path in (DEPLOY / folder).glob("*.yaml")} - {"kustomization.yaml"}

    assert set(RESOURCES[folder]) == files


def test_jobs_can_be_named_by_their_version_and_nothing_else_is_renamed_with_them() -> None:
    assert {manifest["kind"] for manifest in manifests("k8s/jobs")} == {"Job"}
    assert "Job" not in {manifest["kind"] for manifest in manifests("k8s")}


def test_the_overlay_that_is_shown_sets_what_is_of_the_place_and_names_the_jobs_by_the_version() -> None:
    whole, jobs = [
        yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", read("deploy/README.md"), re.DOTALL)
    ]
    config = yaml.safe_load(whole["patches"][0]["patch"])["data"]

    assert set(config) == {variable for variable, value in CONFIG.items() if "example.internal" in value}
    assert all(variable in read("deploy/k8s/kustomization.yaml") for variable in config)
    assert "YUI_NAMES" in config
    assert jobs["images"] == whole["images"]
    assert jobs["nameSuffix"] == "-" + jobs["images"][0]["newTag"].replace(".", "-")
    assert "jobs" in whole["resources"]


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
