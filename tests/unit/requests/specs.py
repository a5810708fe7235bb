"""given(facts…).when(command) over the decider of `requests`."""

from services.requests.decider import DECIDER
from services.requests.events import (
    CareRecordAgreed,
    CareStandingRecorded,
    PersonCorrected,
    PersonRegistered,
    VisitPlanned,
)
from tests.controls import HELPER, HELPER_KNOWN, ORGANISATION_KNOWN, SERVED_ON, USER, USER_KNOWN
from tests.spec import Spec


def _person(fact: CareRecordAgreed | CareStandingRecorded | PersonCorrected | PersonRegistered) -> str:
    return f"person-{fact.person}"


def _visit(fact: VisitPlanned) -> str:
    return f"visit-{fact.visit_id}"


given = Spec(
    DECIDER,
    streams={
        PersonRegistered: _person,
        CareStandingRecorded: _person,
        PersonCorrected: _person,
        CareRecordAgreed: _person,
        VisitPlanned: _visit,
    },
).given

EVERYBODY_KNOWN = (ORGANISATION_KNOWN, USER_KNOWN, HELPER_KNOWN)
VISIT_PLANNED = VisitPlanned(
    visit_id="V1",
    organisation_id="O1",
    service="visit",
    menu=("cooking",),
    planned_on=SERVED_ON,
    started_at="10:00",
    user=USER,
    helpers=(HELPER,),
)
