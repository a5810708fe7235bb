"""Audits asked for on a page."""

from collections.abc import Mapping
from datetime import timedelta
from threading import Event
from typing import Any

from shared.web.runs import AuditRuns
from tests.fakes import SetClock

PATIENCE_SECONDS = 30.0


def test_the_last_result_of_each_kind_is_kept() -> None:
    clock = SetClock()

    def verify(_tenant: str) -> Mapping[str, Any]:
        clock.instant += timedelta(seconds=2)
        return {"breaks": []}

    runs = AuditRuns({"verify": verify, "replay": lambda tenant: {"differences": [tenant]}}, clock.now)
    assert runs.last("372013") == {}
    runs.start("372013", "verify")
    first = runs.wait("372013", PATIENCE_SECONDS)["verify"]
    assert first.holds
    assert first.seconds == 2
    runs.start("372013", "replay")
    assert not runs.wait("372013", PATIENCE_SECONDS)["replay"].holds
    assert runs.last("053031") == {}


def test_what_is_running_is_not_started_again() -> None:
    go, begun = Event(), []

    def verify(tenant: str) -> Mapping[str, Any]:
        begun.append(tenant)
        go.wait(PATIENCE_SECONDS)
        return {}

    runs = AuditRuns({"verify": verify}, SetClock().now)
    runs.start("372013", "verify")
    runs.start("372013", "verify")
    assert runs.last("372013")["verify"].running
    go.set()
    runs.wait("372013", PATIENCE_SECONDS)
    assert begun == ["372013"]


def test_a_run_that_breaks_says_why() -> None:
    def verify(_tenant: str) -> Mapping[str, Any]:
        raise OSError("no store")

    runs = AuditRuns({"verify": verify}, SetClock().now)
    runs.start("372013", "verify")
    run = runs.wait("372013", PATIENCE_SECONDS)["verify"]
    assert run.failure == "OSError: no store"
    assert not run.holds
