import pytest
from msgspec.structs import replace

from services.requests.commands import RestateVisit, Someone
from services.requests.events import (
    CareRecordAgreed,
    OrganisationCorrected,
    OrganisationRegistered,
    PersonCorrected,
    PersonRegistered,
    VisitConfirmed,
    VisitRestated,
    VisitVoided,
)
from tests.controls import (
    HELPER,
    HELPER_KNOWN,
    HELPER_REGISTER,
    NO_CARE,
    ORGANISATION,
    ORGANISATION_KNOWN,
    REASON_REF,
    SERVED_ON,
    SUPPORT1,
    USER,
    USER_AGES,
    USER_KNOWN,
    USER_REGISTER,
    VISIT,
    VISIT_CONFIRMED,
    older,
    the_helper,
    the_user,
    visit_facts,
)
from tests.unit.requests.specs import EVERYBODY_KNOWN, VISIT_PLANNED, given

RESTATE = RestateVisit("V1", "O1", the_user(), (the_helper(),), brings_agreed_record=False)
OTHER = "0192a000-0000-7000-8000-0000000000c1"

UNCARED = replace(SUPPORT1, care_level="none")


def corrected(person: str = USER, **changed: object) -> PersonCorrected:
    was = USER_REGISTER if person == USER else HELPER_REGISTER
    return PersonCorrected(person=person, register=replace(was, **changed), was=was, reason_ref=REASON_REF)


def test_the_category_follows_the_corrected_register() -> None:
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED, corrected(periods=(UNCARED,))).when(RESTATE).then(
        VisitRestated(visit=visit_facts(user=replace(VISIT.user, category="other")), was=VISIT)
    )


def test_registration_training_and_kinship_follow_the_corrected_register() -> None:
    correction = corrected(HELPER, registered_on=None, trained_on=None, periods=(replace(NO_CARE, relatives=(USER,)),))
    stated = replace(VISIT.helpers[0], registered=False, trained=False, relative=True)
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED, correction).when(RESTATE).then(
        VisitRestated(visit=visit_facts(helpers=(stated,)), was=VISIT)
    )


def test_the_district_follows_the_corrected_register() -> None:
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED, corrected(periods=(replace(SUPPORT1, district_id="D7"),))).when(
        RESTATE
    ).then(VisitRestated(visit=visit_facts(district_id="D7"), was=VISIT))


def test_the_district_of_a_user_who_has_none_any_more_is_the_organisations() -> None:
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED, corrected(periods=(replace(SUPPORT1, district_id=None),))).when(
        RESTATE
    ).then(VisitRestated(visit=visit_facts(district_id="D1"), was=VISIT))


@pytest.mark.parametrize("district", ["D7", None])
def test_the_district_of_a_user_without_one_follows_the_corrected_organisation(district: str | None) -> None:
    moved = OrganisationCorrected(
        organisation=replace(ORGANISATION, district_id=district), was=ORGANISATION, reason_ref=REASON_REF
    )
    user = replace(USER_KNOWN, register=replace(USER_REGISTER, periods=(replace(SUPPORT1, district_id=None),)))
    of_organisation = VisitConfirmed(visit=visit_facts(district_id="D1"))
    given(ORGANISATION_KNOWN, user, HELPER_KNOWN, of_organisation, moved).when(RESTATE).then(
        VisitRestated(visit=visit_facts(district_id=district), was=of_organisation.visit)
    )
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED, moved).when(RESTATE).unchanged()


def test_a_visit_that_has_another_organisation_by_now_is_left_alone() -> None:
    other = OrganisationRegistered(organisation=replace(ORGANISATION, organisation_id="O2"))
    command = RestateVisit("V1", "O2", the_user(), (the_helper(),), brings_agreed_record=False)
    given(*EVERYBODY_KNOWN, other, VISIT_CONFIRMED, corrected(periods=(UNCARED,))).when(command).unchanged()


def test_ages_follow_a_corrected_birth_date() -> None:
    older_user = Someone("", USER, older(USER_AGES, 1), dated=True)
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED).when(
        RestateVisit("V1", "O1", older_user, (the_helper(),), brings_agreed_record=False)
    ).then(VisitRestated(visit=visit_facts(user=replace(VISIT.user, ages=older(USER_AGES, 1))), was=VISIT))


def test_ages_of_somebody_erased_go() -> None:
    erased = Someone("", USER)
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED).when(
        RestateVisit("V1", "O1", erased, (the_helper(),), brings_agreed_record=False)
    ).then(VisitRestated(visit=visit_facts(user=replace(VISIT.user, ages=None)), was=VISIT))


def test_a_record_agreed_since_then_holds_for_a_visit_entered_without() -> None:
    without = replace(VISIT_CONFIRMED, visit=visit_facts(agreed_record=False))
    agreed = CareRecordAgreed(person=USER, agreed_on=SERVED_ON)
    given(*EVERYBODY_KNOWN, without, agreed).when(RESTATE).then(VisitRestated(visit=VISIT, was=without.visit))


def test_a_record_once_agreed_is_not_taken_away() -> None:
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED).when(RESTATE).unchanged()


def test_facts_that_stay_as_they_are_are_not_stated_again() -> None:
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED, corrected(roles=("user", "helper"))).when(RESTATE).unchanged()


def test_a_visit_that_has_other_people_by_now_is_left_alone() -> None:
    other = PersonRegistered(person=OTHER, register=USER_REGISTER)
    command = RestateVisit("V1", "O1", Someone("", OTHER, USER_AGES), (the_helper(),), brings_agreed_record=False)
    given(*EVERYBODY_KNOWN, other, VISIT_CONFIRMED).when(command).unchanged()


def test_a_voided_visit_is_left_alone() -> None:
    voided = VisitVoided(was=VISIT, reason_ref=REASON_REF)
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED, voided, corrected(periods=(UNCARED,))).when(RESTATE).unchanged()


def test_a_visit_only_planned_is_left_alone() -> None:
    given(*EVERYBODY_KNOWN, VISIT_PLANNED, corrected(periods=(UNCARED,))).when(RESTATE).unchanged()


def test_an_unknown_visit_is_left_alone() -> None:
    given(*EVERYBODY_KNOWN).when(RESTATE).unchanged()
