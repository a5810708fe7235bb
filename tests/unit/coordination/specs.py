"""given(facts…).when(command) over the decider of `coordination`."""

from datetime import date

from services.coordination.decider import DECIDER
from services.coordination.events import MunicipalityJoined, MunicipalityProfile
from tests.spec import Spec

given = Spec(DECIDER).given

JOINED_ON = date(2016, 10, 1)
JOINED = MunicipalityJoined(name="高松市", joined_on=JOINED_ON)
PROFILE = MunicipalityProfile(
    prefecture="香川県",
    population=428_074,
    population_as_of="2016-04-01",
    elderly_population=113_000,
    certification_rate_pct="20.5",
    ageing_rate_pct="26.4",
    ltci_premium_yen_month=5_793,
    daily_living_areas=44,
    support_centers=1,
    sogo_jigyo_start="2016-10",
    source="000",
)
