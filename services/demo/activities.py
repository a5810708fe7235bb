"""What earns points beside visits: weekly clubs with participants and volunteers, and volunteering at facilities."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.demo.days import FIRST_DAY, LAST_DAY, days_between, falls_on, seeded, share_of_visits
from services.demo.municipalities import districts
from services.demo.people import helper_row, member_row, member_who_helps
from services.demo.profiles import Profile
from services.demo.rows import ActivityRow, PersonRow, clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Club:
    """A weekly meeting such as お元気くらぶ (seed 003); the last volunteer is a member, who helps every other week."""

    group_id: str
    venue_id: str
    weekday: int
    starts_at: int
    minutes: int
    member_ids: tuple[str, ...]
    volunteer_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Volunteering:
    """One person at one facility on a weekday, every so many weeks."""

    person_id: str
    venue_id: str
    weekday: int
    every_weeks: int


@dataclass(frozen=True, slots=True)
class Community:
    """Clubs and facilities with the people who belong to no organisation of service B."""

    people: tuple[PersonRow, ...]
    clubs: tuple[Club, ...]
    volunteering: tuple[Volunteering, ...]


def community_of(profile: Profile, seed: int) -> Community:
    """The clubs and volunteers of a municipality; both may be empty."""
    rng = seeded(seed, profile.code, "community")
    people: list[PersonRow] = []
    clubs = []
    for index in range(profile.clubs):
        members, volunteers = _club_people(rng, profile, index)
        people.extend(members + volunteers)
        clubs.append(_club(rng, index, members, volunteers))
    volunteering = []
    for index in range(profile.facility_volunteers):
        row = _resident(rng, profile, f"w{index + 1:04d}", 4001 + index)
        people.append(row)
        venue_id = f"f{rng.randrange(1, profile.facilities + 1):03d}"
        volunteering.append(Volunteering(row.person_id, venue_id, rng.randrange(6), rng.choice((1, 2, 2, 4))))
    return Community(tuple(people), tuple(clubs), tuple(volunteering))


def half_year_activities(community: Community, code: str, seed: int) -> Iterator[ActivityRow]:
    """Every activity of the half-year, by day, numbered a00001 …"""
    rng = seeded(seed, code, "activities")
    number = 0
    for day in days_between(FIRST_DAY, LAST_DAY):
        if rng.random() >= share_of_visits(day):
            continue
        for row in activities_of_day(community, day, rng):
            number += 1
            yield row._replace(activity_id=f"a{number:05d}")


def activities_of_day(community: Community, day: date, rng: random.Random) -> list[ActivityRow]:
    """The clubs that meet and the volunteers who help on that day of the week, without ids yet, club by club."""
    rows = [row for club in community.clubs for row in _met(club, day, rng)]
    return rows + [row for plan in community.volunteering for row in _volunteered(plan, day, rng)]


def _met(club: Club, day: date, rng: random.Random) -> list[ActivityRow]:
    """Who came to the club that day and who helped; nobody is there in both parts."""
    if not falls_on(day, (club.weekday,), 1):
        return []
    *helping, alternating = club.volunteer_ids
    helps_today = day.isocalendar().week % 2 == 0
    present = [member_id for member_id in club.member_ids if member_id != alternating and rng.random() < 0.78]
    rows = [_row(club, day, person_id, "participation") for person_id in present]
    rows.append(_row(club, day, alternating, "volunteering" if helps_today else "participation"))
    return rows + [_row(club, day, person_id, "volunteering") for person_id in helping if rng.random() < 0.9]


def _club_people(rng: random.Random, profile: Profile, index: int) -> tuple[list[PersonRow], list[PersonRow]]:
    first = index * profile.members_each + 1
    members = [
        member_row(rng, f"m{first + rank:04d}", _district(rng, profile), number=2000 + first + rank)
        for rank in range(profile.members_each)
    ]
    members[-1] = member_who_helps(members[-1], rng)
    volunteers = [_resident(rng, profile, f"k{index * 2 + rank + 1:04d}", 3001 + index * 2 + rank) for rank in range(2)]
    return members, volunteers


def _club(rng: random.Random, index: int, members: list[PersonRow], volunteers: list[PersonRow]) -> Club:
    return Club(
        group_id=f"g{index + 1:02d}",
        venue_id=f"k{index + 1:02d}",
        weekday=index * 2 % 5,
        starts_at=rng.choice((9 * 60 + 30, 10 * 60, 13 * 60 + 30)),
        minutes=rng.choice((60, 90, 120)),
        member_ids=tuple(row.person_id for row in members),
        volunteer_ids=(*(row.person_id for row in volunteers), members[-1].person_id),
    )


def _resident(rng: random.Random, profile: Profile, person_id: str, number: int) -> PersonRow:
    return helper_row(rng, person_id, _district(rng, profile), number=number)


def _district(rng: random.Random, profile: Profile) -> str:
    known = districts(profile.code)
    return rng.choice(known).district_id if known else ""


def _row(club: Club, day: date, person_id: str, kind: str) -> ActivityRow:
    return ActivityRow(
        activity_id="",
        person_id=person_id,
        kind=kind,
        done_on=day.isoformat(),
        started_at=clock(club.starts_at),
        minutes=club.minutes,
        group_id=club.group_id,
        venue_id=club.venue_id,
    )


def _volunteered(plan: Volunteering, day: date, rng: random.Random) -> list[ActivityRow]:
    if not falls_on(day, (plan.weekday,), plan.every_weeks) or rng.random() < 0.12:
        return []
    return [
        ActivityRow(
            activity_id="",
            person_id=plan.person_id,
            kind="volunteering",
            done_on=day.isoformat(),
            started_at=rng.choice(("09:00", "10:00", "13:00", "14:00")),
            minutes=rng.choice((30, 45, 60, 60, 90, 120, 150)),
            group_id="",
            venue_id=plan.venue_id,
        )
    ]
