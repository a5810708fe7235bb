"""The public events of `coordination`."""

from shared.kernel.contracts.coordination import (
    CONTRACT,
    DayBegan,
    DistrictDefined,
    MunicipalityJoined,
    MunicipalityProfile,
    MunicipalityProfiled,
    MunicipalityRenamed,
)

__all__ = [
    "CONTRACT",
    "DayBegan",
    "DistrictDefined",
    "MunicipalityJoined",
    "MunicipalityProfile",
    "MunicipalityProfiled",
    "MunicipalityRenamed",
]
