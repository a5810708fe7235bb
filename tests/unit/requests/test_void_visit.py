from services.requests.commands import VoidVisit
from services.requests.events import VisitCorrected, VisitVoided
from tests.controls import REASON_REF, VISIT, VISIT_CONFIRMED, visit_facts
from tests.unit.requests.specs import EVERYBODY_KNOWN, VISIT_PLANNED, given

VOID = VoidVisit("V1", REASON_REF)
VOIDED = VisitVoided(was=VISIT, reason_ref=REASON_REF)


def test_a_confirmed_visit_is_voided() -> None:
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED).when(VOID).then(VOIDED)


def test_a_corrected_visit_is_voided_as_it_was_corrected() -> None:
    other = visit_facts(minutes=45)
    corrected = VisitCorrected(visit=other, was=VISIT, reason_ref="why")
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED, corrected).when(VOID).then(VisitVoided(was=other, reason_ref=REASON_REF))


def test_a_voided_visit_is_voided_already() -> None:
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED, VOIDED).when(VoidVisit("V1", "another reason")).unchanged()


def test_an_unknown_visit_cannot_be_voided() -> None:
    assert "「V1」" in given().when(VOID).refused("unknown_visit_id", "visit_id").text


def test_a_visit_only_planned_cannot_be_voided() -> None:
    given(*EVERYBODY_KNOWN, VISIT_PLANNED).when(VOID).refused("unknown_visit_id", "visit_id")
