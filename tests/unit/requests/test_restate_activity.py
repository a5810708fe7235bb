from services.requests.commands import RestateActivity, Someone
from services.requests.events import ActivityRestated, ActivityVoided
from tests.controls import (
    ACTIVITY,
    ACTIVITY_RECORDED,
    HELPER,
    HELPER_AGES,
    HELPER_KNOWN,
    REASON_REF,
    USER,
    USER_KNOWN,
    activity_facts,
    older,
    the_helper,
)
from tests.unit.requests.specs import given


def test_ages_follow_a_corrected_birth_date() -> None:
    person = Someone("", HELPER, older(HELPER_AGES, 1), dated=True)
    given(HELPER_KNOWN, ACTIVITY_RECORDED).when(RestateActivity("A1", person)).then(
        ActivityRestated(activity=activity_facts(ages=older(HELPER_AGES, 1)), was=ACTIVITY)
    )


def test_ages_that_stay_are_not_stated_again() -> None:
    given(HELPER_KNOWN, ACTIVITY_RECORDED).when(RestateActivity("A1", the_helper())).unchanged()


def test_an_activity_of_somebody_else_by_now_is_left_alone() -> None:
    given(USER_KNOWN, ACTIVITY_RECORDED).when(RestateActivity("A1", Someone("", USER))).unchanged()


def test_a_voided_activity_is_left_alone() -> None:
    voided = ActivityVoided(was=ACTIVITY, reason_ref=REASON_REF)
    given(HELPER_KNOWN, ACTIVITY_RECORDED, voided).when(RestateActivity("A1", Someone("", HELPER))).unchanged()


def test_an_unknown_activity_is_left_alone() -> None:
    given(HELPER_KNOWN).when(RestateActivity("A1", the_helper())).unchanged()
