"""given(facts…).when(command) over the decider of `requests`."""

from services.requests.decider import DECIDER
from services.requests.events import CareRecordAgreed, CareStandingRecorded, PersonCorrected, PersonRegistered
from tests.controls import HELPER_KNOWN, ORGANISATION_KNOWN, USER_KNOWN
from tests.spec import Spec


def _person(fact: CareRecordAgreed | CareStandingRecorded | PersonCorrected | PersonRegistered) -> str:
    return f"person-{fact.person}"


given = Spec(
    DECIDER,
    streams=dict.fromkeys((PersonRegistered, CareStandingRecorded, PersonCorrected, CareRecordAgreed), _person),
).given

EVERYBODY_KNOWN = (ORGANISATION_KNOWN, USER_KNOWN, HELPER_KNOWN)
