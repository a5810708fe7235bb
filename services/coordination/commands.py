"""What `coordination` is asked to do."""

from datetime import date

import msgspec

from services.coordination.events import MunicipalityProfile


class JoinMunicipality(msgspec.Struct, frozen=True):
    """`joined_on` is the business day on which the municipality starts to use Yui."""

    name: str
    joined_on: date


class ProfileMunicipality(msgspec.Struct, frozen=True):
    profile: MunicipalityProfile


class DefineDistrict(msgspec.Struct, frozen=True):
    district_id: str
    name: str


class BeginDay(msgspec.Struct, frozen=True):
    """Today has begun; so have all days since the last one that was recorded."""

    today: date
