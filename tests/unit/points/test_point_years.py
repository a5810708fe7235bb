"""Point-years and their labels."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.points.engine import STARTS_MONTHS
from services.points.point_years import begins_on, ends_before, label_of

DAYS = st.dates(date(1900, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(
    ("day", "starts_month", "label"),
    [
        (date(2016, 3, 31), 4, "2015"),
        (date(2016, 4, 1), 4, "2016"),
        (date(2016, 12, 31), 1, "2016-01"),
        (date(2017, 1, 31), 2, "2016-02"),
        (date(2016, 9, 1), 9, "2016-09"),
    ],
)
def test_is_labelled_by_the_year_in_which_it_begins(day: date, starts_month: int, label: str) -> None:
    assert label_of(day, starts_month) == label


@given(DAYS, st.sampled_from(STARTS_MONTHS))
def test_holds_the_day_and_is_followed_by_the_next_one(day: date, starts_month: int) -> None:
    label = label_of(day, starts_month)
    beyond = ends_before(label)

    assert begins_on(label) <= day < beyond
    assert label_of(begins_on(label), starts_month) == label_of(beyond - timedelta(days=1), starts_month) == label
    assert begins_on(label_of(beyond, starts_month)) == beyond


def test_the_last_one_ends_with_time() -> None:
    assert ends_before("9999") == date.max
