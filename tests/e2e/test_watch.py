"""Invariants in production: what does not hold is named and counted, what holds is not."""

import sqlite3
from contextlib import closing

import pytest
from prometheus_client import CollectorRegistry

from services.watch import STILL_LOOKS, Watch
from shared.adapters.metrics import PrometheusObserver
from tests.controls import TAKAMATSU
from tests.e2e.office import WORKED_LINES, Office, lines_of


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def worked(office: Office) -> Office:
    """Seven visits at rest."""
    office.take("visits", lines_of(WORKED_LINES))
    return office


def watch(office: Office, registry: CollectorRegistry) -> Watch:
    return Watch(office.embedded.system, PrometheusObserver(registry))


def change(office: Office, service: str, *statements: str) -> None:
    with closing(sqlite3.connect(office.folder / f"{service}.db")) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_a_system_at_rest_holds_and_says_up_to_where(worked: Office, registry: CollectorRegistry) -> None:
    watching = watch(worked, registry)
    assert (watching.step(), watching.step()) == ([], [])
    for service, part in worked.embedded.system.parts.items():
        labels = {"service": service}
        assert registry.get_sample_value("yui_chain_verified_seq", labels) == part.store.head(TAKAMATSU).seq
        assert registry.get_sample_value("yui_chain_verified_timestamp_seconds", labels)


def test_a_changed_event_breaks_the_chain(worked: Office, registry: CollectorRegistry) -> None:
    change(
        worked,
        "requests",
        "DROP TRIGGER ledger_refuses_update",
        "UPDATE ledger SET actor = 'somebody' WHERE seq = 5",
    )
    watching = watch(worked, registry)
    for _ in range(2):
        (violation,) = watching.step()
        assert (violation.invariant, violation.service, violation.tenant) == ("chain", "requests", TAKAMATSU)
        assert "requests 372013 5 番" in violation.what
    labels = {"service": "requests", "invariant": "chain"}
    assert registry.get_sample_value("yui_invariant_violations_total", labels) == 2
    assert registry.get_sample_value("yui_chain_verified_seq", {"service": "requests"}) == 4


def test_yen_that_the_ledger_does_not_know(worked: Office, registry: CollectorRegistry) -> None:
    change(worked, "billing", "UPDATE assessments__1 SET subsidy_yen = 5000 WHERE visit_id = 'v03'")
    violations = watch(worked, registry).step()
    assert {violation.invariant for violation in violations} == {"subsidies"}
    assert [violation.what for violation in violations] == [
        "372013 月 2016-10: 台帳では 677,500 円、明細では 682,000 円です。",
        "372013 月 2016-10: 台帳では 677,500 円、SQL の集計では 682,000 円です。",
    ]


def test_a_base_amount_that_is_missing_from_the_view(worked: Office, registry: CollectorRegistry) -> None:
    worked.done("rules", "enact", "takamatsu-2016", "--tenant", TAKAMATSU)
    change(worked, "billing", "DELETE FROM grants__1")
    assert {violation.what.partition(":")[0] for violation in watch(worked, registry).step()} >= {"372013 月 2016-10"}


def test_points_that_the_ledger_does_not_know(worked: Office, registry: CollectorRegistry) -> None:
    worked.done("rules", "enact", "kosaka-2015", "--tenant", TAKAMATSU)
    change(worked, "points", "UPDATE entries__1 SET earned_points = earned_points + 7")
    violations = watch(worked, registry).step()
    assert violations
    assert {violation.invariant for violation in violations} == {"points"}


def test_what_has_not_changed_is_looked_at_again_only_when_all_is(worked: Office, registry: CollectorRegistry) -> None:
    watching = watch(worked, registry)
    watching.step()
    change(worked, "billing", "UPDATE assessments__1 SET subsidy_yen = 5000 WHERE visit_id = 'v03'")
    assert watching.step() == []
    assert watching.step(everything=True) != []
    assert {violation.invariant for violation in watching.step()} == {"subsidies"}


def test_whoever_has_seen_more_than_there_is_or_stands_still_is_named(
    worked: Office, registry: CollectorRegistry
) -> None:
    worked.embedded.host.stop()
    change(
        worked,
        "billing",
        "UPDATE positions SET seq = seq - 2 WHERE subscription = 'billing.assessments'",
        "UPDATE positions SET seq = seq + 2 WHERE subscription = 'billing.assess_visits'",
    )
    watching = watch(worked, registry)
    *looks, last = (
        {violation.what for violation in watching.step() if violation.invariant == "positions"}
        for _ in range(STILL_LOOKS)
    )
    assert [{what.partition(" ")[0] for what in look} for look in looks] == [{"billing.assess_visits"}] * len(looks)
    assert {what.partition(" ")[0] for what in last} == {"billing.assess_visits", "billing.assessments"}
