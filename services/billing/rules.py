"""The clauses of a 要綱 for service B.

A clause that can be said in one way only is written down all the same: it tells where that way comes from, or that it
is assumed. A clause added later is optional, since documents enacted before have to stay readable.
"""

from typing import Any, Final

from shared.kernel import rule_documents
from shared.kernel.rule_documents import (
    Clause,
    Problem,
    Rules,
    read_count,
    read_one_of,
    read_words,
    read_yen,
)

KIND: Final = "billing"
CATEGORIES: Final = ("checklist", "support1", "support2", "other")
CAP_ORDER: Final = ["served_on", "started_at", "visit_id"]


def read_menu(value: Any) -> dict[str, str]:
    """Items by id with their Japanese word."""
    if not isinstance(value, dict) or not value or not all(isinstance(word, str) for word in value.values()):
        raise ValueError(f"「{value}」は使えません。「id: 日本語名」の並びで書いてください。")
    return value


def read_cap_order(value: Any) -> tuple[str, ...]:
    if value != CAP_ORDER:
        raise ValueError(f"「{value}」は使えません。書けるのは [{', '.join(CAP_ORDER)}] です。")
    return tuple(CAP_ORDER)


def read_nothing(value: Any) -> None:
    if value is not None:
        raise ValueError(f"「{value}」は使えません。金額がないことを null と書いてください。")


CLAUSES: Final = (
    Clause("visit.fee", read_yen),
    Clause("visit.helper_expense", read_yen),
    Clause("visit.helper_expense_for", read_one_of("each_helper")),
    Clause("visit.per_visit", read_yen),
    Clause("visit.cap", read_count),
    Clause("visit.cap_order", read_cap_order),
    Clause("visit.cap_scope", read_one_of("all_organisations")),
    Clause("visit.base", read_yen),
    Clause("visit.startup", read_yen),
    Clause("day.per_visit", read_nothing),
    Clause("day.base", read_yen, required=False),
    Clause("day.startup", read_yen, required=False),
    Clause("base.counts", read_one_of("month_with_an_active_day")),
    Clause("startup.counts", read_one_of("month_of_active_from")),
    Clause("payment.per_visit", read_one_of("following_month")),
    Clause("payment.base", read_one_of("same_month")),
    Clause("payment.startup", read_one_of("same_month")),
    Clause("eligibility.categories", read_words(CATEGORIES)),
    Clause("eligibility.helpers", read_words(("registered", "trained"))),
    Clause("eligibility.relatives", read_one_of("excluded", "allowed")),
    Clause("eligibility.agreed_record", read_one_of("required", "not_required")),
    Clause("flags.minutes", read_count),
    Clause("flags.not_alone", read_words(("rubbish",)), required=False),
    Clause("menu", read_menu),
    Clause("council.meeting", read_yen, required=False),
    Clause("budget.startup_organisations", read_count, required=False),
    Clause("budget.base_months", read_count, required=False),
    Clause("budget.visits", read_count, required=False),
    Clause("budget.districts", read_count, required=False),
)


def check_rules(text: str) -> list[Problem]:
    """Every problem of a 要綱, in the order of its lines; empty when it can be enacted."""
    return rule_documents.check_rules(text, KIND, CLAUSES)


def load_rules(text: str) -> Rules:
    """RulesProblem when anything is wrong with the file."""
    return rule_documents.load_rules(text, KIND, CLAUSES)


def rules_from_document(document: dict[str, Any]) -> Rules:
    """The rules that an enactment has embedded. RulesProblem when they are none."""
    return rule_documents.rules_from_document(document, KIND, CLAUSES)
