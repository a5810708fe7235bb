"""The assessment, exactly as it is promised to scripts and spreadsheets."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.billing.commands import AssessOrganisation
from services.billing.statement import assessment_document
from tests.unit.billing.visits_and_rules import (
    LABEL,
    WORKED_CASE,
    BillingLedger,
    assess,
    details,
    document,
    enact,
    ledger,
    october,
    today,
    user,
    visit,
)


def statement(known: BillingLedger, *organisations: str) -> dict[str, Any]:
    grants = [grant for each in organisations for grant in known.grants(each).values()]
    return assessment_document([("U1", result) for result in known.results().values()], grants)


def test_a_visit_has_these_columns() -> None:
    assert statement(ledger(assess(visit())))["visits"] == [
        {
            "visit_id": "V1",
            "organisation_id": "O1",
            "user_id": "U1",
            "served_on": "2016-10-03",
            "user_fee_yen": 100,
            "helper_expense_yen": 300,
            "subsidy_yen": 500,
            "reason": "paid",
            "cap_position": 1,
            "rule": "takamatsu-2016@2016-10-01#visit.per_visit",
        }
    ]


def test_a_month_has_these_columns_and_base_is_paid_in_it_the_visits_in_the_next() -> None:
    known = ledger(today(date(2016, 11, 1)), AssessOrganisation(details(services=("visit",))))
    known.handle(*[assess(facts) for facts in october(3, 5, 7, 12, 14, 19, 20)], assess(visit("N1", outcome="no_show")))
    october_row, november_row = statement(known, "O1")["months"]
    assert october_row == {
        "organisation_id": "O1",
        "service": "visit",
        "month": "2016-10",
        "visits_done": 7,
        "visits_subsidised": 5,
        "per_visit_yen": 2_500,
        "base_yen": 25_000,
        "startup_yen": 200_000,
        "adjustment_yen": 0,
        "total_yen": 227_500,
        "pay_in": {"2016-10": 225_000, "2016-11": 2_500},
    }
    assert (november_row["month"], november_row["total_yen"]) == ("2016-11", 25_000)
    assert november_row["pay_in"] == {"2016-11": 25_000}


def test_the_visits_of_december_are_paid_in_january() -> None:
    (row,) = statement(ledger(assess(visit(served_on=date(2016, 12, 31)))))["months"]
    assert row["pay_in"] == {"2017-01": 500}


def test_a_month_without_yen_pays_in_no_month() -> None:
    (row,) = statement(ledger(assess(visit(outcome="no_show"))))["months"]
    assert (row["visits_done"], row["total_yen"], row["pay_in"]) == (0, 0, {})


def test_the_document_has_these_keys_and_names_the_rules_it_stands_on() -> None:
    found = statement(ledger(assess(visit())))
    assert list(found) == ["rules", "total_yen", "visits", "months", "adjustments"]
    assert (found["rules"], found["total_yen"], found["adjustments"]) == ([LABEL], 500, [])


def test_the_rules_of_base_and_start_up_are_named_too() -> None:
    known = ledger(today(date(2016, 10, 1)), AssessOrganisation(details()))
    assert statement(known, "O1")["rules"] == [LABEL]


def test_every_version_that_decided_is_named_once() -> None:
    known = ledger(enact(document(rules_id="kaisei", effective_from="2016-10-10")))
    known.handle(*[assess(facts) for facts in october(3, 5, 12)])
    assert statement(known)["rules"] == ["kaisei@2016-10-10", LABEL]


def test_without_anything_it_is_empty() -> None:
    assert assessment_document([], []) == {"rules": [], "total_yen": 0, "visits": [], "months": [], "adjustments": []}


def test_rows_are_sorted_by_id_and_month_whatever_their_order() -> None:
    known = ledger(today(date(2016, 11, 1)), AssessOrganisation(details()))
    known.handle(*[assess(facts) for facts in reversed(WORKED_CASE)])
    found = statement(known, "O1")
    assert [row["visit_id"] for row in found["visits"]] == sorted(facts.visit_id for facts in WORKED_CASE)
    assert [(row["organisation_id"], row["month"], row["service"]) for row in found["months"]] == [
        ("O1", "2016-10", "day"),
        ("O1", "2016-10", "visit"),
        ("O1", "2016-11", "day"),
        ("O1", "2016-11", "visit"),
        ("O2", "2016-10", "visit"),
    ]


def test_a_voided_visit_is_shown_and_does_not_count_as_done() -> None:
    found = statement(ledger(assess(visit()), assess(visit(), void=True)))
    assert [row["reason"] for row in found["visits"]] == ["void"]
    assert [(row["visits_done"], row["visits_subsidised"]) for row in found["months"]] == [(0, 0)]


def test_an_ineligible_visit_counts_as_done_and_not_as_subsidised() -> None:
    found = statement(ledger(assess(visit(user=user(category="other")))))
    assert [(row["visits_done"], row["visits_subsidised"]) for row in found["months"]] == [(1, 0)]


def test_a_subsidy_of_nought_yen_is_still_subsidised() -> None:
    free = BillingLedger().handle(enact(document(visit__per_visit=0)), assess(visit()))
    assert [row["visits_subsidised"] for row in statement(free)["months"]] == [1]


@given(st.lists(st.integers(1, 31), max_size=12), st.integers(0, 6))
def test_sums_of_visits_and_months_always_agree(days: list[int], cap: int) -> None:
    known = BillingLedger().handle(enact(document(visit__cap=cap)), today(date(2016, 10, 31)))
    known.handle(AssessOrganisation(details()))
    known.handle(*[assess(visit(f"V{number}", date(2016, 10, day))) for number, day in enumerate(days)])
    found = statement(known, "O1")
    months = found["months"]
    assert sum(row["subsidy_yen"] for row in found["visits"]) == sum(row["per_visit_yen"] for row in months)
    assert found["total_yen"] == sum(row["total_yen"] for row in months)
    assert all(sum(row["pay_in"].values()) == row["total_yen"] for row in months)
