"""The facts of a visit's day, from the registers of those who took part."""

from datetime import date, timedelta

from msgspec.structs import replace

from shared.kernel.contracts.requests import HelperOnDay, UserOnDay
from shared.kernel.visit_facts import Participant, helpers_on, user_on
from tests.controls import (
    HELPER,
    HELPER_AGES,
    HELPER_REGISTER,
    NO_CARE,
    SERVED_ON,
    SUPPORT1,
    USER,
    USER_AGES,
    USER_REGISTER,
)

USER_TAKING_PART = Participant(USER, USER_REGISTER, USER_AGES)
HELPER_TAKING_PART = Participant(HELPER, HELPER_REGISTER, HELPER_AGES)
SECOND = Participant(
    "second", replace(HELPER_REGISTER, trained_on=None, periods=(replace(NO_CARE, relatives=(USER,)),)), None
)


def test_the_user_has_the_category_of_the_day() -> None:
    assert user_on(USER_TAKING_PART, SERVED_ON) == UserOnDay(person=USER, category="support1", ages=USER_AGES)


def test_before_the_care_level_began_the_category_is_another() -> None:
    assert user_on(USER_TAKING_PART, date(2016, 3, 31)).category == "other"


def test_a_later_care_level_does_not_reach_back() -> None:
    worse = replace(SUPPORT1, care_level="care1", care_from=date(2016, 10, 4))
    register = replace(USER_REGISTER, periods=(SUPPORT1, worse))
    assert user_on(Participant(USER, register, None), SERVED_ON).category == "support1"


def test_helpers_are_stated_one_by_one_in_their_order() -> None:
    assert helpers_on([HELPER_TAKING_PART, SECOND], USER_TAKING_PART, SERVED_ON) == (
        HelperOnDay(person=HELPER, registered=True, trained=True, relative=False, ages=HELPER_AGES),
        HelperOnDay(person="second", registered=True, trained=False, relative=True, ages=None),
    )


def test_registration_and_training_count_from_their_days_on() -> None:
    (on_the_day,) = helpers_on([HELPER_TAKING_PART], USER_TAKING_PART, date(2016, 9, 20))
    (before_training,) = helpers_on([HELPER_TAKING_PART], USER_TAKING_PART, date(2016, 9, 19))
    (before_all,) = helpers_on([HELPER_TAKING_PART], USER_TAKING_PART, date(2016, 8, 31))
    assert [(each.registered, each.trained) for each in (on_the_day, before_training, before_all)] == [
        (True, True),
        (True, False),
        (False, False),
    ]


def test_it_is_enough_that_the_user_names_the_helper_as_a_relative() -> None:
    naming = Participant(USER, replace(USER_REGISTER, periods=(replace(SUPPORT1, relatives=(HELPER,)),)), USER_AGES)
    (helper,) = helpers_on([HELPER_TAKING_PART], naming, SERVED_ON)
    assert helper.relative


def test_who_becomes_a_relative_is_none_on_the_days_before() -> None:
    wedding = replace(SUPPORT1, care_from=SERVED_ON, relatives=(HELPER,))
    user = Participant(USER, replace(USER_REGISTER, periods=(SUPPORT1, wedding)), USER_AGES)
    eve = SERVED_ON - timedelta(days=1)
    assert [helpers_on([HELPER_TAKING_PART], user, day)[0].relative for day in (eve, SERVED_ON)] == [False, True]


def test_two_helpers_who_are_relatives_of_each_other_are_none_of_the_user() -> None:
    related = Participant("second", replace(HELPER_REGISTER, periods=(replace(NO_CARE, relatives=(HELPER,)),)), None)
    assert not any(helper.relative for helper in helpers_on([HELPER_TAKING_PART, related], USER_TAKING_PART, SERVED_ON))


def test_nobody_helped() -> None:
    assert helpers_on([], USER_TAKING_PART, SERVED_ON) == ()
