"""The demo's half-year (October 2016 to March 2017) and how busy its days are."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

FIRST_DAY = date(2016, 10, 1)
LAST_DAY = date(2017, 3, 30)
LIVE_DAY = date(2017, 3, 31)

SUNDAY = 6

_PUBLIC_HOLIDAYS = frozenset(
    {
        date(2016, 10, 10),
        date(2016, 11, 3),
        date(2016, 11, 23),
        date(2016, 12, 23),
        date(2017, 1, 9),
        date(2017, 2, 11),
        date(2017, 3, 20),
    }
)
_NEW_YEAR_REST = (date(2016, 12, 29), date(2017, 1, 3))
_NEW_YEAR_QUIET = (date(2016, 12, 26), date(2017, 1, 8))
_COLD_MONTHS = frozenset({1, 2})


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from `first` to `last`, both included."""
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def share_of_visits(day: date) -> float:
    """Which share of the agreed visits takes place on that day: none over New Year, fewer around it and in the cold."""
    if _NEW_YEAR_REST[0] <= day <= _NEW_YEAR_REST[1] or day.weekday() == SUNDAY:
        return 0.0
    if day in _PUBLIC_HOLIDAYS:
        return 0.2
    if _NEW_YEAR_QUIET[0] <= day <= _NEW_YEAR_QUIET[1]:
        return 0.6
    return 0.9 if day.month in _COLD_MONTHS else 1.0


def falls_on(day: date, weekdays: tuple[int, ...], every_weeks: int) -> bool:
    """Whether a rhythm of weekdays (Monday is 0), every so many weeks from the first week on, meets that day."""
    week = (day - FIRST_DAY + timedelta(days=FIRST_DAY.weekday())).days // 7
    return day.weekday() in weekdays and week % every_weeks == 0


def any_day(rng: random.Random, first: date, last: date) -> date:
    """A day drawn evenly from `first` to `last`, both included."""
    return first + timedelta(days=rng.randrange((last - first).days + 1))


def seeded(seed: int, *parts: str) -> random.Random:
    """A generator of its own for one part of the demo, so that a change in one part leaves the others as they were."""
    return random.Random("/".join((str(seed), *parts)))
