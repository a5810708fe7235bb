import pytest
from msgspec.structs import replace

from services.coordination.commands import ProfileMunicipality
from services.coordination.decider import evolve_municipality
from services.coordination.events import MunicipalityProfiled, MunicipalityRenamed
from tests.unit.coordination.specs import JOINED, PROFILE, given

PROFILED = MunicipalityProfiled(profile=PROFILE)


def test_a_municipality_is_profiled() -> None:
    given(JOINED).when(ProfileMunicipality(PROFILE)).then(PROFILED)


def test_the_same_figures_again_change_nothing() -> None:
    given(JOINED, PROFILED).when(ProfileMunicipality(PROFILE)).unchanged()


def test_other_figures_replace_the_old_ones() -> None:
    other = replace(PROFILE, population=427_942)
    given(JOINED, PROFILED).when(ProfileMunicipality(other)).then(MunicipalityProfiled(profile=other))


def test_the_figures_stay_when_the_name_changes() -> None:
    renamed = MunicipalityRenamed(name="新高松市", was="高松市")
    given(JOINED, PROFILED, renamed).when(ProfileMunicipality(PROFILE)).unchanged()


def test_nobody_is_profiled_before_joining() -> None:
    given().when(ProfileMunicipality(PROFILE)).refused("not_joined")


def test_figures_of_a_municipality_that_never_joined_are_no_history() -> None:
    with pytest.raises(ValueError, match="joined before"):
        evolve_municipality(None, PROFILED)
