"""Files of any size for benchmarks, made line by line in flat memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from services.demo.days import FIRST_DAY, SUNDAY, days_between, seeded
from services.demo.people import helper_row, user_rows
from services.demo.rows import OrganisationRow, PersonRow, VisitRow, clock, csv_lines
from services.demo.visits import CHORES

_USERS_PER_HELPER = 4
_DISTRICTS = 44
_LATE_HELPER_EVERY = 50


@dataclass(frozen=True, slots=True)
class LargeFiles:
    """Three CSV files as lines that end in LF, header first; each can be read once."""

    organisations: Iterator[str]
    people: Iterator[str]
    visits: Iterator[str]


def large_visits(*, users: int, visits: int, organisations: int, seed: int, months: int) -> LargeFiles:
    """Synthetic organisations, people and visits of the months from October 2016 on, the visits by day of service.

    Every size is at least 1; ValueError otherwise. User and helper i belong to organisation i modulo their number.
    """
    if min(users, visits, organisations, months) < 1:
        raise ValueError("users、visits、organisations、months には 1 以上の整数を指定してください。")
    return LargeFiles(
        organisations=csv_lines(OrganisationRow._fields, _organisations(organisations)),
        people=csv_lines(PersonRow._fields, _people(users, organisations, seed)),
        visits=csv_lines(VisitRow._fields, _visits(users, visits, organisations, seed, months)),
    )


def _organisation_id(index: int) -> str:
    return f"bo{index + 1:05d}"


def _user_id(index: int) -> str:
    return f"bu{index + 1:06d}"


def _helper_id(index: int) -> str:
    return f"bh{index + 1:06d}"


def _helpers_each(users: int, organisations: int) -> int:
    return max(2, users // (organisations * _USERS_PER_HELPER))


def _district_id(index: int) -> str:
    return f"d{index % _DISTRICTS + 1:02d}"


def _organisations(organisations: int) -> Iterator[OrganisationRow]:
    for index in range(organisations):
        yield OrganisationRow(
            organisation_id=_organisation_id(index),
            name=f"第{index + 1}支え合いの会（合成）",
            services="visit",
            district_id=_district_id(index),
            active_from=FIRST_DAY.isoformat(),
            active_until="",
        )


def _people(users: int, organisations: int, seed: int) -> Iterator[PersonRow]:
    rng = seeded(seed, "large people")
    for index in range(users):
        yield from user_rows(rng, _user_id(index), _district_id(index % organisations), number=index % 10_000)
    for index in range(_helpers_each(users, organisations) * organisations):
        lateness = 1 if index % _LATE_HELPER_EVERY == _LATE_HELPER_EVERY - 1 else 0
        district_id = _district_id(index % organisations)
        yield helper_row(rng, _helper_id(index), district_id, number=index % 10_000, lateness=lateness)


def _visits(users: int, visits: int, organisations: int, seed: int, months: int) -> Iterator[VisitRow]:
    rng = seeded(seed, "large visits")
    days = _working_days(months)
    helpers_each = _helpers_each(users, organisations)
    for index in range(visits):
        user = rng.randrange(users)
        organisation = user % organisations
        day = days[index * len(days) // visits]
        chore = rng.choice(CHORES)
        done = rng.random() < 0.95
        yield VisitRow(
            visit_id=f"bv{index + 1:08d}",
            organisation_id=_organisation_id(organisation),
            user_id=_user_id(user),
            helper_ids=_helper_id(rng.randrange(helpers_each) * organisations + organisation),
            service="visit",
            menu=chore.menu,
            served_on=day.isoformat(),
            started_at=clock(rng.randrange(8 * 60, 17 * 60, 5)),
            minutes=rng.randrange(chore.shortest, chore.longest + 1, 5) if done else 0,
            outcome="done" if done else "cancelled_before",
            slip_no=f"bs{day:%Y%m}-{user + 1:06d}" if done else "",
        )


def _working_days(months: int) -> list[date]:
    months_on = FIRST_DAY.month - 1 + months
    end = date(FIRST_DAY.year + months_on // 12, months_on % 12 + 1, 1)
    return [day for day in days_between(FIRST_DAY, end - timedelta(days=1)) if day.weekday() != SUNDAY]
