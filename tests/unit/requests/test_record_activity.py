from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from services.requests.commands import Someone
from services.requests.events import ActivityCorrected, ActivityRecorded, ActivityVoided
from shared.kernel.ages import ages_on
from tests.controls import (
    ACTIVITY,
    ACTIVITY_RECORDED,
    HELPER,
    HELPER_AGES,
    HELPER_BORN,
    HELPER_KNOWN,
    REASON_REF,
    TODAY,
    USER,
    USER_AGES,
    USER_KNOWN,
    activity_facts,
    nobody,
    older,
    record_activity,
    the_helper,
    the_user,
)
from tests.unit.requests.specs import given

VOIDED = ActivityVoided(was=ACTIVITY, reason_ref=REASON_REF)


def test_an_activity_is_recorded_with_the_ages_of_its_day() -> None:
    given(HELPER_KNOWN).when(record_activity()).then(ActivityRecorded(activity=ACTIVITY))


def test_an_activity_of_today_is_recorded() -> None:
    given(HELPER_KNOWN).when(record_activity(done_on=TODAY, person=the_helper(TODAY))).then(
        ActivityRecorded(activity=activity_facts(done_on=TODAY, ages=ages_on(HELPER_BORN, TODAY)))
    )


def test_somebody_whose_birth_date_was_erased_is_recorded_without_ages() -> None:
    given(HELPER_KNOWN).when(record_activity(person=Someone("H1", HELPER))).then(
        ActivityRecorded(activity=activity_facts(ages=None))
    )


def test_the_same_row_again_changes_nothing() -> None:
    given(HELPER_KNOWN, ACTIVITY_RECORDED).when(record_activity()).unchanged()


def test_the_same_row_of_an_activity_since_voided_changes_nothing() -> None:
    given(HELPER_KNOWN, ACTIVITY_RECORDED, VOIDED).when(record_activity()).unchanged()


def test_the_same_row_changes_nothing_when_only_the_birth_date_is_another() -> None:
    person = Someone("H1", HELPER, older(HELPER_AGES, 1), dated=True)
    given(HELPER_KNOWN, ACTIVITY_RECORDED).when(record_activity(person=person)).unchanged()


@pytest.mark.parametrize(
    ("column", "value"),
    [("kind", "class"), ("started_at", None), ("minutes", 30), ("group_id", "G1"), ("venue_id", None)],
)
def test_other_content_is_refused_without_a_reason_and_corrected_with_one(column: str, value: object) -> None:
    history = given(HELPER_KNOWN, ACTIVITY_RECORDED)
    history.when(record_activity(**{column: value})).refused("known_with_other_content", "activity_id")
    history.when(record_activity(**{column: value}, correction=REASON_REF)).then(
        ActivityCorrected(activity=activity_facts(**{column: value}), was=ACTIVITY, reason_ref=REASON_REF)
    )


def test_an_activity_moved_to_another_person_and_day_is_corrected() -> None:
    day = date(2016, 10, 1)
    given(HELPER_KNOWN, USER_KNOWN, ACTIVITY_RECORDED).when(
        record_activity(person=the_user(), done_on=day, correction=REASON_REF)
    ).then(
        ActivityCorrected(
            activity=replace(ACTIVITY, person=USER, done_on=day, ages=USER_AGES), was=ACTIVITY, reason_ref=REASON_REF
        )
    )


def test_a_voided_activity_is_not_corrected() -> None:
    given(HELPER_KNOWN, ACTIVITY_RECORDED, VOIDED).when(record_activity(minutes=30, correction=REASON_REF)).refused(
        "voided", "activity_id"
    )


def test_somebody_unknown_is_refused() -> None:
    assert "「H9」" in given().when(record_activity(person=nobody("H9"))).refused("unknown_person_id", "person_id").text


def test_an_activity_in_the_future_is_refused() -> None:
    given(HELPER_KNOWN).when(record_activity(done_on=TODAY + timedelta(days=1))).refused("in_future", "done_on")


def test_an_activity_before_birth_is_refused() -> None:
    unborn = Someone("H1", HELPER, None, dated=True)
    given(HELPER_KNOWN).when(record_activity(person=unborn)).refused("before_birth", "done_on")
