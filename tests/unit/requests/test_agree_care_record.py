from datetime import date, timedelta

import pytest

from services.requests import people
from services.requests.commands import AgreeCareRecord
from services.requests.events import CareRecordAgreed
from tests.controls import TODAY, USER, USER_KNOWN, nobody, the_user
from tests.unit.requests.specs import given

AGREED = CareRecordAgreed(person=USER, agreed_on=date(2016, 9, 1))
EARLIER = CareRecordAgreed(person=USER, agreed_on=date(2016, 8, 1))


def agree(agreed_on: date) -> AgreeCareRecord:
    return AgreeCareRecord(the_user(), agreed_on, TODAY)


def test_an_agreed_record_is_recorded() -> None:
    given(USER_KNOWN).when(agree(date(2016, 9, 1))).then(AGREED)


def test_it_may_be_agreed_today() -> None:
    given(USER_KNOWN).when(agree(TODAY)).then(CareRecordAgreed(person=USER, agreed_on=TODAY))


def test_the_same_record_again_changes_nothing() -> None:
    given(USER_KNOWN, EARLIER, AGREED).when(agree(date(2016, 8, 1))).unchanged()


def test_a_record_of_another_day_is_another_record() -> None:
    given(USER_KNOWN, AGREED).when(agree(date(2016, 8, 1))).then(EARLIER)


def test_it_is_refused_for_somebody_unknown() -> None:
    refusal = (
        given().when(AgreeCareRecord(nobody("U9"), date(2016, 9, 1), TODAY)).refused("unknown_person_id", "person_id")
    )
    assert "「U9」" in refusal.text


def test_it_is_refused_in_the_future() -> None:
    given(USER_KNOWN).when(agree(TODAY + timedelta(days=1))).refused("in_future", "agreed_on")


def test_a_record_agreed_by_nobody_is_no_history() -> None:
    with pytest.raises(AssertionError):
        people.evolve(None, AGREED)
