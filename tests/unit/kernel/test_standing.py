from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.kernel.standing import (
    CareLevel,
    Category,
    Period,
    Register,
    category_on,
    district_on,
    is_latest,
    is_relative,
    registered_by_row,
    registered_on_day,
    trained_on_day,
    with_period,
)

OCTOBER = date(2016, 10, 1)
NOBODY = Register(roles=("user",), registered_on=None, trained_on=None, periods=())

DAYS = st.dates(date(2016, 1, 1), date(2016, 3, 31))
LEVELS: st.SearchStrategy[CareLevel] = st.sampled_from(["none", "checklist", "support1", "support2", "care1"])
PERIODS = st.builds(
    Period,
    care_level=LEVELS,
    care_from=st.none() | DAYS,
    care_until=st.none() | DAYS,
    district_id=st.none() | st.sampled_from(["D1", "D2"]),
    relatives=st.just(()),
)
HISTORY = st.lists(PERIODS, max_size=6, unique_by=lambda period: period.care_from)


def period(level: CareLevel, care_from: date | None = None, care_until: date | None = None) -> Period:
    return Period(care_level=level, care_from=care_from, care_until=care_until, district_id=None, relatives=())


def register(*periods: Period) -> Register:
    built = NOBODY
    for known in periods:
        built = with_period(built, known)
    return built


def walked_to(periods: list[Period], day: date) -> Period | None:
    """Walks the days up to `day` and remembers the period that began last."""
    current = next((known for known in periods if known.care_from is None), None)
    for number in range((day - date(2016, 1, 1)).days + 1):
        today = date(2016, 1, 1) + timedelta(days=number)
        current = next((known for known in periods if known.care_from == today), current)
    return current


def naive_category(periods: list[Period], day: date) -> Category:
    current = walked_to(periods, day)
    if current is None or (current.care_until is not None and current.care_until < day):
        return "other"
    levels: dict[str, Category] = {"checklist": "checklist", "support1": "support1", "support2": "support2"}
    return levels.get(current.care_level, "other")


# ---- category


@given(HISTORY, DAYS)
def test_the_category_is_that_of_a_walk_through_the_days(periods: list[Period], day: date) -> None:
    assert category_on(register(*periods), day) == naive_category(periods, day)


@given(HISTORY, DAYS)
def test_the_district_is_that_of_a_walk_through_the_days_and_before_the_first_period_already_its_own(
    periods: list[Period], day: date
) -> None:
    first = min(periods, key=lambda known: known.care_from or date.min, default=None)
    current = walked_to(periods, day) or first
    assert district_on(register(*periods), day) == (current.district_id if current else None)


@pytest.mark.parametrize("level", ["checklist", "support1", "support2"])
def test_who_may_use_the_service_has_the_category_of_the_level(level: CareLevel) -> None:
    assert category_on(register(period(level)), OCTOBER) == level


@pytest.mark.parametrize("level", ["none", "care1", "care2", "care3", "care4", "care5"])
def test_every_other_level_is_other(level: CareLevel) -> None:
    assert category_on(register(period(level)), OCTOBER) == "other"


def test_nobody_has_a_category_without_a_period_or_before_the_first() -> None:
    assert category_on(NOBODY, OCTOBER) == "other"
    assert category_on(register(period("support1", OCTOBER)), OCTOBER - timedelta(days=1)) == "other"


def test_a_period_counts_from_its_first_to_its_last_day() -> None:
    care = register(period("support1", OCTOBER, date(2016, 10, 31)))
    assert category_on(care, OCTOBER) == "support1"
    assert category_on(care, date(2016, 10, 31)) == "support1"
    assert category_on(care, date(2016, 11, 1)) == "other"


def test_a_period_that_has_run_out_does_not_give_way_to_an_older_one() -> None:
    care = register(period("checklist"), period("support1", OCTOBER, date(2016, 10, 31)))
    assert category_on(care, date(2016, 11, 1)) == "other"


# ---- the history of care


@given(HISTORY)
def test_periods_are_sorted_however_they_arrive(periods: list[Period]) -> None:
    assert list(register(*periods).periods) == sorted(periods, key=lambda known: known.care_from or date.min)


def test_a_period_of_the_same_first_day_is_replaced() -> None:
    before = register(period("checklist"), period("support1", OCTOBER))
    assert with_period(before, period("support2", OCTOBER)).periods == (
        period("checklist"),
        period("support2", OCTOBER),
    )
    assert with_period(before, period("none")).periods == (period("none"), period("support1", OCTOBER))


def test_a_row_is_the_latest_from_the_day_of_the_known_one_on_and_one_without_a_day_is_the_first() -> None:
    assert [is_latest(OCTOBER, known) for known in (None, OCTOBER, OCTOBER + timedelta(days=1))] == [True, True, False]
    assert [is_latest(None, known) for known in (None, OCTOBER)] == [True, False]


def test_all_else_in_the_register_follows_the_row_with_the_latest_care_whatever_the_order() -> None:
    rows = [period("checklist"), period("support1", OCTOBER), period("support2", date(2017, 1, 1))]
    for arrival in permutations(rows):
        built: Register | None = None
        for row in arrival:
            built = registered_by_row(
                built,
                roles=("user",),
                registered_on=row.care_from,
                trained_on=None,
                period=row,
            )
        assert built == Register(roles=("user",), registered_on=date(2017, 1, 1), trained_on=None, periods=tuple(rows))


# ---- helpers and relatives


def test_a_helper_is_registered_and_trained_from_the_day_itself() -> None:
    helper = replace(NOBODY, roles=("helper",), registered_on=OCTOBER, trained_on=OCTOBER)
    eve = OCTOBER - timedelta(days=1)
    assert (registered_on_day(helper, OCTOBER), trained_on_day(helper, OCTOBER)) == (True, True)
    assert (registered_on_day(helper, eve), trained_on_day(helper, eve)) == (False, False)


def test_who_has_no_date_is_never_registered_nor_trained() -> None:
    assert (registered_on_day(NOBODY, OCTOBER), trained_on_day(NOBODY, OCTOBER)) == (False, False)


def test_two_are_relatives_when_either_names_the_other() -> None:
    names_b = register(replace(period("none"), relatives=("x", "b")))
    assert is_relative("a", names_b, "b", NOBODY, OCTOBER)
    assert is_relative("b", NOBODY, "a", names_b, OCTOBER)
    assert not is_relative("a", names_b, "c", NOBODY, OCTOBER)


def test_relatives_are_those_of_the_period_and_before_the_first_already_its_own() -> None:
    other = replace(period("support1", OCTOBER, OCTOBER), relatives=("b",))
    then = replace(period("support1", OCTOBER + timedelta(days=2)), relatives=("c",))
    days = [OCTOBER + timedelta(days=number) for number in (-1, 0, 1, 2)]
    both = register(other, then)
    assert [is_relative("a", both, "b", NOBODY, day) for day in days] == [True, True, True, False]
    assert [is_relative("a", both, "c", NOBODY, day) for day in days] == [False, False, False, True]
