"""Invariants in production: what does not hold is named and counted, what holds is not."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from services.billing.views import ASSESSMENTS
from services.watch import STILL_LOOKS, Watch, due
from shared.adapters.metrics import PrometheusObserver
from shared.flow.rebuild import rebuild
from tests.controls import TAKAMATSU
from tests.e2e.books import BOOKS, Books, founded
from tests.e2e.office import FIRST_OF_NOVEMBER, lines_of, visit_line

VANISHED = ("DELETE FROM ledger", "DELETE FROM heads")


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture(params=BOOKS)
def books(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Books]:
    """Seven visits at rest."""
    with BOOKS[request.param](tmp_path) as opened:
        yield founded(opened)


def watch(books: Books, registry: CollectorRegistry) -> Watch:
    return Watch(books.watched, PrometheusObserver(registry))


def named(watching: Watch) -> list[tuple[str, str]]:
    return [(violation.invariant, violation.what) for violation in watching.step()]


def test_a_system_at_rest_holds_and_says_up_to_where(books: Books, registry: CollectorRegistry) -> None:
    watching = watch(books, registry)
    assert (watching.step(), watching.step()) == ([], [])
    for service, part in books.system.parts.items():
        labels = {"service": service}
        assert registry.get_sample_value("yui_chain_verified_seq", labels) == part.store.head(TAKAMATSU).seq
        assert registry.get_sample_value("yui_chain_verified_timestamp_seconds", labels)


def test_every_kind_of_invariant_is_told_of_before_it_is_broken(books: Books, registry: CollectorRegistry) -> None:
    watch(books, registry)
    for service, invariant in (
        ("requests", "chain"),
        ("points", "positions"),
        ("billing", "subsidies"),
        ("points", "points"),
    ):
        labels = {"service": service, "invariant": invariant}
        assert registry.get_sample_value("yui_invariant_violations_total", labels) == 0


def test_a_changed_event_breaks_the_chain(books: Books, registry: CollectorRegistry) -> None:
    books.change("requests", "UPDATE ledger SET actor = 'somebody' WHERE seq = 5")
    watching = watch(books, registry)
    for _ in range(2):
        (violation,) = watching.step()
        assert (violation.invariant, violation.service, violation.tenant) == ("chain", "requests", TAKAMATSU)
        assert "requests 372013 5 番" in violation.what
    labels = {"service": "requests", "invariant": "chain"}
    assert registry.get_sample_value("yui_invariant_violations_total", labels) == 2
    assert registry.get_sample_value("yui_chain_verified_seq", {"service": "requests"}) == 4


def test_a_ledger_that_has_vanished_is_missed_by_those_who_have_seen_it(
    books: Books, registry: CollectorRegistry
) -> None:
    """As when a store has been restored from before its first event."""
    books.change("billing", *VANISHED)
    found = {(violation.invariant, violation.service) for violation in watch(books, registry).step()}
    assert found >= {("chain", "billing"), ("positions", "reporting"), ("subsidies", "billing")}


def test_a_ledger_that_has_vanished_with_all_that_is_left_of_it_is_missed_by_the_watch(
    books: Books, registry: CollectorRegistry
) -> None:
    watching = watch(books, registry)
    watching.step()
    books.change("coordination", *VANISHED)
    for service in books.system.parts:
        books.change(service, "DELETE FROM positions WHERE source = 'coordination'")
    for days in (0, 0, 1, 0):
        books.clock.pass_days(days)
        missed = [violation for violation in watching.step() if violation.invariant == "chain"]
        assert {(violation.service, violation.tenant) for violation in missed} == {("coordination", TAKAMATSU)}
    assert watch(books, CollectorRegistry()).step() == []


# ------------------------------------------------------------------------------------------ yen and points


def test_yen_that_the_ledger_does_not_know(books: Books, registry: CollectorRegistry) -> None:
    books.change("billing", "UPDATE assessments__1 SET subsidy_yen = 5000 WHERE visit_id = 'v03'")
    assert named(watch(books, registry)) == [
        ("subsidies", "372013 月 2016-10: 台帳では 677,500 円、明細では 682,000 円です。"),
        ("subsidies", "372013 月 2016-10: 台帳では 677,500 円、SQL の集計では 682,000 円です。"),
    ]


def test_a_base_amount_that_is_missing_from_the_view(books: Books, registry: CollectorRegistry) -> None:
    books.change("billing", "DELETE FROM grants__1")
    assert {what.partition(":")[0] for _, what in named(watch(books, registry))} >= {"372013 月 2016-10"}


def test_points_that_the_ledger_does_not_know(books: Books, registry: CollectorRegistry) -> None:
    books.enact("kosaka-2015")
    books.change("points", "UPDATE entries__1 SET earned_points = earned_points + 7")
    assert {invariant for invariant, _ in named(watch(books, registry))} == {"points"}


def test_of_what_is_new_each_result_is_compared(books: Books, registry: CollectorRegistry) -> None:
    books.enact("kosaka-2015")
    watching = watch(books, registry)
    assert watching.step() == []
    books.take("visits", lines_of([visit_line("v28", "2016-10-28"), visit_line("v31", "2016-10-31", user="U2")]))
    books.take("visits", lines_of([visit_line("v03", "2016-09-30")]), "転記誤り")
    assert watching.step() == []
    books.take("visits", lines_of([visit_line("v29", "2016-10-29", user="U2")]))
    books.take("organisations", "organisation_id,name,services,district_id,active_from\nO3,古高松,day,D3,2016-10-01\n")
    books.change(
        "billing",
        "UPDATE assessments__1 SET subsidy_yen = 5000 WHERE visit_id = 'v29'",
        "DELETE FROM grants__1 WHERE organisation_id = 'O3' AND month = '2016-10'",
    )
    books.change("points", "UPDATE entries__1 SET earned_points = 8 WHERE activity_id = 'v29' AND kind = 'visit_user'")
    for _ in range(2):
        visit, grant, points = [what for _, what in named(watching)]
        assert visit == "372013 訪問 v29: 台帳では 0 円（2016-10）、一覧では 5,000 円（2016-10）です。"
        assert grant.startswith("372013 団体 O3 day 2016-10: 台帳では ")
        assert grant.endswith(" 円、一覧ではなしです。")
        assert points.startswith("372013 活動 v29 visit_user ")
        assert points.endswith(": 台帳では 1 ポイント、一覧では 8 ポイントです。")


def test_what_a_view_had_not_come_to_is_compared_when_it_has(books: Books, registry: CollectorRegistry) -> None:
    watching = watch(books, registry)
    books.take("visits", lines_of([visit_line("v28", "2016-10-28")]), still="billing.assessments")
    assert watching.step() == []
    books.rest()
    books.change("billing", "UPDATE assessments__1 SET subsidy_yen = 5000 WHERE visit_id = 'v28'")
    assert {invariant for invariant, _ in named(watching)} == {"subsidies"}


def test_a_view_that_has_been_built_anew_is_compared_as_a_whole(books: Books, registry: CollectorRegistry) -> None:
    watching = watch(books, registry)
    watching.step()
    subscription, store = books.system.consumer(ASSESSMENTS.name).subscription, books.system.store("billing")
    rebuild(subscription, ASSESSMENTS, store, {"billing": store})
    books.change("billing", "UPDATE assessments__2 SET subsidy_yen = 5000 WHERE visit_id = 'v03'")
    assert {invariant for invariant, _ in named(watching)} == {"subsidies"}


def test_what_has_not_changed_is_looked_at_again_a_day_later(books: Books, registry: CollectorRegistry) -> None:
    watching = watch(books, registry)
    watching.step()
    books.change("billing", "UPDATE assessments__1 SET subsidy_yen = 5000 WHERE visit_id = 'v03'")
    assert watching.step() == []
    books.clock.pass_days(1)
    assert {invariant for invariant, _ in named(watching)} == {"subsidies"}
    assert {invariant for invariant, _ in named(watching)} == {"subsidies"}


# ------------------------------------------------------------------------------------------ positions


def test_whoever_has_seen_more_than_there_is_or_stands_still_is_named(
    books: Books, registry: CollectorRegistry
) -> None:
    books.change(
        "billing",
        "UPDATE positions SET seq = seq - 2 WHERE subscription = 'billing.assessments'",
        "UPDATE positions SET seq = seq + 2 WHERE subscription = 'billing.assess_visits'",
    )
    watching = watch(books, registry)
    *looks, last = (
        {what.partition(" ")[0] for invariant, what in named(watching) if invariant == "positions"}
        for _ in range(STILL_LOOKS)
    )
    assert looks == [{"billing.assess_visits"}] * len(looks)
    assert last == {"billing.assess_visits", "billing.assessments"}


# ------------------------------------------------------------------------------------------ once a day


def test_every_ledger_has_its_time_of_the_day_whatever_the_looks() -> None:
    sources = [("billing", f"{number:06d}") for number in range(200)]
    for minutes in (1, 7, 500):
        looks = [FIRST_OF_NOVEMBER + timedelta(minutes=minutes * number) for number in range(2_880 // minutes + 1)]
        whole = [[source for source in sources if due(source, *pair)] for pair in pairwise(looks)]
        assert set(Counter(source for each in whole for source in each).values()) <= {1, 2}
        assert {source for each in whole for source in each} == set(sources)
        assert max(len(each) for each in whole) < 20 or minutes == 500
    assert [due(source, None, FIRST_OF_NOVEMBER) for source in sources] == [True] * 200
