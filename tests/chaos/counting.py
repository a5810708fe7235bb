"""Is every fact of `requests` in the ledgers that live on it, exactly once?

A fact is consumed where an event of `billing` or `points` names it as its cause. *Doubled* is what two such events
say for the same fact and the same visit (or the same person's earning), two events in a row that say the same of a
visit or an earning, and a visit or activity of the files that `requests` has recorded twice. *Lost* is a fact that
`billing` has not recorded for its visit, an earning whose last state in `points` is not that of the last fact, and a
row of the files that `requests` has not recorded. Yen and points are compared elsewhere (`agreeing`).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from services.points.earnings import earnings_of
from shared.flow.system import System
from shared.flow.verify import pages
from shared.kernel.contracts.billing import SubsidyAssessed
from shared.kernel.contracts.points import PointsAssessed
from shared.kernel.contracts.requests import (
    ActivityCorrected,
    ActivityRecorded,
    ActivityRestated,
    ActivityVoided,
    VisitConfirmed,
    VisitCorrected,
    VisitFacts,
    VisitRestated,
    VisitVoided,
)
from shared.kernel.messages import Event
from tests.chaos.office_files import Brought

VISITS = (VisitConfirmed, VisitCorrected, VisitRestated, VisitVoided)
ACTIVITIES = (ActivityRecorded, ActivityCorrected, ActivityRestated, ActivityVoided)
MOVED = (VisitCorrected, VisitRestated, ActivityCorrected, ActivityRestated)


@dataclass
class Count:
    """A line for each finding."""

    facts: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)


def count_tenant(system: System, tenant: str, brought: Iterable[Brought]) -> Count:
    of = {service: list(_events(system, service, tenant)) for service in ("requests", "billing", "points")}
    found = Count()
    facts = [event for event in of["requests"] if isinstance(event.fact, VISITS + ACTIVITIES)]
    found.facts = len(facts)
    _count_rows(found, tenant, facts, list(brought))
    _count_visits(found, [event for event in facts if isinstance(event.fact, VISITS)], of["billing"])
    _count_earnings(found, facts, of["points"])
    return found


def _events(system: System, service: str, tenant: str) -> Iterator[Event]:
    return chain.from_iterable(pages(system.store(service), tenant))


def _count_rows(found: Count, tenant: str, facts: Iterable[Event], brought: Iterable[Brought]) -> None:
    recorded = Counter(number for event in facts if (number := _first_number(event.fact)))
    lines = [line for each in brought for line in [*each.visits, *each.activities]]
    expected = {line.partition(",")[0] for line in lines}
    found.lost += [f"requests {tenant}: {number} is not recorded" for number in sorted(expected - recorded.keys())]
    found.doubled += [f"requests {tenant}: {number} is recorded {n} times" for number, n in recorded.items() if n > 1]
    found.doubled += [f"requests {tenant}: {number} was never brought" for number in sorted(recorded.keys() - expected)]


def _first_number(fact: Any) -> str:
    if isinstance(fact, VisitConfirmed):
        return fact.visit.visit_id
    return fact.activity.activity_id if isinstance(fact, ActivityRecorded) else ""


def _count_visits(found: Count, facts: Iterable[Event], billing: Iterable[Event]) -> None:
    expected = Counter(place for event in facts for place in _places_of_visit(event))
    consumed: Counter[tuple[str, str, bool]] = Counter()
    last: dict[str, Any] = {}
    for event in billing:
        fact = event.fact
        if not isinstance(fact, SubsidyAssessed):
            continue
        visit_id = fact.withdrawn or (fact.visit.visit_id if fact.visit else "")
        consumed[event.cause, visit_id, fact.withdrawn is not None] += 1
        if last.get(visit_id) == (said := (fact.user, fact.month, fact.visit, fact.void, fact.withdrawn)):
            found.doubled.append(f"billing {event.id}: says of {visit_id} what is already there")
        last[visit_id] = said
    found.lost += [f"billing: {place} is missing" for place in expected - consumed]
    found.doubled += [f"billing: {place} is there too often" for place in consumed - expected]


def _places_of_visit(event: Event) -> list[tuple[str, str, bool]]:
    """What billing records of a fact: the visit, and, when it moves, that it has left another user-month."""
    fact: Any = event.fact
    cause = f"{event.source}/{event.id}"
    now: VisitFacts = fact.was if isinstance(fact, VisitVoided) else fact.visit
    places = [(cause, now.visit_id, False)]
    if isinstance(fact, VisitCorrected | VisitRestated) and _user_month(fact.was) != _user_month(now):
        places.append((cause, now.visit_id, True))
    return places


def _user_month(visit: VisitFacts) -> tuple[str, int, int]:
    return visit.user.person, visit.served_on.year, visit.served_on.month


Share = tuple[str, str, str]
"""person, kind, number"""


def _count_earnings(found: Count, facts: Iterable[Event], points: Iterable[Event]) -> None:
    expected: dict[Share, Any] = {}
    for event in facts:
        fact: Any = event.fact
        if isinstance(fact, MOVED):
            for share in _shares(fact.was):
                expected[share] = None
        void = isinstance(fact, VisitVoided | ActivityVoided)
        now = fact.was if void else getattr(fact, "visit", None) or fact.activity
        expected |= {share: (earning, void) for share, earning in _shares(now).items()}
    recorded: dict[Share, Any] = {}
    consumed: Counter[tuple[str, Share]] = Counter()
    for event in points:
        if isinstance(event.fact, PointsAssessed):
            share, said = _said(event.fact)
            consumed[event.cause, share] += 1
            if share in recorded and recorded[share] == said:
                found.doubled.append(f"points {event.id}: says of {share} what is already there")
            recorded[share] = said
    found.lost += [
        f"points: {share} is {recorded.get(share)}" for share, now in expected.items() if recorded.get(share) != now
    ]
    found.doubled += [f"points: {place} is there {n} times" for place, n in consumed.items() if n > 1]
    found.doubled += [f"points: {share} comes from nowhere" for share in recorded.keys() - expected.keys()]


def _shares(facts: Any) -> dict[Share, Any]:
    return {(person, earning.kind, earning.activity_id): earning for person, earning in earnings_of(facts)}


def _said(fact: PointsAssessed) -> tuple[Share, Any]:
    if fact.earning is None:
        kind, _, number = (fact.withdrawn or "").partition(":")
        return (fact.person, kind, number), None
    return (fact.person, fact.earning.kind, fact.earning.activity_id), (fact.earning, fact.void)
