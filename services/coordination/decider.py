"""What `coordination` decides."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from services.coordination.commands import BeginDay, DefineDistrict, JoinMunicipality, ProfileMunicipality
from services.coordination.events import (
    CONTRACT,
    DayBegan,
    DistrictDefined,
    MunicipalityJoined,
    MunicipalityProfile,
    MunicipalityProfiled,
    MunicipalityRenamed,
)
from shared.kernel.deciding import Aggregate, Decided, Decider, Decision, Refusal

MUNICIPALITY = "municipality"
CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Municipality:
    name: str
    joined_on: date
    profile: MunicipalityProfile | None = None


def evolve_municipality(
    state: Municipality | None, fact: MunicipalityJoined | MunicipalityRenamed | MunicipalityProfiled
) -> Municipality:
    if isinstance(fact, MunicipalityJoined):
        return Municipality(fact.name, fact.joined_on)
    if state is None:
        raise ValueError("a municipality is joined before anything else is known of it")
    if isinstance(fact, MunicipalityRenamed):
        return replace(state, name=fact.name)
    return replace(state, profile=fact.profile)


def evolve_district(_state: str | None, fact: DistrictDefined) -> str:
    return fact.name


def evolve_calendar(_state: date | None, fact: DayBegan) -> date:
    return fact.on


def join(command: JoinMunicipality, state: Municipality | None) -> Decided:
    if state is None:
        return (MunicipalityJoined(name=command.name, joined_on=command.joined_on),)
    if state.name == command.name:
        return ()
    return (MunicipalityRenamed(name=command.name, was=state.name),)


def profile(command: ProfileMunicipality, state: Municipality | None) -> Decided:
    if state is None:
        return _not_joined()
    return () if state.profile == command.profile else (MunicipalityProfiled(profile=command.profile),)


def define_district(command: DefineDistrict, state: str | None, municipality: Municipality | None) -> Decided:
    if municipality is None:
        return _not_joined()
    if state == command.name:
        return ()
    return (DistrictDefined(district_id=command.district_id, name=command.name),)


def begin_day(command: BeginDay, last: date | None, municipality: Municipality | None) -> Decided:
    """Every day after the last recorded one, up to today; the first is the day of joining."""
    if municipality is None:
        return _not_joined()
    first = municipality.joined_on if last is None else last + timedelta(days=1)
    return tuple(DayBegan(on=first + timedelta(days=n)) for n in range((command.today - first).days + 1))


def _not_joined() -> Refusal:
    return Refusal("not_joined", "この自治体はまだ登録されていません。先に yui tenant add で登録してください。")


DECIDER = Decider(
    contract=CONTRACT,
    aggregates={
        MUNICIPALITY: Aggregate(None, evolve_municipality),
        "district": Aggregate(None, evolve_district),
        CALENDAR: Aggregate(None, evolve_calendar),
    },
    decisions={
        JoinMunicipality: Decision(lambda command: (MUNICIPALITY,), join),
        ProfileMunicipality: Decision(lambda command: (MUNICIPALITY,), profile),
        DefineDistrict: Decision(lambda command: (f"district-{command.district_id}", MUNICIPALITY), define_district),
        BeginDay: Decision(lambda command: (CALENDAR, MUNICIPALITY), begin_day),
    },
    recall={
        MunicipalityJoined: lambda fact: JoinMunicipality(fact.name, fact.joined_on),
        MunicipalityRenamed: lambda fact: JoinMunicipality(fact.name, date.min),
        MunicipalityProfiled: lambda fact: ProfileMunicipality(fact.profile),
        DistrictDefined: lambda fact: DefineDistrict(fact.district_id, fact.name),
        DayBegan: lambda fact: BeginDay(fact.on),
    },
)
