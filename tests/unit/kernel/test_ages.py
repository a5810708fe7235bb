from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.ages import Ages, age_on, ages_on

BIRTH_DATES = st.dates(date(1900, 1, 1), date(2016, 12, 31))
DAYS = st.dates(date(2016, 12, 31), date(2040, 12, 31))


def last_first_of(month: int, day: date) -> date:
    this_year = date(day.year, month, 1)
    return this_year if this_year <= day else date(day.year - 1, month, 1)


def age_or_zero(birth_date: date, day: date) -> int:
    return age_on(birth_date, day) if day >= birth_date else 0


@pytest.mark.parametrize(
    ("birth_date", "day", "age"),
    [
        (date(1950, 10, 3), date(2016, 10, 2), 65),
        (date(1950, 10, 3), date(2016, 10, 3), 66),
        (date(1950, 10, 3), date(2016, 10, 4), 66),
        (date(2016, 10, 3), date(2016, 10, 3), 0),
    ],
)
def test_one_is_a_year_older_from_the_birthday_on(birth_date: date, day: date, age: int) -> None:
    assert age_on(birth_date, day) == age


@pytest.mark.parametrize(
    ("day", "age"),
    [
        (date(2017, 2, 28), 64),
        (date(2017, 3, 1), 65),
        (date(2020, 2, 28), 67),
        (date(2020, 2, 29), 68),
    ],
)
def test_who_was_born_on_29_february_is_older_on_1_march_of_a_common_year(day: date, age: int) -> None:
    assert age_on(date(1952, 2, 29), day) == age


def test_there_is_no_age_before_birth() -> None:
    with pytest.raises(ValueError, match="生年月日より前"):
        age_on(date(2016, 10, 3), date(2016, 10, 2))
    with pytest.raises(ValueError, match="生年月日より前"):
        ages_on(date(2016, 10, 3), date(2016, 10, 2))


@given(BIRTH_DATES, DAYS)
def test_an_age_grows_by_at_most_one_from_day_to_day(birth_date: date, day: date) -> None:
    assert age_on(birth_date, day + timedelta(days=1)) - age_on(birth_date, day) in {0, 1}


@given(BIRTH_DATES, DAYS)
def test_the_ages_of_a_fact_are_the_ages_on_its_days_of_reference(birth_date: date, day: date) -> None:
    april = last_first_of(4, day)
    assert ages_on(birth_date, day) == Ages(
        on_day=age_on(birth_date, day),
        on_april_first=age_or_zero(birth_date, april),
        on_march_last=age_on(birth_date, date(april.year + 1, 3, 31)),
        on_january_first=age_or_zero(birth_date, last_first_of(1, day)),
        on_february_first=age_or_zero(birth_date, last_first_of(2, day)),
        on_september_first=age_or_zero(birth_date, last_first_of(9, day)),
    )


def test_a_child_born_this_month_is_zero_on_the_days_before() -> None:
    ages = ages_on(date(2016, 10, 3), date(2016, 10, 4))
    assert ages == Ages(
        on_day=0,
        on_april_first=0,
        on_march_last=0,
        on_january_first=0,
        on_february_first=0,
        on_september_first=0,
    )
