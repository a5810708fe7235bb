"""A day has begun."""

from datetime import date

from services.billing.events import BillingDayNoted
from tests.unit.billing.visits_and_rules import BILLING, today

FRIDAY, SATURDAY = date(2016, 10, 7), date(2016, 10, 8)


def test_the_first_day_is_noted() -> None:
    BILLING.given().when(today(FRIDAY)).then(BillingDayNoted(on=FRIDAY))


def test_a_later_day_is_noted() -> None:
    BILLING.given(BillingDayNoted(on=FRIDAY)).when(today(SATURDAY)).then(BillingDayNoted(on=SATURDAY))


def test_the_same_day_again_changes_nothing() -> None:
    BILLING.given(BillingDayNoted(on=FRIDAY)).when(today(FRIDAY)).unchanged()


def test_time_does_not_run_backwards() -> None:
    BILLING.given(BillingDayNoted(on=SATURDAY)).when(today(FRIDAY)).unchanged()
