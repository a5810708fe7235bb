from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.dates import (
    FIRST_DAY,
    FiscalYear,
    Month,
    business_date,
    months_between,
    parse_date,
    parse_month,
    parse_time,
    to_wareki,
)

THE_THIRD = date(2016, 10, 3)
MONTHS = st.builds(Month, st.integers(1900, 2100), st.integers(1, 12))
STEPS = st.integers(-500, 500)
DAYS = st.dates(FIRST_DAY, date(2116, 12, 31))


# ---- months


@given(MONTHS, STEPS, STEPS)
def test_steps_of_months_add_up(month: Month, first: int, second: int) -> None:
    assert month.plus(first).plus(second) == month.plus(first + second)


@given(MONTHS, STEPS)
def test_later_months_are_greater(month: Month, step: int) -> None:
    assert (month.plus(step) > month) == (step > 0)


@given(MONTHS)
def test_a_month_ends_the_day_before_the_next_begins(month: Month) -> None:
    assert month.last + timedelta(days=1) == month.next().first


@given(DAYS)
def test_a_day_lies_in_its_month(day: date) -> None:
    assert Month.of(day).first <= day <= Month.of(day).last


@given(MONTHS)
def test_a_month_is_read_back_as_it_is_written(month: Month) -> None:
    assert Month.parse(str(month)) == parse_month(str(month)) == month


@given(MONTHS, st.integers(0, 60))
def test_months_between_holds_both_ends_and_no_gap(first: Month, count: int) -> None:
    months = months_between(first, first.plus(count))
    assert months == [first.plus(step) for step in range(count + 1)]


def test_there_are_no_months_between_when_the_last_comes_before_the_first() -> None:
    assert months_between(Month(2016, 10), Month(2016, 9)) == []


def test_a_month_is_written_with_two_digits_and_can_be_a_key() -> None:
    assert str(Month(2016, 4)) == "2016-04"
    assert {Month(2016, 4): 1}[Month(2016, 4)] == 1


@pytest.mark.parametrize(("year", "month"), [(2016, 0), (2016, 13), (0, 1), (10_000, 1)])
def test_a_month_that_does_not_exist_is_refused(year: int, month: int) -> None:
    with pytest.raises(ValueError, match="という月はありません"):
        Month(year, month)


@pytest.mark.parametrize("text", ["2016-1", "2016/10", "H28.10", "", "2016-10-03", "２０１６-10"])
def test_only_the_plain_form_is_a_month_to_programs(text: str) -> None:
    with pytest.raises(ValueError, match="月として読めません"):
        Month.parse(text)


@pytest.mark.parametrize("text", ["2016-10", "2016/10", "2016.10", "2016年10月", "H28.10", "h28/10", "平成28年10月"])
def test_people_may_write_a_month_in_many_ways(text: str) -> None:
    assert parse_month(text) == Month(2016, 10)


def test_the_month_in_which_an_era_changed_belongs_to_both() -> None:
    assert parse_month("昭和64年1月") == parse_month("平成元年1月") == Month(1989, 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("10月", "月として読めません"), ("2016-13", "という月はありません"), ("平成31年5月", "2019-04-30まで\\)の外")],
)
def test_a_wrong_month_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_month(text)


# ---- fiscal years


@given(DAYS)
def test_a_day_lies_in_its_fiscal_year(day: date) -> None:
    assert FiscalYear.of(day).first <= day <= FiscalYear.of(day).last


@given(st.integers(1900, 2100))
def test_a_fiscal_year_is_read_back_as_it_is_written(year: int) -> None:
    assert FiscalYear.parse(str(FiscalYear(year))) == FiscalYear(year)


def test_fy2016_runs_from_april_2016_to_march_2017() -> None:
    year = FiscalYear(2016)
    assert (year.first, year.last) == (date(2016, 4, 1), date(2017, 3, 31))
    assert (len(year.months), year.months[0], year.months[-1]) == (12, Month(2016, 4), Month(2017, 3))
    assert year.next() == FiscalYear(2017) > year


@pytest.mark.parametrize("text", ["FY2016", "fy2016", "2016年度", "平成28年度", "Ｈ２８年度"])
def test_people_may_write_a_fiscal_year_in_many_ways(text: str) -> None:
    assert FiscalYear.parse(text) == FiscalYear(2016)


def test_the_fiscal_year_in_which_an_era_changed_belongs_to_both() -> None:
    assert FiscalYear.parse("平成31年度") == FiscalYear.parse("令和元年度") == FiscalYear(2019)


@pytest.mark.parametrize(
    ("text", "reason"), [("2016", "年度として読めません"), ("平成32年度", "の外です"), ("FY9999", "年度はありません")]
)
def test_a_wrong_fiscal_year_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        FiscalYear.parse(text)


# ---- dates and eras


@pytest.mark.parametrize(
    "text",
    [
        "2016-10-03",
        "2016/10/3",
        "2016.10.3",
        "2016年10月3日",
        "H28.10.3",
        "H28/10/3",
        "h28.10.03",
        "平成28年10月3日",
        "平成28.10.3",
        "平成 28年 10月 3日",
        "㍻28年10月3日",
        "２０１６－１０－０３",
        "Ｈ２８．１０．３",
        "平成２８年１０月３日",
        " 2016-10-03 ",
    ],
)
def test_people_may_write_a_date_in_many_ways(text: str) -> None:
    assert parse_date(text) == THE_THIRD


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("明治6年1月1日", date(1873, 1, 1)),
        ("M45.7.30", date(1912, 7, 30)),
        ("大正元年7月30日", date(1912, 7, 30)),
        ("T15.12.25", date(1926, 12, 25)),
        ("昭和元年12月25日", date(1926, 12, 25)),
        ("S64.1.7", date(1989, 1, 7)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("H31.4.30", date(2019, 4, 30)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("R元.5.1", date(2019, 5, 1)),
        ("R1.5.1", date(2019, 5, 1)),
    ],
)
def test_the_first_and_last_days_of_the_eras_are_read(text: str, day: date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    "text", ["M45.7.31", "T15.12.26", "T1.7.29", "S64.1.8", "S1.12.24", "H1.1.7", "H31.5.1", "R1.4.30", "H0.1.1"]
)
def test_a_date_outside_its_era_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="の外です。元号と年を確かめてください"):
        parse_date(text)


def test_the_refusal_says_how_long_the_era_lasted() -> None:
    with pytest.raises(ValueError, match=r"「昭和64年1月8日」は昭和\(1926-12-25から1989-01-07まで\)の外です"):
        parse_date("昭和64年1月8日")
    with pytest.raises(ValueError, match=r"令和\(2019-05-01から\)の外です"):
        parse_date("令和元年4月1日")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "きのう",
        "20161003",
        "16-10-03",
        "2016-10",
        "2016-10/03",
        "2016-10-03T00:00",
        "2016-W40-1",
        "X28.10.3",
        "平成28年10月",
        "平成百年1月1日",
        "2016年10月3",
        "28.10.3",
        "10/3/2016",
        "2016-10-3x",
    ],
)
def test_what_is_no_date_is_refused_with_the_accepted_forms(text: str) -> None:
    with pytest.raises(ValueError, match="日付として読めません。2016-10-03、2016/10/3、H28"):
        parse_date(text)


@pytest.mark.parametrize(
    "text", ["2016-02-30", "2015-02-29", "2016-13-01", "2016-00-10", "平成28年2月30日", "0000-1-1"]
)
def test_a_day_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="という日はありません"):
        parse_date(text)


@pytest.mark.parametrize("text", ["1872-12-31", "0216-10-03"])
def test_a_date_before_the_solar_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="明治6年"):
        parse_date(text)


@given(DAYS)
def test_a_date_is_read_back_from_its_wareki(day: date) -> None:
    assert parse_date(to_wareki(day)) == parse_date(day.isoformat()) == day


@pytest.mark.parametrize(
    ("day", "text"),
    [
        (THE_THIRD, "平成28年10月3日"),
        (date(1912, 7, 29), "明治45年7月29日"),
        (date(1912, 7, 30), "大正元年7月30日"),
        (date(1926, 12, 25), "昭和元年12月25日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2026, 4, 1), "令和8年4月1日"),
    ],
)
def test_a_date_is_written_with_its_era(day: date, text: str) -> None:
    assert to_wareki(day) == text


def test_a_date_before_the_solar_calendar_has_no_wareki() -> None:
    with pytest.raises(ValueError, match="和暦に直せません"):
        to_wareki(date(1872, 12, 31))


# ---- times


@pytest.mark.parametrize(
    ("text", "time"),
    [("9:05", "09:05"), ("09:05", "09:05"), ("0:00", "00:00"), ("23:59", "23:59"), ("９：０５", "09:05")],
)
def test_a_time_of_day_is_written_with_two_digits(text: str, time: str) -> None:
    assert parse_time(text) == time


@pytest.mark.parametrize("text", ["", "9", "9:5", "24:00", "9:60", "-1:00", "9:05:00", "9時5分"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="時刻として読めません"):
        parse_time(text)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2016, 10, 2, 14, 59, 59, tzinfo=UTC), date(2016, 10, 2)),
        (datetime(2016, 10, 2, 15, 0, tzinfo=UTC), THE_THIRD),
        (datetime(2016, 10, 2, 11, 0, tzinfo=timezone(timedelta(hours=-4))), THE_THIRD),
    ],
)
def test_the_business_date_turns_at_midnight_in_japan(instant: datetime, day: date) -> None:
    assert business_date(instant) == day


def test_an_instant_without_time_zone_has_no_business_date() -> None:
    with pytest.raises(ValueError, match="時間帯がありません"):
        business_date(datetime(2016, 10, 3, 12, 0))  # noqa: DTZ001 - the refusal of just this
