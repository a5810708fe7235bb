"""Small lives of municipalities, by seed: what offices, people and rule-makers tell Yui, in chains.

What stands in one chain happened in that order; between chains life has no order, so whatever the order in which they
are told, the same must come out in the end. `foundation` is told before everything else.
"""

import random
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from msgspec.structs import replace

from services.billing.commands import EnactRules as EnactBillingRules
from services.coordination.commands import DefineDistrict, JoinMunicipality
from services.library import packaged
from services.points.commands import EnactRules as EnactPointRules
from services.requests.entries import (
    ActivityEntry,
    ActivityVoidEntry,
    CareRecordEntry,
    OrganisationEntry,
    PersonEntry,
    VisitEntry,
    VisitPlanEntry,
    VisitVoidEntry,
)
from shared.flow.handle import Request
from tests.controls import ACTIVITY_ROW, HELPER_ROW, KOSAKA, ORGANISATION_ROW, TAKAMATSU, USER_ROW, VISIT_ROW

TENANTS: Final = (TAKAMATSU, KOSAKA)
JOINED_ON: Final = date(2016, 11, 30)
OTHER_BILLING_RULES: Final = "fewer-2016"
SERVICE_OF: Final[dict[type, str]] = {
    JoinMunicipality: "coordination",
    DefineDistrict: "coordination",
    EnactBillingRules: "billing",
    EnactPointRules: "points",
}


@dataclass(frozen=True)
class Told:
    """Something that somebody tells one service, once, under a key."""

    service: str
    request: Request


@dataclass(frozen=True)
class DayPassed:
    """The sun rises; nobody tells anybody."""


Step = Told | DayPassed
Chain = Sequence[Any]


@dataclass(frozen=True)
class History:
    foundation: Sequence[Sequence[Step]]
    life: Sequence[Sequence[Step]]

    def in_one_pass(self) -> list[Step]:
        """Chain after chain."""
        return [step for chain in (*self.foundation, *self.life) for step in chain]

    def shuffled(self, rng: random.Random) -> list[Step]:
        """Each chain in its order, otherwise in any."""
        return [*_merged(self.foundation, rng), *_merged(self.life, rng)]


def _merged(chains: Sequence[Sequence[Step]], rng: random.Random) -> list[Step]:
    places = [number for number, chain in enumerate(chains) for _ in chain]
    rng.shuffle(places)
    ahead = [iter(chain) for chain in chains]
    return [next(ahead[place]) for place in places]


def short_life() -> list[Step]:
    """One municipality, one user, one helper, the rules of billing and one visit, told twice."""
    teller, rng = _Teller(TAKAMATSU), random.Random(0)
    visit = VisitEntry(VISIT_ROW, None, brings_agreed_record=True)
    return teller.told(
        [
            JoinMunicipality("高松市", JOINED_ON),
            OrganisationEntry(ORGANISATION_ROW, None),
            PersonEntry(USER_ROW, None),
            PersonEntry(HELPER_ROW, None),
            visit,
            visit,
            _rules(rng)[0][0],
        ]
    )


def history(seed: int) -> History:
    rng = random.Random(seed)
    foundation: list[list[Step]] = []
    life: list[list[Step]] = [[DayPassed()]]
    for tenant, visits, activities in ((TAKAMATSU, rng.randint(6, 8), 1), (KOSAKA, 1, 1)):
        teller = _Teller(tenant)
        foundation += [teller.told(chain) for chain in _foundation(tenant)]
        life += [teller.told(chain) for chain in _life(rng, visits, activities)]
    return History(foundation, life)


class _Teller:
    def __init__(self, tenant: str) -> None:
        self._tenant = tenant
        self._number = 0

    def told(self, commands: Chain) -> list[Step]:
        return [self._one(command) for command in commands]

    def _one(self, command: Any) -> Told:
        self._number += 1
        key = f"{self._tenant}:{self._number}"
        service = SERVICE_OF.get(type(command), "requests")
        return Told(service, Request(self._tenant, command, "office", f"key:{key}", key, key))


def _foundation(tenant: str) -> list[Chain]:
    helper2 = replace(HELPER_ROW, person_id="H2", relatives=("U2",))
    return [
        (JoinMunicipality(tenant, JOINED_ON), DefineDistrict("D1", "太田")),
        (OrganisationEntry(ORGANISATION_ROW, None),),
        (
            OrganisationEntry(
                replace(ORGANISATION_ROW, organisation_id="O2", services=("visit",), district_id=None), None
            ),
        ),
        (PersonEntry(USER_ROW, None),),
        (PersonEntry(replace(USER_ROW, person_id="U2", district_id="D1", care_level="checklist"), None),),
        (PersonEntry(HELPER_ROW, None),),
        (PersonEntry(helper2, None),),
    ]


def _life(rng: random.Random, visits: int, activities: int) -> list[Chain]:
    return [
        *[_visit(rng, f"V{number}") for number in range(visits)],
        *[_activity(rng, f"A{number}") for number in range(activities)],
        *_rules(rng),
        *_register(rng),
        *_organisations(rng),
    ]


def _some(rng: random.Random, probability: float, *commands: Any) -> Chain:
    return commands if rng.random() < probability else ()


def _visit(rng: random.Random, visit_id: str) -> Chain:
    """Planned, recorded, sent again, corrected (also to another user or month), voided: or only some of that."""
    row = replace(
        VISIT_ROW,
        visit_id=visit_id,
        organisation_id=rng.choice(("O1", "O1", "O2")),
        user_id=rng.choice(("U1", "U1", "U1", "U1", "U2")),
        helper_ids=rng.choice((("H1",), ("H1",), ("H2",), ("H1", "H2"))),
        served_on=date(2016, 10, rng.randint(1, 28)),
        started_at=f"{rng.randint(9, 11):02d}:00",
        menu=rng.choice((("調理",), ("rubbish",), ("shopping", "laundry"))),
        minutes=rng.choice((30, 60, 75)),
        outcome=rng.choice(("done", "done", "done", "done", "no_show")),
    )
    record = VisitEntry(row, None, brings_agreed_record=rng.random() < 0.8)
    corrected = replace(
        row,
        user_id=rng.choice(("U1", "U2")),
        served_on=date(2016, rng.choice((10, 10, 11)), rng.randint(1, 27)),
        outcome="done",
    )
    return (
        *_some(rng, 0.2, VisitPlanEntry(row)),
        record,
        *_some(rng, 0.5, VisitEntry(row, None, brings_agreed_record=rng.random() < 0.8)),
        *_some(rng, 0.3, VisitEntry(corrected, "訂正", brings_agreed_record=rng.random() < 0.5)),
        *_some(rng, 0.2, VisitVoidEntry(visit_id, "誤り"), record),
        *_some(
            rng, 0.1, VisitEntry(replace(row, visit_id=f"X{visit_id}", user_id="U9"), None, brings_agreed_record=True)
        ),
    )


def _activity(rng: random.Random, activity_id: str) -> Chain:
    row = replace(
        ACTIVITY_ROW,
        activity_id=activity_id,
        person_id=rng.choice(("U1", "U2", "H1")),
        kind=rng.choice(("参加", "運営ボランティア", "知らない活動")),
        done_on=date(2016, 10, rng.randint(1, 28)),
    )
    other = replace(row, person_id=rng.choice(("U1", "H1")), kind="参加")
    return (
        ActivityEntry(row, None),
        *_some(rng, 0.3, ActivityEntry(other, "別人")),
        *_some(rng, 0.3, ActivityVoidEntry(activity_id, "誤り")),
    )


def _rules(rng: random.Random) -> list[Chain]:
    """Enacted at any time, also after the visits they speak of; sometimes others follow from the 16th of October on."""
    later: dict[str, Any] = {"value": "2016-10-16", "assumed": True, "why": "simulation"}
    fewer = _document("takamatsu-2016", id=OTHER_BILLING_RULES)
    fewer["versions"][0] |= {"effective_from": later, "visit.cap": {"value": 2, "assumed": True, "why": "simulation"}}
    points = _document("kosaka-2015")
    points["versions"][0]["caps.month"] = {"value": 3, "assumed": True, "why": "simulation"}
    return [
        (
            EnactBillingRules("takamatsu-2016", date(2016, 10, 1), _document("takamatsu-2016")),
            *_some(rng, 0.6, EnactBillingRules(OTHER_BILLING_RULES, date(2016, 10, 16), fewer)),
        ),
        (EnactPointRules("kosaka-2015", date(2015, 4, 1), points),),
    ]


def _document(rules_id: str, **changed: Any) -> dict[str, Any]:
    rules = packaged(rules_id)
    assert rules is not None
    return deepcopy(dict(rules.document)) | changed


def _register(rng: random.Random) -> list[Chain]:
    """What turns out about people, in any order with their visits."""
    trained = replace(HELPER_ROW, trained_on=rng.choice((None, date(2016, 10, 10))))
    older = replace(USER_ROW, birth_date=date(1955, 10, 12), district_id=rng.choice(("D2", "D1", None, None)))
    later = replace(older, care_level=rng.choice(("care1", "support2")), care_from=date(2016, 10, rng.randint(2, 27)))
    return [
        (
            *_some(rng, 0.5, PersonEntry(trained, "研修日の訂正")),
            *_some(rng, 0.3, PersonEntry(HELPER_ROW, "やはり元の日")),
        ),
        (*_some(rng, 0.4, PersonEntry(older, "生年月日と地区の訂正")), *_some(rng, 0.4, PersonEntry(later, None))),
        _some(rng, 0.6, CareRecordEntry("U1", date(2016, 10, rng.randint(1, 28)))),
        _some(rng, 0.6, CareRecordEntry("U2", date(2016, 10, rng.randint(1, 28)))),
    ]


def _organisations(rng: random.Random) -> list[Chain]:
    """One ends, or ends and moves; the other, of no district so far, gets one, and may lose it again."""
    ends = replace(ORGANISATION_ROW, active_until=date(2016, rng.choice((10, 11)), 30))
    moves = replace(ends, district_id=rng.choice(("D2", None)))
    found = replace(ORGANISATION_ROW, organisation_id="O2", services=("visit",), district_id="D1")
    lost = replace(found, district_id=None)
    return [
        (*_some(rng, 0.4, OrganisationEntry(ends, "終了日")), *_some(rng, 0.4, OrganisationEntry(moves, "地区の訂正"))),
        _some(
            rng, 0.6, OrganisationEntry(found, "地区の記入漏れ"), *_some(rng, 0.3, OrganisationEntry(lost, "取消し"))
        ),
    ]
