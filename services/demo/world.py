"""Who visits whom: the organisations of a municipality, their helpers and users, and the rhythm of the visits."""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.demo.days import FIRST_DAY, LAST_DAY, any_day, seeded
from services.demo.municipalities import districts
from services.demo.people import also_helper, helper_row, user_rows
from services.demo.profiles import Profile
from services.demo.rows import OrganisationRow, PersonRow

_STARTS_AT = (8 * 60 + 30, 9 * 60 + 45, 11 * 60, 13 * 60 + 15, 14 * 60 + 30, 15 * 60 + 45)
_RHYTHMS = (((0,), 1), ((1,), 1), ((2,), 1), ((3,), 1), ((4,), 1), ((1,), 2), ((3,), 2), ((5,), 2))
_TWICE_A_WEEK = ((0, 3), (1, 4))
_MISTAKE_NOTICED = date(2016, 11, 30)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPlan:
    """What was agreed for one user with one organisation.

    `starts_at` is a minute from midnight; `helper_ids` stand in the order in which they are asked; `habits` are places
    from 0 to 1 on the scale of the chores' weights.
    """

    user_id: str
    organisation_id: str
    weekdays: tuple[int, ...]
    every_weeks: int
    since: date
    until: date
    starts_at: int
    helper_ids: tuple[str, ...]
    habits: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    """A monthly meeting of a 通所型 organisation with its users and its two helpers."""

    organisation_id: str
    weekday: int
    starts_at: int
    user_ids: tuple[str, ...]
    helper_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Team:
    """An organisation with the people who belong to it; `users` holds every row of their history."""

    organisation: OrganisationRow
    helpers: tuple[PersonRow, ...]
    users: tuple[PersonRow, ...]
    visit_plans: tuple[VisitPlan, ...] = ()
    day_plan: DayPlan | None = None


def teams_of(profile: Profile, seed: int) -> tuple[Team, ...]:
    """The teams of a municipality, first those that visit, then those where people come during the day."""
    rng = seeded(seed, profile.code, "teams")
    organisations = _organisations(profile, rng)
    visiting = organisations[: profile.visit_organisations]
    teams = [_visiting_team(rng, profile, index, organisation) for index, organisation in enumerate(visiting)]
    teams = [_with_guests(rng, index, teams) for index in range(len(teams))]
    for index, organisation in enumerate(organisations[profile.visit_organisations :]):
        teams.append(_day_team(rng, profile, index, organisation))
    return tuple(teams)


def _organisations(profile: Profile, rng: random.Random) -> list[OrganisationRow]:
    total = profile.visit_organisations + profile.day_organisations
    known = districts(profile.code)
    numbers = sorted(rng.sample(range(1, max(total, len(known)) + 1), total))
    rng.shuffle(numbers)
    rows = []
    for index, number in enumerate(numbers):
        visiting = index < profile.visit_organisations
        last_one = index == profile.visit_organisations - 1
        active_from = profile.last_one_from if last_one and profile.last_one_from else FIRST_DAY
        active_until = profile.last_one_until if last_one else None
        rows.append(
            OrganisationRow(
                organisation_id=f"o{index + 1:02d}",
                name=(profile.visit_organisation if visiting else profile.day_organisation).format(n=number),
                services="visit" if visiting else "day",
                district_id=known[number - 1].district_id if known else "",
                active_from=active_from.isoformat(),
                active_until=active_until.isoformat() if active_until else "",
            )
        )
    return rows


def _visiting_team(rng: random.Random, profile: Profile, index: int, organisation: OrganisationRow) -> Team:
    first_user, first_helper = index * profile.users_each + 1, index * profile.helpers_each + 1
    helpers = [
        _helper(rng, organisation, first_helper + rank, lateness=_lateness(profile, index, rank))
        for rank in range(profile.helpers_each)
    ]
    users: list[PersonRow] = []
    plans: list[VisitPlan] = []
    helping_user = ""
    for rank in range(profile.users_each):
        number = first_user + rank
        person_id = f"u{number:04d}"
        related = rank == 1 and index % 4 == 0
        relative = helpers[rank].person_id if related else ""
        rows = user_rows(rng, person_id, organisation.district_id, number=number, relatives=relative)
        if related:
            helpers[rank] = helpers[rank]._replace(relatives=person_id)
        if rank == 2 and index % 4 == 2:
            rows, helping_user = also_helper(rows), person_id
        users.extend(rows)
        plans.extend(_plans(rng, organisation, rank, person_id, [helper.person_id for helper in helpers], relative))
    if helping_user:
        plans = [_with_another_helper(plan, helping_user) for plan in plans]
    return Team(organisation, tuple(helpers), tuple(users), tuple(plans))


def _lateness(profile: Profile, index: int, rank: int) -> int:
    """The last helper of some organisations serves before the training or without it; see `helper_row`."""
    return index % 4 if rank == profile.helpers_each - 1 else 0


def _helper(rng: random.Random, organisation: OrganisationRow, number: int, *, lateness: int = 0) -> PersonRow:
    return helper_row(rng, f"h{number:04d}", organisation.district_id, number=1000 + number, lateness=lateness)


def _plans(
    rng: random.Random, organisation: OrganisationRow, rank: int, user_id: str, helper_ids: list[str], relative: str
) -> list[VisitPlan]:
    first = rank % len(helper_ids)
    opened = max(FIRST_DAY, date.fromisoformat(organisation.active_from))
    closed = min(LAST_DAY, date.fromisoformat(organisation.active_until or LAST_DAY.isoformat()))
    weekdays, every_weeks = rng.choice(_RHYTHMS) if rank else (rng.choice(_TWICE_A_WEEK), 1)
    plan = VisitPlan(
        user_id=user_id,
        organisation_id=organisation.organisation_id,
        weekdays=weekdays,
        every_weeks=every_weeks,
        since=opened if rank < 3 else any_day(rng, opened, opened + timedelta(days=28)),
        until=closed if rank != 8 else any_day(rng, closed - timedelta(days=60), closed),
        starts_at=rng.choice(_STARTS_AT),
        helper_ids=tuple(helper_ids[first:] + helper_ids[:first]),
        habits=(rng.random(), rng.random()),
    )
    if not relative:
        return [plan]
    others = tuple(helper_id for helper_id in plan.helper_ids if helper_id != relative)
    return [
        replace(plan, until=_MISTAKE_NOTICED, helper_ids=(relative,)),
        replace(plan, since=_MISTAKE_NOTICED + timedelta(days=1), helper_ids=others),
    ]


def _with_another_helper(plan: VisitPlan, helper_id: str) -> VisitPlan:
    if plan.user_id == helper_id:
        return plan
    return replace(plan, helper_ids=(*plan.helper_ids[:1], helper_id, *plan.helper_ids[1:]))


def _with_guests(rng: random.Random, index: int, teams: list[Team]) -> Team:
    """Every third team also visits a user of its neighbour once a week: caps count over all organisations."""
    team = teams[index]
    if index % 3 != 1:
        return team
    helper_ids = [helper.person_id for helper in team.helpers]
    guest_id = teams[index - 1].visit_plans[0].user_id
    guest = _plans(rng, team.organisation, 3, guest_id, helper_ids, relative="")
    return replace(team, visit_plans=(*team.visit_plans, *guest))


def _day_team(rng: random.Random, profile: Profile, index: int, organisation: OrganisationRow) -> Team:
    first_user = profile.visit_organisations * profile.users_each + index * profile.day_users_each + 1
    first_helper = profile.visit_organisations * profile.helpers_each + index * 2 + 1
    helpers = tuple(_helper(rng, organisation, first_helper + rank) for rank in range(2))
    numbers = range(first_user, first_user + profile.day_users_each)
    rows = [user_rows(rng, f"u{number:04d}", organisation.district_id, number=number) for number in numbers]
    plan = DayPlan(
        organisation_id=organisation.organisation_id,
        weekday=rng.randrange(5),
        starts_at=rng.choice((10 * 60, 13 * 60 + 30)),
        user_ids=tuple(f"u{number:04d}" for number in numbers),
        helper_ids=tuple(helper.person_id for helper in helpers),
    )
    return Team(organisation, helpers, tuple(row for history in rows for row in history), day_plan=plan)
