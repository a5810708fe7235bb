"""The visits that come of the agreed plans: done, cancelled, missed, with two helpers, over the hour."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.demo.days import FIRST_DAY, LAST_DAY, days_between, falls_on, seeded, share_of_visits
from services.demo.rows import VisitRow, clock
from services.demo.world import DayPlan, Team, VisitPlan

DAY_MENUS = ("cooking;serving;washing_up", "serving;washing_up", "letter_writing;safety_check")
LONGEST_VISIT = 75

_OUTCOMES = ("done", "cancelled_before", "cancelled_same_day", "no_show", "not_needed", "stopped")
_OUTCOME_WEIGHTS = (93, 2.2, 1.6, 1.0, 1.2, 1.0)
_NEVER_CAME = frozenset({"cancelled_before", "cancelled_same_day", "no_show"})
_EVERY_MONTH = frozenset(range(1, 13))
_WEEDS_GROW = frozenset({3, 10, 11})
_SINGLE_SLIP_EVERY = 12
_DAY_MEETING_EVERY_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Chore:
    """One or more menu items done in one visit, how long they take in minutes, and how often people ask for them."""

    menu: str
    shortest: int
    longest: int
    weight: int
    months: frozenset[int] = _EVERY_MONTH


# サービス内容（例）: seed 000. ゴミ出し goes with 安否確認; alone it is a slip of the office and gets flagged.
CHORES = (
    Chore("rubbish;safety_check", 15, 20, 18),
    Chore("rubbish", 15, 15, 1),
    Chore("light_bulb;safety_check", 15, 20, 3),
    Chore("light_cleaning", 30, 60, 14),
    Chore("light_cleaning;tidying", 45, 60, 8),
    Chore("tidying", 30, 45, 3),
    Chore("dog_walk;safety_check", 30, 30, 3),
    Chore("medicine_pickup", 30, 45, 6),
    Chore("shopping;medicine_pickup", 45, 60, 5),
    Chore("shopping", 30, 60, 16),
    Chore("letter_writing;safety_check", 20, 40, 3),
    Chore("weeding", 45, 60, 8, _WEEDS_GROW),
    Chore("cooking;serving;washing_up", 60, 60, 6),
    Chore("cooking;washing_up", 45, 60, 4),
    Chore("laundry", 30, 45, 5),
    Chore("laundry;ironing", 50, 60, 4),
)


@dataclass(slots=True)
class _Diary:
    """Who is where on one day, so that nobody is in two places at once."""

    taken: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def is_free(self, person_id: str, start: int) -> bool:
        end = start + LONGEST_VISIT
        return all(end <= begun or ended <= start for begun, ended in self.taken.get(person_id, ()))

    def take(self, person_id: str, start: int) -> None:
        self.taken.setdefault(person_id, []).append((start, start + LONGEST_VISIT))


def half_year_visits(teams: Sequence[Team], code: str, seed: int) -> Iterator[VisitRow]:
    """Every visit from October 2016 to the last day of the half-year, by day, numbered v00001 …"""
    rng = seeded(seed, code, "visits")
    plans = [plan for team in teams for plan in team.visit_plans]
    day_plans = [team.day_plan for team in teams if team.day_plan]
    number = 0
    for day in days_between(FIRST_DAY, LAST_DAY):
        due = [plan for plan in plans if _is_due(plan, day) and rng.random() < share_of_visits(day)]
        rows = visits_of_day(due, day, rng)
        for day_plan in day_plans:
            rows.extend(_meeting(day_plan, day, rng))
        for row in sorted(rows, key=lambda row: (row.started_at, row.organisation_id, row.user_id)):
            number += 1
            yield row._replace(visit_id=f"v{number:05d}")


def visits_of_day(due: Iterable[VisitPlan], day: date, rng: random.Random) -> list[VisitRow]:
    """One visit for each plan for which a helper is free that day, without ids yet."""
    diary = _Diary()
    rows = []
    for plan in due:
        free = [helper_id for helper_id in plan.helper_ids if diary.is_free(helper_id, plan.starts_at)]
        if not free or not diary.is_free(plan.user_id, plan.starts_at):
            continue
        chore = _chore(plan, day, rng)
        pair = chore.longest == 60 and len(free) > 1 and rng.random() < 0.08
        helper_ids = free[: 2 if pair else 1]
        for person_id in (plan.user_id, *helper_ids):
            diary.take(person_id, plan.starts_at)
        rows.append(_visit(plan, day, chore, helper_ids, rng))
    return rows


def _is_due(plan: VisitPlan, day: date) -> bool:
    return plan.since <= day <= plan.until and falls_on(day, plan.weekdays, plan.every_weeks)


def _chore(plan: VisitPlan, day: date, rng: random.Random) -> Chore:
    in_season = [chore for chore in CHORES if day.month in chore.months]
    if rng.random() < 0.15:
        return rng.choices(in_season, [chore.weight for chore in in_season])[0]
    habit = rng.choice(plan.habits) * sum(chore.weight for chore in in_season)
    for chore in in_season:
        habit -= chore.weight
        if habit < 0:
            return chore
    return in_season[-1]


def _visit(plan: VisitPlan, day: date, chore: Chore, helper_ids: list[str], rng: random.Random) -> VisitRow:
    outcome = rng.choices(_OUTCOMES, _OUTCOME_WEIGHTS)[0]
    minutes = rng.randrange(chore.shortest, chore.longest + 1, 5)
    if chore.longest == 60 and rng.random() < 0.03:
        minutes = LONGEST_VISIT
    return VisitRow(
        visit_id="",
        organisation_id=plan.organisation_id,
        user_id=plan.user_id,
        helper_ids=";".join(helper_ids),
        service="visit",
        menu=chore.menu,
        served_on=day.isoformat(),
        started_at=clock(plan.starts_at),
        minutes=_minutes_spent(outcome, minutes),
        outcome=outcome,
        slip_no="" if outcome in _NEVER_CAME else _slip_no(plan.organisation_id, plan.user_id, day),
    )


def _minutes_spent(outcome: str, minutes: int) -> int:
    if outcome in _NEVER_CAME:
        return 0
    return {"not_needed": 5, "stopped": 10}.get(outcome, minutes)


def _slip_no(organisation_id: str, user_id: str, day: date) -> str:
    """One サービス確認書 for a user and a month; some users sign a single slip for each visit."""
    monthly = f"s{day:%Y%m}-{organisation_id}-{user_id}"
    return f"{monthly}-{day:%d}" if int(user_id[1:]) % _SINGLE_SLIP_EVERY == 5 else monthly


def _meeting(plan: DayPlan, day: date, rng: random.Random) -> Iterator[VisitRow]:
    if not falls_on(day, (plan.weekday,), _DAY_MEETING_EVERY_WEEKS) or share_of_visits(day) < 0.5:
        return
    menu = rng.choice(DAY_MENUS)
    for user_id in plan.user_ids:
        outcome = rng.choices(("done", "cancelled_before", "cancelled_same_day", "no_show"), (88, 7, 3, 2))[0]
        yield VisitRow(
            visit_id="",
            organisation_id=plan.organisation_id,
            user_id=user_id,
            helper_ids=";".join(plan.helper_ids),
            service="day",
            menu=menu,
            served_on=day.isoformat(),
            started_at=clock(plan.starts_at),
            minutes=60 if outcome == "done" else 0,
            outcome=outcome,
            slip_no=_slip_no(plan.organisation_id, user_id, day) if outcome == "done" else "",
        )
