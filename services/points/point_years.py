"""Point-years: twelve months from a month that the scheme names, under a label that sorts them by eye."""

from datetime import MAXYEAR, date
from functools import lru_cache
from typing import Final

FISCAL_YEAR_STARTS: Final = 4


def label_of(day: date, starts_month: int) -> str:
    """The point-year that holds the day.

    `2016` is the fiscal year (年度) from April 2016; a year that begins in another month carries it: `2016-09`. So the
    label alone says when the year begins, also when a municipality moves the start.
    """
    year = day.year - (day.month < starts_month)
    return str(year) if starts_month == FISCAL_YEAR_STARTS else f"{year}-{starts_month:02d}"


@lru_cache(maxsize=1_024)
def begins_on(label: str) -> date:
    year, _, month = label.partition("-")
    return date(int(year), int(month or FISCAL_YEAR_STARTS), 1)


def ends_before(label: str) -> date:
    """The first day after the point-year; the last day there is for one that has none after it."""
    begins = begins_on(label)
    return date.max if begins.year == MAXYEAR else begins.replace(year=begins.year + 1)
