"""What `coordination` is asked to do."""

from dataclasses import dataclass
from datetime import date

from services.coordination.events import MunicipalityProfile


@dataclass(frozen=True, slots=True)
class JoinMunicipality:
    """`joined_on` is the business day on which the municipality starts to use Yui."""

    name: str
    joined_on: date


@dataclass(frozen=True, slots=True)
class ProfileMunicipality:
    profile: MunicipalityProfile


@dataclass(frozen=True, slots=True)
class DefineDistrict:
    district_id: str
    name: str


@dataclass(frozen=True, slots=True)
class BeginDay:
    """Today has begun; so have all days since the last one that was recorded."""

    today: date
