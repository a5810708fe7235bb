"""Example schemes as documents, example earnings, and a ledger of facts made by the real decider."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from msgspec.structs import astuple, replace

from services.library import packaged
from services.points.account import Account
from services.points.commands import AdvanceSweep, AssessEarning, EnactRules, ReassessAccount, WithdrawEarning
from services.points.decider import DECIDER
from services.points.events import Earning, PointEntry, PointsAssessed, PointsReassessed
from services.points.rules import enactment, rules_from_document
from shared.kernel.ages import Ages
from shared.kernel.deciding import Refusal
from shared.kernel.messages import Fact
from shared.kernel.rule_documents import Rules
from tests.controls import KOSAKA
from tests.spec import Answer, Spec

POINTS: Final = Spec(DECIDER)
PERSON: Final = "0192a000-0000-7000-8000-0000000000a1"
OTHER_PERSON: Final = "0192a000-0000-7000-8000-0000000000b1"
DAY: Final = date(2016, 10, 3)
AN_ACTIVITY: Final = {"points": 1, "unit": "activity", "min_minutes": 0}

Assessed = PointsAssessed | PointsReassessed
Command = AssessEarning | WithdrawEarning | ReassessAccount | EnactRules | AdvanceSweep


def aged(years: int) -> Ages:
    """The same age on every day that a scheme may refer to."""
    return Ages(**dict.fromkeys(Ages.__struct_fields__, years))


EARNING: Final = Earning(
    activity_id="A1",
    kind="salon",
    done_on=DAY,
    started_at="10:00",
    minutes=60,
    outcome="done",
    group_id=None,
    ages=aged(70),
)


def earning(activity_id: str = "A1", done_on: date = DAY, **changed: Any) -> Earning:
    return replace(EARNING, activity_id=activity_id, done_on=done_on, **changed)


def assess(earned: Earning, *, void: bool = False, person: str = PERSON) -> AssessEarning:
    return AssessEarning(person, earned, void)


def document(
    rules_id: str = "town", effective_from: date = date(2015, 4, 1), until: date | None = None, **values: Any
) -> dict[str, Any]:
    """A scheme in which a salon earns one point; `values` by clause with `_` for its dot, `rates_salon={…}`."""
    clauses: dict[str, Any] = {
        "point_year.starts_month": 4,
        "rates.salon": AN_ACTIVITY,
        "words": {},
        "paid_kinds": [],
        "eligibility.min_age": 65,
        "eligibility.age_reference": "on_day",
        "caps.day": None,
        "caps.month": None,
        "caps.point_year": None,
        "carry_over": "none",
        "expiry": "none",
        "exchange": None,
    }
    for name, value in values.items():
        group, _, rest = name.partition("_")
        dotted = f"{group}.{rest}"
        clauses[name if name in clauses else f"point_year.{name}" if name == "starts_month" else dotted] = value
    version = {"effective_from": effective_from.isoformat(), **clauses}
    if until is not None:
        version["effective_until"] = until.isoformat()
    return {
        "id": rules_id,
        "kind": "points",
        "title": "試しの要綱",
        "municipality": KOSAKA,
        "versions": [{name: {"value": value, "assumed": True, "why": "試験"} for name, value in version.items()}],
    }


def enact(scheme: Mapping[str, Any]) -> EnactRules:
    return enactment(rules_from_document(scheme))


def kosaka_rules() -> Rules:
    rules = packaged("kosaka-2015")
    assert rules
    return rules


def kosaka() -> EnactRules:
    return enactment(kosaka_rules())


def said(account: Account) -> tuple[object, ...]:
    """All that an account says; not what it remembers in order to be quick."""
    return astuple(account)[:-1]


@dataclass
class Ledger:
    """The facts of one municipality, and the states they fold to."""

    facts: list[Fact] = field(default_factory=list)
    states: dict[str, Any] = field(default_factory=dict)

    def handle(self, *commands: Command) -> "Ledger":
        for command in commands:
            self.decide(command)
        return self

    def decide(self, command: Command) -> list[Fact]:
        decision = DECIDER.decision(command)
        names = decision.streams(command)
        decided = decision.decide(command, *[self.state(name) for name in names])
        assert not isinstance(decided, Refusal), decided
        self.states[names[0]] = DECIDER.aggregate(names[0]).fold(decided, self.state(names[0]))
        self.facts += decided
        return list(decided)

    def state(self, name: str) -> Any:
        return self.states.get(name, DECIDER.aggregate(name).initial)

    def entries(self, person: str = PERSON) -> dict[tuple[str, str], PointEntry]:
        """Entries by id and kind."""
        account = self.state(f"account-{person}")
        found: Iterable[PointEntry] = [account.entry(place) for place in range(len(account.claims))]
        return {(entry.activity_id, entry.kind): entry for entry in found}

    def earned(self, person: str = PERSON) -> dict[str, int]:
        return {activity_id: entry.earned_points for (activity_id, _), entry in self.entries(person).items()}

    def reasons(self, person: str = PERSON) -> dict[str, str]:
        return {activity_id: entry.reason for (activity_id, _), entry in self.entries(person).items()}


def entries_of(answer: Answer) -> list[PointEntry]:
    """The entries of the facts that were decided."""
    assert not isinstance(answer.decided, Refusal)
    return [entry for fact in answer.decided if isinstance(fact, Assessed) for entry in fact.entries]


def happened(*commands: Command) -> list[Fact]:
    """The facts that these commands leave behind."""
    return Ledger().handle(*commands).facts
