from msgspec.structs import replace

from services.requests.commands import PlanVisit
from services.requests.events import VisitVoided
from tests.controls import (
    HELPER_KNOWN,
    ORGANISATION_KNOWN,
    REASON_REF,
    SERVED_ON,
    USER_KNOWN,
    VISIT,
    VISIT_CONFIRMED,
    nobody,
    the_helper,
    the_user,
)
from tests.unit.requests.specs import EVERYBODY_KNOWN, VISIT_PLANNED, given

PLAN = PlanVisit("V1", "O1", "visit", ("cooking",), SERVED_ON, "10:00", the_user(), (the_helper(),))


def test_a_visit_is_planned() -> None:
    given(*EVERYBODY_KNOWN).when(PLAN).then(VISIT_PLANNED)


def test_the_same_plan_again_changes_nothing() -> None:
    given(*EVERYBODY_KNOWN, VISIT_PLANNED).when(PLAN).unchanged()


def test_another_plan_under_the_same_number_is_refused() -> None:
    given(*EVERYBODY_KNOWN, VISIT_PLANNED).when(replace(PLAN, started_at="11:00")).refused(
        "known_with_other_content", "visit_id"
    )


def test_a_confirmed_visit_is_not_planned_again() -> None:
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED).when(PLAN).refused("known_with_other_content", "visit_id")


def test_a_voided_visit_is_not_planned_again() -> None:
    voided = VisitVoided(was=VISIT, reason_ref=REASON_REF)
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED, voided).when(PLAN).refused("known_with_other_content", "visit_id")


def test_an_unknown_organisation_is_refused() -> None:
    given(USER_KNOWN, HELPER_KNOWN).when(PLAN).refused("unknown_organisation_id", "organisation_id")


def test_an_unknown_user_is_refused() -> None:
    given(ORGANISATION_KNOWN, HELPER_KNOWN).when(replace(PLAN, user=nobody("U9"))).refused("unknown_user_id", "user_id")


def test_an_unknown_helper_is_refused() -> None:
    plan = replace(PLAN, helpers=(the_helper(), nobody("H9")))
    assert "「H9」" in given(*EVERYBODY_KNOWN).when(plan).refused("unknown_helper_ids", "helper_ids").text


def test_a_user_is_not_planned_as_the_own_helper() -> None:
    given(*EVERYBODY_KNOWN).when(replace(PLAN, helpers=(the_helper(), the_user()))).refused(
        "helper_is_user", "helper_ids"
    )
