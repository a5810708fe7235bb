"""The 要綱 that comes with Yui, and what may stand in one."""

from datetime import date
from typing import Any

import pytest

from services.billing.rules import CLAUSES, check_rules, load_rules, rules_from_document
from shared.kernel.menu import MENU
from shared.kernel.rule_documents import RulesProblem
from tests.unit.billing.visits_and_rules import TAKAMATSU, TAKAMATSU_TEXT, document

VERSION = TAKAMATSU.versions[0]


def problems_of(**values: Any) -> list[str]:
    with pytest.raises(RulesProblem) as raised:
        rules_from_document(document(**values))
    return [problem.path for problem in raised.value.problems]


def test_the_packaged_rules_are_in_order() -> None:
    assert check_rules(TAKAMATSU_TEXT) == []
    assert (TAKAMATSU.rules_id, TAKAMATSU.kind, TAKAMATSU.municipality) == ("takamatsu-2016", "billing", "372013")
    assert (VERSION.effective_from, VERSION.effective_until) == (date(2016, 10, 1), None)


@pytest.mark.parametrize(
    ("clause", "value"),
    [
        ("visit.fee", 100),
        ("visit.helper_expense", 300),
        ("visit.per_visit", 500),
        ("visit.cap", 5),
        ("visit.base", 25_000),
        ("visit.startup", 200_000),
        ("day.base", 25_000),
        ("day.startup", 200_000),
        ("flags.minutes", 60),
        ("council.meeting", 24_000),
        ("budget.startup_organisations", 10),
        ("budget.base_months", 6),
        ("budget.visits", 2_000),
        ("budget.districts", 44),
    ],
)
def test_amounts_are_those_of_the_city_and_name_their_place(clause: str, value: int) -> None:
    assert VERSION.values[clause] == value
    assert VERSION.origins[clause].document == "000"
    assert VERSION.origins[clause].place


@pytest.mark.parametrize(
    "clause",
    [
        "effective_from",
        "visit.helper_expense_for",
        "visit.cap_order",
        "visit.cap_scope",
        "base.counts",
        "startup.counts",
        "payment.startup",
        "eligibility.categories",
        "eligibility.helpers",
        "eligibility.relatives",
        "eligibility.agreed_record",
    ],
)
def test_what_no_source_says_is_assumed_and_says_why(clause: str) -> None:
    origin = VERSION.origins[clause]
    assert origin.assumed
    assert origin.why
    assert origin.document is None


def test_every_value_has_an_origin() -> None:
    assert set(VERSION.values) | {"effective_from"} == set(VERSION.origins)
    assert set(VERSION.values) == {clause.name for clause in CLAUSES}


def test_the_menu_of_the_rules_is_the_one_that_files_are_read_with() -> None:
    assert VERSION.values["menu"] == {id_: word for word, id_ in MENU.items()}


def test_the_embedded_document_gives_the_same_rules() -> None:
    assert rules_from_document(dict(TAKAMATSU.document)) == TAKAMATSU


@pytest.mark.parametrize(
    ("clause", "value"),
    [
        ("visit__fee", -1),
        ("visit__cap", "five"),
        ("visit__per_visit", None),
        ("visit__cap_order", ["started_at"]),
        ("visit__cap_scope", "each_organisation"),
        ("day__per_visit", 500),
        ("base__counts", "whole_months"),
        ("payment__base", "following_month"),
        ("eligibility__categories", ["care1"]),
        ("eligibility__categories", []),
        ("eligibility__helpers", ["friendly"]),
        ("eligibility__relatives", True),
        ("eligibility__agreed_record", "later"),
        ("flags__not_alone", ["laundry"]),
        ("menu", {}),
        ("menu", ["ゴミ出し"]),
        ("menu", {"rubbish": 1}),
    ],
)
def test_a_value_that_the_arithmetic_does_not_know_is_named(clause: str, value: object) -> None:
    assert problems_of(**{clause: value}) == [f"versions[0].{clause.replace('__', '.')}.value"]


def test_a_file_with_a_problem_is_not_loaded() -> None:
    with pytest.raises(RulesProblem, match=r"visit\.cap\.value: -5 は使えません"):
        load_rules(TAKAMATSU_TEXT.replace("value: 5\n", "value: -5\n"))
