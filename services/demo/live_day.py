"""31 March 2017, played in about ten minutes: slips come in one by one and in small bunches, and one is corrected."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from services.demo.activities import activities_of_day, community_of
from services.demo.days import LAST_DAY, LIVE_DAY, seeded
from services.demo.profiles import profile_of
from services.demo.rows import ActivityRow, VisitRow, csv_text
from services.demo.visits import visits_of_day
from services.demo.world import teams_of

LIVE_SECONDS = 600
MOST_VISITS = 48
CORRECTION_REASON = "見本：確認書の分数を写し間違えたため訂正"

_BUNCH_SIZES = (1, 1, 1, 1, 2, 2, 3, 4)
_FEW_VISITS = 30
_FEW_AT_ONCE = (1, 1, 1, 2)
_FIRST_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class LiveStep:
    """One file that arrives `after_seconds` after the step before it.

    A step with a `correction_reason` sends a known id with other content: it is to be imported as a correction.
    """

    after_seconds: float
    kind: Literal["visits", "activities"]
    csv: str
    correction_reason: str | None = None


def live_day(code: str, seed: int) -> Iterator[LiveStep]:
    """The steps of the live day of one demo municipality, on the people and organisations of `half_year(code, seed)`.

    Ids are live-v… and live-a…, so they meet none of the half-year. The pauses add up to about ten minutes. Raises
    ValueError for a municipality without a demo.
    """
    rng = seeded(seed, code, "live day")
    visits = _visits(code, seed, rng)
    steps = [LiveStep(0, "visits", csv_text(VisitRow._fields, bunch)) for bunch in _bunches(visits, rng)]
    for meeting in _meetings(code, seed, rng):
        steps.insert(rng.randrange(1, len(steps)), LiveStep(0, "activities", csv_text(ActivityRow._fields, meeting)))
    steps.append(_correction(visits))
    pauses = [_FIRST_PAUSE, *(rng.uniform(0.5, 1.5) for _ in steps[1:])]
    scale = LIVE_SECONDS / sum(pauses)
    for step, pause in zip(steps, pauses, strict=True):
        yield replace(step, after_seconds=round(pause * scale, 1))


def _visits(code: str, seed: int, rng: random.Random) -> list[VisitRow]:
    plans = [plan for team in teams_of(profile_of(code), seed) for plan in team.visit_plans if plan.until >= LAST_DAY]
    due = rng.sample(plans, min(MOST_VISITS, len(plans)))
    rows = sorted(visits_of_day(due, LIVE_DAY, rng), key=lambda row: (row.started_at, row.user_id))
    return [row._replace(visit_id=f"live-v{number:03d}") for number, row in enumerate(rows, start=1)]


def _bunches(visits: list[VisitRow], rng: random.Random) -> Iterator[list[VisitRow]]:
    sizes = _BUNCH_SIZES if len(visits) > _FEW_VISITS else _FEW_AT_ONCE
    start = 0
    while start < len(visits):
        size = rng.choice(sizes)
        yield visits[start : start + size]
        start += size


def _meetings(code: str, seed: int, rng: random.Random) -> Iterator[list[ActivityRow]]:
    """A club's list as one bunch, each volunteer of a facility alone."""
    rows = activities_of_day(community_of(profile_of(code), seed), LIVE_DAY, rng)
    numbered = [row._replace(activity_id=f"live-a{number:03d}") for number, row in enumerate(rows, start=1)]
    for _, bunch in groupby(numbered, key=lambda row: row.group_id or row.activity_id):
        yield list(bunch)


def _correction(visits: list[VisitRow]) -> LiveStep:
    wrong = next(row for row in visits if row.outcome == "done")
    right = wrong._replace(minutes=wrong.minutes - 5 if wrong.minutes > 15 else wrong.minutes + 5)
    return LiveStep(0, "visits", csv_text(VisitRow._fields, [right]), CORRECTION_REASON)
