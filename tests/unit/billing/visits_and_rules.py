"""Example 要綱 as documents, example visits and organisations, and a ledger of facts made by the real decider."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from typing import Any, Final

from msgspec.structs import replace

from services.billing.commands import AssessVisit, EnactRules, NoteDay
from services.billing.decider import DECIDER, UserMonth, user_month_stream
from services.billing.events import Assessment, Grant
from services.billing.rules import load_rules, rules_from_document
from shared.kernel.contracts.requests import HelperOnDay, OrganisationDetails, UserOnDay, VisitFacts
from shared.kernel.deciding import Refusal
from shared.kernel.messages import Fact
from shared.kernel.rule_documents import RuleBook, Rules
from tests.controls import HELPER, ORGANISATION, USER, VISIT
from tests.spec import Spec

BILLING: Final = Spec(DECIDER)
OTHER_USER: Final = "0192a000-0000-7000-8000-0000000000a2"
OTHER_HELPER: Final = "0192a000-0000-7000-8000-0000000000b2"
MONTH: Final = "2016-10"
LABEL: Final = "takamatsu-2016@2016-10-01"

# ------------------------------------------------------------------------------------------ rules

TAKAMATSU_TEXT: Final = (files("services.billing") / "rulebooks" / "takamatsu-2016.yaml").read_text(encoding="utf-8")
TAKAMATSU: Final = load_rules(TAKAMATSU_TEXT)
BOOK: Final = RuleBook([TAKAMATSU])


def document(
    rules_id: str = "takamatsu-2016", effective_from: str = "2016-10-01", until: str | None = None, **values: Any
) -> dict[str, Any]:
    """The 要綱 of Takamatsu from another day on; `values` by clause with `__` for its dot: `visit__cap=3`."""
    changed = deepcopy(dict(TAKAMATSU.document))
    changed["id"] = rules_id
    version = changed["versions"][0]
    version["effective_from"]["value"] = effective_from
    if until is not None:
        version["effective_until"] = {"value": until, "assumed": True, "why": "試験"}
    for name, value in values.items():
        version[name.replace("__", ".")]["value"] = value
    return changed


def two_versions(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    return {**first, "versions": [*first["versions"], *second["versions"]]}


def rules(**changed: Any) -> Rules:
    return rules_from_document(document(**changed))


def book(*enacted: Rules) -> RuleBook:
    return RuleBook(enacted)


def enact(of: dict[str, Any] | None = None) -> EnactRules:
    known = TAKAMATSU if of is None else rules_from_document(of)
    return EnactRules(known.rules_id, known.effective_from, dict(known.document))


# ------------------------------------------------------------------------------------------ visits


def helper(person: str = HELPER, **changed: Any) -> HelperOnDay:
    values = {"registered": True, "trained": True, "relative": False, "ages": None}
    return HelperOnDay(person=person, **values | changed)


def user(person: str = USER, category: Any = "support1") -> UserOnDay:
    return UserOnDay(person=person, category=category, ages=None)


def visit(visit_id: str = "V1", served_on: date = date(2016, 10, 3), **changed: Any) -> VisitFacts:
    return replace(VISIT, visit_id=visit_id, served_on=served_on, **changed)


def assess(facts: VisitFacts, *, void: bool = False) -> AssessVisit:
    return AssessVisit(facts, void)


def october(*days: int, **changed: Any) -> list[VisitFacts]:
    """Visits of one user in October 2016, `V03` on the 3rd and so on."""
    return [visit(f"V{day:02d}", date(2016, 10, day), **changed) for day in days]


WORKED_DAYS: Final = (3, 5, 7, 12, 14, 19, 26)
WORKED_CASE: Final = [
    replace(each, organisation_id="O1" if number % 2 == 0 else "O2")
    for number, each in enumerate(october(*WORKED_DAYS))
]
"""One user, seven done visits over two organisations."""


def details(**changed: Any) -> OrganisationDetails:
    return replace(ORGANISATION, **changed)


# ------------------------------------------------------------------------------------------ a ledger


@dataclass
class BillingLedger:
    """The facts of one municipality, and the states they fold to."""

    facts: list[Fact] = field(default_factory=list)
    states: dict[str, Any] = field(default_factory=dict)

    def handle(self, *commands: Any) -> "BillingLedger":
        for command in commands:
            self.decide(command)
        return self

    def decide(self, command: Any) -> list[Fact]:
        decision = DECIDER.decision(command)
        names = decision.streams(command)
        decided = decision.decide(command, *[self.state(name) for name in names])
        assert not isinstance(decided, Refusal), decided
        self.states[names[0]] = DECIDER.aggregate(names[0]).fold(decided, self.state(names[0]))
        self.facts += decided
        return list(decided)

    def state(self, name: str) -> Any:
        return self.states.get(name, DECIDER.aggregate(name).initial)

    def results(self) -> dict[str, Assessment]:
        """The results of all visits of all user-months, by visit id."""
        months = [state for state in self.states.values() if isinstance(state, UserMonth)]
        return {visit_id: result for month in months for visit_id, result in month.results.items()}

    def yen(self) -> dict[str, int]:
        return {visit_id: result.subsidy_yen for visit_id, result in sorted(self.results().items())}

    def reasons(self) -> dict[str, str]:
        return {visit_id: result.reason for visit_id, result in sorted(self.results().items())}

    def grants(self, organisation_id: str = "O1") -> dict[tuple[str, str], Grant]:
        state = self.state(f"organisation-{organisation_id}")
        return dict(state.grants) if state else {}

    def user_month(self, person: str = USER, month: str = MONTH) -> UserMonth:
        state: UserMonth = self.state(user_month_stream(person, month))
        return state


def ledger(*commands: Any) -> BillingLedger:
    """A ledger in which Takamatsu's 要綱 is in force."""
    return BillingLedger().handle(enact(), *commands)


def happened(*commands: Any) -> list[Fact]:
    """The facts that these commands leave behind, after Takamatsu's 要綱 was enacted."""
    return ledger(*commands).facts


def today(day: date) -> NoteDay:
    return NoteDay(day)
