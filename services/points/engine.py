"""The arithmetic of points: what one claim earns, given what was posted before it in the windows of its caps.

When the arithmetic changes, a new version is added beside the old one, so that an old result replays to itself.
"""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple, assert_never

import msgspec

from services.points.point_years import FISCAL_YEAR_STARTS, begins_on, label_of
from services.points.schemes import AgeReference, Clause, Rate, Scheme
from shared.kernel.ages import Ages
from shared.kernel.contracts.points import Earning, PointReason
from shared.kernel.contracts.requests import Outcome
from shared.kernel.sharing import shared


class Circumstances(msgspec.Struct, frozen=True, gc=False):
    """What many claims have in common: how long, how it ended, with whom, at what age, and whether it is void."""

    minutes: int
    outcome: Outcome
    group_id: str | None
    ages: Ages | None
    void: bool


class Claim(msgspec.Struct, frozen=True, order=True, gc=False):
    """An earning and whether it is void. Claims sort by day, start (unknown first), the office's id, kind."""

    done_on: date
    started_at: str
    activity_id: str
    kind: str
    under: Circumstances


class Result(NamedTuple):
    """What a claim is worth; see PointEntry."""

    point_year: str
    earned: int
    unearned: int
    reason: PointReason
    rule: str | None
    engine: int


Posted = Callable[[date], int]
"""The points posted to the person for claims before this one, from that day on."""
Arithmetic = Callable[[Claim, Scheme | None, Posted], Result]

_STARTS: Final[Mapping[int, Callable[[Ages], int]]] = {
    1: lambda ages: ages.on_january_first,
    2: lambda ages: ages.on_february_first,
    4: lambda ages: ages.on_april_first,
    9: lambda ages: ages.on_september_first,
}
STARTS_MONTHS: Final = tuple(_STARTS)
"""The months in which a point-year can begin: for these the facts of a day carry the age."""


def claim_of(earning: Earning, void: bool) -> Claim:
    """The claim, its parts shared with other claims: accounts kept in memory need half as much for it."""
    return Claim(
        shared(earning.done_on),
        shared(earning.started_at or ""),
        earning.activity_id,
        shared(earning.kind),
        _circumstances(earning.minutes, earning.outcome, earning.group_id, earning.ages, void),
    )


@lru_cache(maxsize=16_384)
def _circumstances(
    minutes: int, outcome: Outcome, group_id: str | None, ages: Ages | None, void: bool
) -> Circumstances:
    return Circumstances(minutes, outcome, group_id, ages, void)


@lru_cache(maxsize=4_096)
def result(point_year: str, earned: int, unearned: int, reason: PointReason, rule: str | None, engine: int) -> Result:
    """The one object for equal results: thousands of claims share a few dozen of them."""
    return Result(point_year, earned, unearned, reason, rule, engine)


def settle_1(claim: Claim, scheme: Scheme | None, posted: Posted) -> Result:
    """Engine 1. The first reason that holds, in the order of PointReason; points above a cap stay unearned."""
    year = label_of(claim.done_on, FISCAL_YEAR_STARTS if scheme is None else scheme.starts_month)
    label = None if scheme is None else scheme.label
    if claim.under.void:
        return result(year, 0, 0, "void", label, 1)
    if claim.under.outcome != "done":
        return result(year, 0, 0, "not_done", label, 1)
    if scheme is None:
        return result(year, 0, 0, "no_rule", None, 1)
    rate = scheme.rates.get(claim.kind)
    if rate is None:
        return result(year, 0, 0, "no_rate", label, 1)
    worth = rate.worth(claim.under.minutes)
    hindrance = _hindrance(claim, scheme, rate, worth)
    if hindrance is not None:
        reason, rule = hindrance
        return result(year, 0, worth, reason, rule, 1)
    room, cap = _room(claim.done_on, scheme, year, posted)
    if room is not None and room < worth:
        return result(year, room, worth - room, "over_cap", scheme.clause(cap), 1)
    return result(year, worth, 0, "earned", rate.rule, 1)


def _hindrance(claim: Claim, scheme: Scheme, rate: Rate, worth: int) -> tuple[PointReason, str] | None:
    """The first reason why nothing at all is earned, with the label of its clause."""
    if scheme.min_age is not None:
        if claim.under.ages is None:
            return "age_unknown", scheme.clause("eligibility.min_age")
        if _age(claim.under.ages, scheme.age_reference, scheme.starts_month) < scheme.min_age:
            return "under_age", scheme.clause("eligibility.min_age")
    if claim.under.minutes < rate.min_minutes or worth == 0:
        return "too_short", rate.rule
    return None


def _age(ages: Ages, reference: AgeReference, starts_month: int) -> int:
    match reference:
        case "on_day":
            return ages.on_day
        case "on_april_first":
            return ages.on_april_first
        case "on_march_last":
            return ages.on_march_last
        case "on_point_year_start":
            return _STARTS[starts_month](ages)
        case _:
            assert_never(reference)


def _room(day: date, scheme: Scheme, year: str, posted: Posted) -> tuple[int | None, Clause]:
    """How many points may still be posted on that day (None: any number), and the cap that leaves the least."""
    caps = scheme.caps
    room: int | None = None
    narrowest: Clause = "caps.point_year"
    if caps.point_year is not None:
        room = max(0, caps.point_year - posted(begins_on(year)))
    if caps.month is not None:
        left = max(0, caps.month - posted(day.replace(day=1)))
        if room is None or left < room:
            room, narrowest = left, "caps.month"
    if caps.day is not None:
        left = max(0, caps.day - posted(day))
        if room is None or left < room:
            room, narrowest = left, "caps.day"
    return room, narrowest


ENGINES: Final[Mapping[int, Arithmetic]] = {1: settle_1}
CURRENT_ENGINE: Final = 1
