from datetime import date

from msgspec.structs import replace

from services.requests.events import OrganisationCorrected, OrganisationRegistered
from tests.controls import ORGANISATION, ORGANISATION_KNOWN, REASON_REF, register_organisation
from tests.unit.requests.specs import given

LEAVING = replace(ORGANISATION, active_until=date(2017, 3, 31))


def test_an_unknown_organisation_is_registered() -> None:
    given().when(register_organisation()).then(OrganisationRegistered(organisation=ORGANISATION))


def test_a_reason_for_a_correction_does_no_harm_to_an_unknown_organisation() -> None:
    given().when(register_organisation(correction=REASON_REF)).then(ORGANISATION_KNOWN)


def test_the_same_row_again_changes_nothing() -> None:
    given(ORGANISATION_KNOWN).when(register_organisation()).unchanged()


def test_the_same_row_again_with_a_reason_changes_nothing() -> None:
    given(ORGANISATION_KNOWN).when(register_organisation(correction=REASON_REF)).unchanged()


def test_a_known_number_with_other_content_is_refused_without_a_reason() -> None:
    refusal = (
        given(ORGANISATION_KNOWN)
        .when(register_organisation(active_until=date(2017, 3, 31)))
        .refused("known_with_other_content", "organisation_id")
    )
    assert "「O1」" in refusal.text


def test_a_known_number_with_other_content_is_corrected_with_a_reason() -> None:
    given(ORGANISATION_KNOWN).when(register_organisation(active_until=date(2017, 3, 31), correction=REASON_REF)).then(
        OrganisationCorrected(organisation=LEAVING, was=ORGANISATION, reason_ref=REASON_REF)
    )


def test_a_correction_is_compared_with_the_last_one() -> None:
    corrected = OrganisationCorrected(organisation=LEAVING, was=ORGANISATION, reason_ref=REASON_REF)
    given(ORGANISATION_KNOWN, corrected).when(register_organisation(active_until=date(2017, 3, 31))).unchanged()
    given(ORGANISATION_KNOWN, corrected).when(register_organisation(correction="again")).then(
        OrganisationCorrected(organisation=ORGANISATION, was=LEAVING, reason_ref="again")
    )
