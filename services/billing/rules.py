"""The clauses of a 要綱 for service B."""

from typing import Any, Final

from shared.kernel import rule_documents
from shared.kernel.rule_documents import Clause, Problem, Rules, read_count, read_words, read_yen

KIND: Final = "billing"
CATEGORIES = ("checklist", "support1", "support2", "other")


def read_menu(value: Any) -> dict[str, str]:
    """Items by id with their Japanese word."""
    if not isinstance(value, dict) or not value or not all(isinstance(word, str) for word in value.values()):
        raise ValueError(f"「{value}」は使えません。「id: 日本語名」の並びで書いてください。")
    return {str(key): word for key, word in value.items()}


CLAUSES = (
    Clause("visit.fee", read_yen),
    Clause("visit.helper_expense", read_yen),
    Clause("visit.per_visit", read_yen),
    Clause("visit.cap", read_count),
    Clause("visit.base", read_yen),
    Clause("visit.startup", read_yen),
    Clause("day.base", read_yen, required=False),
    Clause("day.startup", read_yen, required=False),
    Clause("eligibility.categories", read_words(CATEGORIES)),
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
    return rule_documents.check_rules(text, KIND, CLAUSES)


def load_rules(text: str) -> Rules:
    """RulesProblem when anything is wrong with the file."""
    return rule_documents.load_rules(text, KIND, CLAUSES)


def rules_from_document(document: dict[str, Any]) -> Rules:
    return rule_documents.rules_from_document(document, KIND, CLAUSES)
