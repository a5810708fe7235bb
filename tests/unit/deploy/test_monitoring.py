"""Prometheus and Grafana ask for what there is."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from shared.adapters.metrics import names
from tests.unit.deploy.files import DEPLOY, load, ours

DASHBOARDS = sorted((DEPLOY / "grafana" / "provisioning" / "dashboards").glob("*.json"))
RULES = [rule for group in load("deploy/prometheus/alerts.yml")["groups"] for rule in group["rules"]]
LABELS = {"service", "subscription", "reason", "invariant", "le", "job", "instance"}


def panels() -> Iterator[dict[str, Any]]:
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]:
            if panel["type"] != "row":
                yield panel


PANELS = list(panels())
QUERIES = [rule["expr"] for rule in RULES] + [target["expr"] for panel in PANELS for target in panel["targets"]]


def asked(query: str) -> set[str]:
    """The metrics of ours a query names; of a histogram without the part."""
    return {re.sub("_(bucket|sum|count)$", "", name) for name in re.findall(r"\byui_\w+", query)}


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_names_metrics_that_there_are(query: str) -> None:
    assert asked(query) <= names()


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_is_whole(query: str) -> None:
    pairs = {")": "(", "]": "[", "}": "{"}
    opened: list[str] = []
    for sign in query:
        if sign in pairs.values():
            opened.append(sign)
        elif sign in pairs:
            assert opened
            assert opened.pop() == pairs[sign]

    assert opened == []
    for name, given in re.findall(r"(rate|increase)\((.*?)\)", query):
        assert re.search(r"\[(\d+[smhd]|\$__rate_interval)\]", given), f"{name} of a moment"
        assert re.search(r"_(total|bucket|sum|count)\[", given), f"{name} of what may fall"


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_groups_by_labels_that_there_are(query: str) -> None:
    for group in re.findall(r"\b(?:by|without)\s*\(([^)]*)\)", query):
        assert {label.strip() for label in group.split(",")} <= LABELS


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_a_count_that_is_told_as_0_when_a_process_begins_raises_no_alert(rule: dict[str, Any]) -> None:
    """`X unless X offset …` is any sample that has just come, also one of 0."""
    assert re.findall(r"(yui_\w+_total) unless", rule["expr"]) == []


def test_every_metric_is_on_a_dashboard() -> None:
    shown = {name for panel in PANELS for target in panel["targets"] for name in asked(target["expr"])}

    assert shown == names()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert {"summary", "action"} <= set(rule["annotations"])
    assert rule["annotations"]["action"].endswith("。")


def test_what_must_be_noticed_has_an_alert() -> None:
    assert {
        "InvariantViolated",
        "ChainNotVerified",
        "TenantParked",
        "RelayLags",
        "ConsumerLags",
        "GapsDoNotHeal",
        "RefusalsRise",
        "ProcessDown",
    } <= {rule["alert"] for rule in RULES}


def test_prometheus_watches_every_lasting_process() -> None:
    targets = {
        target
        for job in load("deploy/prometheus/prometheus.yml")["scrape_configs"]
        for static in job["static_configs"]
        for target in static["targets"]
    }

    assert targets == {f"{name}:{body['expose'][0]}" for name, body in ours().items() if "expose" in body}


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["title"]))
def test_a_panel_says_what_it_shows_from_the_source_that_is_provided(panel: dict[str, Any]) -> None:
    source = load("deploy/grafana/provisioning/datasources/prometheus.yml")["datasources"][0]

    assert panel["description"].endswith("。")
    assert panel["datasource"]["uid"] == source["uid"]
    assert {target["datasource"]["uid"] for target in panel["targets"]} == {source["uid"]}


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in PANELS:
        place = panel["gridPos"]
        cells = {(x + place["x"], y + place["y"]) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
