from services.requests.commands import VoidActivity
from services.requests.events import ActivityVoided
from tests.controls import ACTIVITY, ACTIVITY_RECORDED, HELPER_KNOWN, REASON_REF
from tests.unit.requests.specs import given

VOIDED = ActivityVoided(was=ACTIVITY, reason_ref=REASON_REF)


def test_an_activity_is_voided() -> None:
    given(HELPER_KNOWN, ACTIVITY_RECORDED).when(VoidActivity("A1", REASON_REF)).then(VOIDED)


def test_a_voided_activity_is_voided_already() -> None:
    given(HELPER_KNOWN, ACTIVITY_RECORDED, VOIDED).when(VoidActivity("A1", "another reason")).unchanged()


def test_an_unknown_activity_cannot_be_voided() -> None:
    assert "「A1」" in given().when(VoidActivity("A1", REASON_REF)).refused("unknown_activity_id", "activity_id").text
