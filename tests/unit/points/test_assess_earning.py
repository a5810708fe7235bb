"""An earning arrives in a person's account: one test per outcome."""

from datetime import date
from typing import Any

import pytest

from services.points.events import Earning, PointEntry, PointReason, PointsAssessed
from shared.kernel.ages import ages_on
from tests.unit.points.schemes_and_earnings import (
    AN_ACTIVITY,
    DAY,
    PERSON,
    POINTS,
    aged,
    assess,
    document,
    earning,
    enact,
    entries_of,
    happened,
)

HALF_HOURS = {"points": 2, "unit": "30min", "min_minutes": 0}


def assessed(earned: Earning, *entries: PointEntry, void: bool = False) -> PointsAssessed:
    return PointsAssessed(person=PERSON, earning=earned, void=void, withdrawn=None, entries=entries)


def entry(
    reason: PointReason = "earned",
    earned_points: int = 0,
    unearned_points: int = 0,
    rule: str | None = "town@2015-04-01",
    **changed: Any,
) -> PointEntry:
    values: dict[str, Any] = {"activity_id": "A1", "kind": "salon", "point_year": "2016", "done_on": DAY, "engine": 1}
    return PointEntry(
        **values | changed, reason=reason, earned_points=earned_points, unearned_points=unearned_points, rule=rule
    )


def test_earns_what_the_rate_of_its_kind_says() -> None:
    given = POINTS.given(*happened(enact(document())))

    given.when(assess(earning())).then(assessed(earning(), entry("earned", 1, rule="town@2015-04-01#rates.salon")))


def test_a_word_of_the_office_stands_for_a_kind() -> None:
    given = POINTS.given(*happened(enact(document(words={"サロン": "salon"}))))
    salon = earning(kind="サロン")

    given.when(assess(salon)).then(
        assessed(salon, entry("earned", 1, kind="サロン", rule="town@2015-04-01#rates.salon"))
    )


def test_known_just_so_changes_nothing() -> None:
    given = POINTS.given(*happened(enact(document()), assess(earning())))

    given.when(assess(earning())).unchanged()


def test_a_correction_that_earns_the_same_is_recorded_without_entries() -> None:
    given = POINTS.given(*happened(enact(document()), assess(earning())))
    longer = earning(minutes=90)

    given.when(assess(longer)).then(assessed(longer))


def test_void_earns_nothing_whatever_else_holds() -> None:
    given = POINTS.given(*happened(enact(document()), assess(earning())))
    cancelled = earning(outcome="no_show")

    given.when(assess(cancelled, void=True)).then(assessed(cancelled, entry("void"), void=True))


def test_what_was_void_and_is_not_any_more_earns_again() -> None:
    given = POINTS.given(*happened(enact(document()), assess(earning(), void=True)))

    given.when(assess(earning())).then(assessed(earning(), entry("earned", 1, rule="town@2015-04-01#rates.salon")))


def test_not_done_earns_nothing() -> None:
    given = POINTS.given(*happened(enact(document())))
    stopped = earning(outcome="stopped", kind="unknown")

    given.when(assess(stopped)).then(assessed(stopped, entry("not_done", kind="unknown")))


def test_without_any_scheme_it_is_recorded_at_no_points() -> None:
    POINTS.given().when(assess(earning())).then(assessed(earning(), entry("no_rule", rule=None)))


@pytest.mark.parametrize("day", [date(2015, 3, 31), date(2017, 4, 1)])
def test_outside_the_days_of_a_scheme_there_is_no_rule(day: date) -> None:
    given = POINTS.given(*happened(enact(document(until=date(2017, 3, 31)))))
    earned = earning(done_on=day)
    year = "2014" if day.year == 2015 else "2017"

    given.when(assess(earned)).then(assessed(earned, entry("no_rule", rule=None, done_on=day, point_year=year)))


def test_a_kind_that_the_scheme_does_not_know_has_no_rate() -> None:
    given = POINTS.given(*happened(enact(document())))
    dance = earning(kind="dance", ages=None)

    given.when(assess(dance)).then(assessed(dance, entry("no_rate", kind="dance")))


def test_a_kind_for_which_an_expense_is_paid_has_no_rate() -> None:
    given = POINTS.given(*happened(enact(document(rates_visit_helper=AN_ACTIVITY))))
    helped = earning(kind="visit_helper")

    given.when(assess(helped)).then(assessed(helped, entry("no_rate", kind="visit_helper")))


def test_a_kind_for_which_an_expense_is_paid_earns_where_the_scheme_allows_it() -> None:
    scheme = document(rates_visit_helper=AN_ACTIVITY, paid_kinds=["visit_helper"])
    given = POINTS.given(*happened(enact(scheme)))
    helped = earning(kind="visit_helper")

    given.when(assess(helped)).then(
        assessed(helped, entry("earned", 1, kind="visit_helper", rule="town@2015-04-01#rates.visit_helper"))
    )


def test_an_unknown_age_earns_nothing_where_the_scheme_asks_for_one() -> None:
    given = POINTS.given(*happened(enact(document())))
    erased = earning(ages=None)

    given.when(assess(erased)).then(
        assessed(erased, entry("age_unknown", 0, 1, rule="town@2015-04-01#eligibility.min_age"))
    )


def test_any_age_earns_where_the_scheme_asks_for_none() -> None:
    given = POINTS.given(*happened(enact(document(eligibility_min_age=None))))
    erased = earning(ages=None)

    given.when(assess(erased)).then(assessed(erased, entry("earned", 1, rule="town@2015-04-01#rates.salon")))


def test_too_young_on_the_day_before_the_birthday() -> None:
    given = POINTS.given(*happened(enact(document())))
    eve = earning(ages=ages_on(date(1951, 10, 4), DAY), minutes=0)

    given.when(assess(eve)).then(assessed(eve, entry("under_age", 0, 1, rule="town@2015-04-01#eligibility.min_age")))


def test_old_enough_from_the_birthday_on() -> None:
    given = POINTS.given(*happened(enact(document())))
    birthday = earning(ages=ages_on(date(1951, 10, 3), DAY))

    given.when(assess(birthday)).then(assessed(birthday, entry("earned", 1, rule="town@2015-04-01#rates.salon")))


@pytest.mark.parametrize(
    ("reference", "starts_month", "born", "reason"),
    [
        ("on_april_first", 4, date(1951, 4, 1), "earned"),
        ("on_april_first", 4, date(1951, 4, 2), "under_age"),
        ("on_march_last", 4, date(1952, 3, 31), "earned"),
        ("on_march_last", 4, date(1952, 4, 1), "under_age"),
        ("on_point_year_start", 1, date(1951, 1, 1), "earned"),
        ("on_point_year_start", 1, date(1951, 1, 2), "under_age"),
        ("on_point_year_start", 2, date(1951, 2, 1), "earned"),
        ("on_point_year_start", 2, date(1951, 2, 2), "under_age"),
        ("on_point_year_start", 4, date(1951, 4, 1), "earned"),
        ("on_point_year_start", 4, date(1951, 4, 2), "under_age"),
        ("on_point_year_start", 9, date(1951, 9, 1), "earned"),
        ("on_point_year_start", 9, date(1951, 9, 2), "under_age"),
    ],
)
def test_the_age_counts_on_the_day_that_the_scheme_refers_to(
    reference: str, starts_month: int, born: date, reason: str
) -> None:
    scheme = document(starts_month=starts_month, eligibility_age_reference=reference)
    answer = POINTS.given(*happened(enact(scheme))).when(assess(earning(ages=ages_on(born, DAY))))

    assert [found.reason for found in entries_of(answer)] == [reason]


def test_too_short_for_the_minutes_asked_for() -> None:
    hour = {"points": 1, "unit": "activity", "min_minutes": 60}
    given = POINTS.given(*happened(enact(document(rates_salon=hour))))
    short = earning(minutes=59)

    given.when(assess(short)).then(assessed(short, entry("too_short", 0, 1, rule="town@2015-04-01#rates.salon")))


@pytest.mark.parametrize(
    ("unit", "minutes", "points"), [("60min", 119, 1), ("30min", 59, 1), ("30min", 60, 2), ("15min", 74, 4)]
)
def test_full_units_of_time_earn_and_the_rest_is_rounded_down(unit: str, minutes: int, points: int) -> None:
    scheme = document(rates_salon={"points": 1, "unit": unit, "min_minutes": 0})
    given = POINTS.given(*happened(enact(scheme)))
    earned = earning(minutes=minutes)

    given.when(assess(earned)).then(assessed(earned, entry("earned", points, rule="town@2015-04-01#rates.salon")))


def test_less_than_one_unit_of_time_is_too_short() -> None:
    given = POINTS.given(*happened(enact(document(rates_salon=HALF_HOURS))))
    short = earning(minutes=29)

    given.when(assess(short)).then(assessed(short, entry("too_short", rule="town@2015-04-01#rates.salon")))


def test_a_cap_of_the_day_leaves_a_part_unearned() -> None:
    scheme = document(rates_salon=HALF_HOURS, caps_day=3)
    given = POINTS.given(*happened(enact(scheme)))
    long = earning(minutes=60)

    given.when(assess(long)).then(assessed(long, entry("over_cap", 3, 1, rule="town@2015-04-01#caps.day")))


def test_a_cap_of_the_month_counts_the_month_alone() -> None:
    before = [assess(earning("A7", date(2016, 9, 30))), assess(earning("A8", date(2016, 10, 1)))]
    given = POINTS.given(*happened(enact(document(caps_month=1)), *before))

    given.when(assess(earning())).then(assessed(earning(), entry("over_cap", 0, 1, rule="town@2015-04-01#caps.month")))


def test_a_cap_of_the_point_year_counts_the_point_year_alone() -> None:
    before = [assess(earning("A7", date(2016, 8, 31))), assess(earning("A8", date(2016, 9, 1)))]
    given = POINTS.given(*happened(enact(document(starts_month=9, caps_point_year=1)), *before))
    over = entry("over_cap", 0, 1, rule="town@2015-04-01#caps.point_year", point_year="2016-09")

    given.when(assess(earning())).then(assessed(earning(), over))


def test_the_narrowest_cap_is_named() -> None:
    given = POINTS.given(
        *happened(enact(document(rates_salon=HALF_HOURS, caps_day=2, caps_month=1, caps_point_year=3)))
    )
    long = earning(minutes=60)

    given.when(assess(long)).then(assessed(long, entry("over_cap", 1, 3, rule="town@2015-04-01#caps.month")))


def test_an_earlier_one_that_arrives_late_takes_the_place_of_a_later_one() -> None:
    later = earning("A2", date(2016, 10, 5))
    given = POINTS.given(*happened(enact(document(caps_month=1)), assess(later)))
    pushed = entry("over_cap", 0, 1, rule="town@2015-04-01#caps.month", activity_id="A2", done_on=date(2016, 10, 5))

    given.when(assess(earning())).then(
        assessed(earning(), entry("earned", 1, rule="town@2015-04-01#rates.salon"), pushed)
    )


def test_when_one_is_void_the_next_one_moves_up() -> None:
    later = earning("A2", date(2016, 10, 5))
    given = POINTS.given(*happened(enact(document(caps_month=1)), assess(earning()), assess(later)))
    moved_up = entry("earned", 1, rule="town@2015-04-01#rates.salon", activity_id="A2", done_on=date(2016, 10, 5))

    given.when(assess(earning(), void=True)).then(assessed(earning(), entry("void"), moved_up, void=True))


def test_who_has_no_start_comes_first_on_a_day() -> None:
    given = POINTS.given(*happened(enact(document(caps_day=1)), assess(earning(started_at="00:00"))))
    unknown_start = earning("A2", started_at=None)
    pushed = entry("over_cap", 0, 1, rule="town@2015-04-01#caps.day")

    given.when(assess(unknown_start)).then(
        assessed(unknown_start, entry("earned", 1, rule="town@2015-04-01#rates.salon", activity_id="A2"), pushed)
    )


def test_another_date_moves_it_to_another_point_year() -> None:
    spring = date(2017, 4, 1)
    given = POINTS.given(*happened(enact(document(caps_point_year=1)), assess(earning("A1")), assess(earning("A2"))))
    moved = earning("A1", spring)
    now = entry("earned", 1, rule="town@2015-04-01#rates.salon", point_year="2017", done_on=spring)
    moved_up = entry("earned", 1, rule="town@2015-04-01#rates.salon", activity_id="A2")

    given.when(assess(moved)).then(assessed(moved, now, moved_up))


def test_a_newly_enacted_scheme_is_applied_to_the_whole_account_at_the_next_earning() -> None:
    older, last = earning("A0", date(2016, 10, 1)), earning("A2", date(2016, 10, 9))
    given = POINTS.given(*happened(assess(older), assess(last, void=True), enact(document())))
    now_earned = entry("earned", 1, rule="town@2015-04-01#rates.salon", activity_id="A0", done_on=date(2016, 10, 1))
    still_void = entry("void", activity_id="A2", done_on=date(2016, 10, 9))

    given.when(assess(earning())).then(
        assessed(earning(), entry("earned", 1, rule="town@2015-04-01#rates.salon"), now_earned, still_void)
    )


def test_each_meets_the_cap_of_its_own_day_and_counts_the_whole_window() -> None:
    narrower = document("town-2017", date(2016, 10, 3), caps_month=2)
    before = [assess(earning(f"B{day}", date(2016, 10, day), ages=aged(80))) for day in (1, 2)]
    given = POINTS.given(*happened(enact(document()), enact(narrower), *before))

    given.when(assess(earning())).then(
        assessed(earning(), entry("over_cap", 0, 1, rule="town-2017@2016-10-03#caps.month"))
    )


def test_a_change_goes_on_through_windows_that_overlap() -> None:
    september = document("first", date(2016, 9, 1), until=date(2017, 8, 31), starts_month=9, caps_point_year=1)
    april = document("then", date(2017, 9, 1), starts_month=4, caps_point_year=1)
    summer, autumn = earning("A2", date(2017, 7, 20)), earning("A3", date(2017, 10, 1))
    given = POINTS.given(*happened(enact(september), enact(april), assess(summer), assess(autumn)))
    answer = given.when(assess(earning("A1", date(2016, 9, 5))))

    assert [(found.activity_id, found.reason) for found in entries_of(answer)] == [
        ("A1", "earned"),
        ("A2", "over_cap"),
        ("A3", "earned"),
    ]


def test_the_last_year_that_a_calendar_knows_is_settled_too() -> None:
    first, last = earning("A1", date(9999, 12, 1)), earning("A2", date(9999, 12, 31))
    given = POINTS.given(*happened(enact(document(caps_month=1)), assess(last)))

    assert [found.reason for found in entries_of(given.when(assess(first)))] == ["earned", "over_cap"]


def test_another_cap_may_become_the_narrowest_of_one_that_met_a_cap_already() -> None:
    scheme = document(rates_salon=HALF_HOURS, caps_day=2, caps_point_year=3)
    later = earning("A2", date(2016, 10, 5))
    given = POINTS.given(*happened(enact(scheme), assess(later)))
    answer = given.when(assess(earning(minutes=30)))

    assert [(found.activity_id, found.rule) for found in entries_of(answer)] == [
        ("A1", "town@2015-04-01#rates.salon"),
        ("A2", "town@2015-04-01#caps.point_year"),
    ]
