from datetime import date

from msgspec.structs import replace

from services.requests.events import CareRecordAgreed, CareStandingRecorded, PersonCorrected, PersonRegistered
from tests.controls import REASON_REF, SUPPORT1, USER, USER_KNOWN, USER_REGISTER, register_person
from tests.unit.requests.specs import given

SUPPORT2 = replace(SUPPORT1, care_level="support2", care_from=date(2016, 10, 15), district_id="D3")
BOTH = replace(USER_REGISTER, periods=(SUPPORT1, SUPPORT2))
MOVED = replace(SUPPORT1, district_id="D9")


def test_an_unknown_person_is_registered_without_name_or_birth_date() -> None:
    given().when(register_person()).then(PersonRegistered(person=USER, register=USER_REGISTER))


def test_the_same_row_again_changes_nothing() -> None:
    given(USER_KNOWN).when(register_person(row_known=True, row_equal=True)).unchanged()


def test_the_same_row_again_with_a_reason_changes_nothing() -> None:
    given(USER_KNOWN).when(register_person(row_known=True, row_equal=True, correction=REASON_REF)).unchanged()


def test_somebody_who_is_not_born_yet_is_refused_corrected_or_not() -> None:
    given().when(register_person(unborn=True)).refused("in_future", "birth_date")
    given(USER_KNOWN).when(register_person(row_known=True, correction=REASON_REF, unborn=True)).refused(
        "in_future", "birth_date"
    )


def test_another_row_for_the_same_day_is_refused_without_a_reason() -> None:
    given(USER_KNOWN).when(register_person(row_known=True, period=MOVED)).refused(
        "known_with_other_content", "person_id"
    )


def test_another_row_for_the_same_day_is_a_correction_with_a_reason() -> None:
    given(USER_KNOWN).when(register_person(row_known=True, period=MOVED, correction=REASON_REF)).then(
        PersonCorrected(
            person=USER,
            register=replace(USER_REGISTER, periods=(MOVED,)),
            was=USER_REGISTER,
            reason_ref=REASON_REF,
        )
    )


def test_a_correction_of_what_only_the_vault_holds_is_a_fact_too() -> None:
    given(USER_KNOWN).when(register_person(row_known=True, correction=REASON_REF)).then(
        PersonCorrected(person=USER, register=USER_REGISTER, was=USER_REGISTER, reason_ref=REASON_REF)
    )


def test_a_row_from_a_later_day_on_is_a_change_of_standing() -> None:
    given(USER_KNOWN).when(register_person(period=SUPPORT2)).then(
        CareStandingRecorded(person=USER, register=BOTH, was=USER_REGISTER)
    )


def test_a_row_from_an_earlier_day_on_adds_to_the_history_and_leaves_the_rest() -> None:
    known = PersonRegistered(person=USER, register=replace(USER_REGISTER, periods=(SUPPORT2,)))
    given(known).when(register_person(roles=("helper",))).then(
        CareStandingRecorded(person=USER, register=BOTH, was=known.register)
    )


def test_an_agreed_record_stays_when_the_standing_changes() -> None:
    agreed = CareRecordAgreed(person=USER, agreed_on=date(2016, 9, 1))
    given(USER_KNOWN, agreed).when(register_person(period=SUPPORT2)).then(
        CareStandingRecorded(person=USER, register=BOTH, was=USER_REGISTER)
    )
