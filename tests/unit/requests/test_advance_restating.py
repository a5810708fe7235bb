"""Progress through an organisation's visits is an event, so that it goes on where it was."""

from services.requests.commands import AdvanceRestating
from services.requests.events import RestatingAdvanced
from tests.unit.requests.specs import given

ADVANCED = RestatingAdvanced(organisation_id="O1", after="V200")


def test_progress_is_recorded() -> None:
    given().when(AdvanceRestating("O1", "V200")).then(ADVANCED)


def test_another_correction_comes_to_the_same_place() -> None:
    given(ADVANCED).when(AdvanceRestating("O1", "V200")).then(ADVANCED)
