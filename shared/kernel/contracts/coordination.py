"""Public events of `coordination` (体制整備): municipalities, their districts, and the beginning of each day."""

from datetime import date
from typing import ClassVar

from shared.kernel.messages import Fact, Part, contract


class MunicipalityProfile(Part, frozen=True):
    """Figures of a municipality as its source publishes them (seed 003, slide in `source`); None where it is silent."""

    prefecture: str | None
    population: int | None
    population_as_of: str | None
    elderly_population: int | None
    certification_rate_pct: str | None
    ageing_rate_pct: str | None
    ltci_premium_yen_month: int | None
    daily_living_areas: int | None
    support_centers: int | None
    sogo_jigyo_start: str | None
    source: str


class MunicipalityJoined(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.coordination.municipality_joined.v1"

    name: str
    joined_on: date


class MunicipalityRenamed(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.coordination.municipality_renamed.v1"

    name: str
    was: str


class MunicipalityProfiled(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.coordination.municipality_profiled.v1"

    profile: MunicipalityProfile


class DistrictDefined(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.coordination.district_defined.v1"

    district_id: str
    name: str


class DayBegan(Fact, frozen=True):
    """A business day of Asia/Tokyo has begun for the tenant; recorded once a day, also for days slept through."""

    TYPE: ClassVar[str] = "yui.coordination.day_began.v1"

    on: date


CONTRACT = contract(
    "coordination", (MunicipalityJoined, MunicipalityRenamed, MunicipalityProfiled, DistrictDefined, DayBegan)
)
