from datetime import date

from services.coordination.commands import JoinMunicipality
from services.coordination.events import MunicipalityJoined, MunicipalityRenamed
from tests.unit.coordination.specs import JOINED, JOINED_ON, given


def test_a_municipality_joins() -> None:
    given().when(JoinMunicipality("高松市", JOINED_ON)).then(MunicipalityJoined(name="高松市", joined_on=JOINED_ON))


def test_it_joins_once_only_whenever_it_is_said_again() -> None:
    given(JOINED).when(JoinMunicipality("高松市", date(2017, 4, 1))).unchanged()


def test_another_name_renames_it() -> None:
    given(JOINED).when(JoinMunicipality("新高松市", JOINED_ON)).then(MunicipalityRenamed(name="新高松市", was="高松市"))


def test_it_can_have_its_old_name_back() -> None:
    renamed = MunicipalityRenamed(name="新高松市", was="高松市")
    given(JOINED, renamed).when(JoinMunicipality("高松市", JOINED_ON)).then(
        MunicipalityRenamed(name="高松市", was="新高松市")
    )
