"""Rules as dated documents (decision 7): YAML in which every value names its source, or says that it is assumed.

A document has an id, a kind, a title, a municipality and versions. A version is a set of clauses; each is written

    visit.per_visit: {value: 500, source: {document: "000", place: "補助金500円を支払う"}}
    visit.cap: {value: 5, assumed: true, why: "…"}

`rule_trees` knows the places of its parts, `rule_values` reads values, `rule_reading` the whole; `rule_books` holds
what is in force.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from shared.kernel.rule_books import Origin, RuleBook, RuleKind, Rules, Version
from shared.kernel.rule_reading import Reading, RulesProblem
from shared.kernel.rule_trees import Problem, compose, fields_of, represent, value_of
from shared.kernel.rule_values import Clause, read_count, read_date, read_one_of, read_words, read_yen

__all__ = [
    "Clause",
    "Origin",
    "Problem",
    "RuleBook",
    "RuleKind",
    "Rules",
    "RulesProblem",
    "Version",
    "check_rules",
    "kind_of",
    "load_rules",
    "read_count",
    "read_date",
    "read_one_of",
    "read_words",
    "read_yen",
    "rules_from_document",
]


def check_rules(text: str, kind: RuleKind, clauses: Iterable[Clause]) -> list[Problem]:
    """Every problem of a rules file, in the order of its lines; empty when it can be enacted."""
    try:
        load_rules(text, kind, clauses)
    except RulesProblem as wrong:
        return list(wrong.problems)
    return []


def load_rules(text: str, kind: RuleKind, clauses: Iterable[Clause]) -> Rules:
    """The rules of a file. RulesProblem with every problem when there is any."""
    node, problems = compose(text)
    if problems:
        raise RulesProblem(problems)
    return _read(node, kind, clauses)


def rules_from_document(document: Mapping[str, Any], kind: RuleKind, clauses: Iterable[Clause]) -> Rules:
    """The rules that an enactment has embedded. RulesProblem when they are none."""
    return _read(represent(document), kind, clauses)


def kind_of(text: str) -> str | None:
    """The kind that a rules file says it is; None when it says none or is not readable."""
    node, _ = compose(text)
    fields = fields_of(node) if isinstance(node, yaml.MappingNode) else {}
    kind = value_of(fields["kind"].node) if "kind" in fields else None
    return kind if isinstance(kind, str) else None


def _read(node: yaml.Node | None, kind: RuleKind, clauses: Iterable[Clause]) -> Rules:
    reading = Reading(kind, clauses)
    rules = reading.read(node)
    if rules is None:
        raise RulesProblem(sorted(reading.problems))
    return rules
