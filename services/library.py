"""The rule documents that come with Yui, and those in files: found by id or by name of the file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from services.billing import rules as billing
from services.billing.commands import EnactRules as EnactBillingRules
from services.points import rules as points
from services.points.commands import EnactRules as EnactPointRules
from shared.kernel.rule_documents import Problem, Rules, kind_of


@dataclass(frozen=True)
class RuleService:
    """What a service does with its kind of rules."""

    check: Callable[[str], list[Problem]]
    load: Callable[[str], Rules]
    enact: Callable[..., Any]


SERVICES: Mapping[str, RuleService] = {
    billing.KIND: RuleService(billing.check_rules, billing.load_rules, EnactBillingRules),
    points.KIND: RuleService(points.check_rules, points.load_rules, EnactPointRules),
}


class UnknownKind(ValueError):
    """要綱のファイルには kind: billing か kind: points を書いてください。"""


def service_of(text: str) -> RuleService:
    """The service whose rules a text holds. UnknownKind when it does not say so."""
    service = SERVICES.get(kind_of(text) or "")
    if service is None:
        raise UnknownKind(UnknownKind.__doc__)
    return service


@cache
def packaged_rules() -> tuple[Rules, ...]:
    """The documents that come with Yui, by id."""
    found = [
        service.load(each.read_text(encoding="utf-8"))
        for kind, service in SERVICES.items()
        for each in (files("services") / kind / "rulebooks").iterdir()
        if each.name.endswith(".yaml")
    ]
    return tuple(sorted(found, key=lambda rules: rules.rules_id))


def packaged(rules_id: str) -> Rules | None:
    """By id, or by the label `id@effective_from` of one of its versions."""
    for rules in packaged_rules():
        if rules_id == rules.rules_id or rules_id in {version.label for version in rules.versions}:
            return rules
    return None
