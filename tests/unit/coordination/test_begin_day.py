from datetime import date

from services.coordination.commands import BeginDay
from services.coordination.events import DayBegan
from tests.unit.coordination.specs import JOINED, given


def days(first: int, last: int) -> tuple[DayBegan, ...]:
    return tuple(DayBegan(on=date(2016, 10, day)) for day in range(first, last + 1))


def test_the_first_day_is_the_day_of_joining() -> None:
    given(JOINED).when(BeginDay(date(2016, 10, 1))).then(*days(1, 1))


def test_every_day_since_joining_is_begun_when_it_is_first_asked_later() -> None:
    given(JOINED).when(BeginDay(date(2016, 10, 4))).then(*days(1, 4))


def test_the_next_day_begins_after_the_last_one() -> None:
    given(JOINED, *days(1, 3)).when(BeginDay(date(2016, 10, 4))).then(*days(4, 4))


def test_days_slept_through_are_begun_too_one_by_one() -> None:
    given(JOINED, *days(1, 3)).when(BeginDay(date(2016, 10, 31))).then(*days(4, 31))


def test_a_day_begins_once_only() -> None:
    given(JOINED, *days(1, 3)).when(BeginDay(date(2016, 10, 3))).unchanged()


def test_a_clock_that_was_set_back_begins_no_day() -> None:
    given(JOINED, *days(1, 3)).when(BeginDay(date(2016, 10, 1))).unchanged()


def test_no_day_begins_before_the_day_of_joining() -> None:
    given(JOINED).when(BeginDay(date(2016, 9, 30))).unchanged()


def test_no_day_begins_before_joining() -> None:
    given().when(BeginDay(date(2016, 10, 1))).refused("not_joined")
