from services.coordination.commands import DefineDistrict
from services.coordination.events import DistrictDefined
from tests.unit.coordination.specs import JOINED, given

OTA = DistrictDefined(district_id="D1", name="太田")


def test_a_district_is_defined() -> None:
    given(JOINED).when(DefineDistrict("D1", "太田")).then(OTA)


def test_the_same_district_again_changes_nothing() -> None:
    given(JOINED, OTA).when(DefineDistrict("D1", "太田")).unchanged()


def test_another_name_defines_it_anew() -> None:
    given(JOINED, OTA).when(DefineDistrict("D1", "太田南")).then(DistrictDefined(district_id="D1", name="太田南"))


def test_another_number_is_another_district() -> None:
    given(JOINED, OTA).when(DefineDistrict("D2", "太田")).then(DistrictDefined(district_id="D2", name="太田"))


def test_no_district_is_defined_before_joining() -> None:
    given().when(DefineDistrict("D1", "太田")).refused("not_joined")
