"""What `requests` is asked to do. Commands arrive complete: people under their random ids, ages, today, references."""

from dataclasses import dataclass
from datetime import date

from services.requests.events import Outcome, Service
from shared.kernel.ages import Ages
from shared.kernel.standing import CarePeriod, Role


@dataclass(frozen=True, slots=True)
class Someone:
    """A person named in a row: the office's number as written, the random id behind it ("" when there is none).

    `ages` is None without a birth date, or (`dated`) with one after the day.
    """

    office_id: str
    person: str
    ages: Ages | None = None
    dated: bool = False


@dataclass(frozen=True, slots=True)
class RegisterOrganisation:
    """`correction` refers to the reason in the vault; None when nothing known may be corrected."""

    organisation_id: str
    name: str
    services: tuple[Service, ...]
    district_id: str | None
    active_from: date
    active_until: date | None
    correction: str | None


@dataclass(frozen=True, slots=True)
class RegisterPerson:
    """One row of the register. `row_known`: the vault has a row for this person and `care.care_from`;
    `row_equal`: and it is this very row.
    """

    person: str
    roles: tuple[Role, ...]
    district_id: str | None
    registered_on: date | None
    trained_on: date | None
    relatives: tuple[str, ...]
    care: CarePeriod
    row_known: bool
    row_equal: bool
    correction: str | None


@dataclass(frozen=True, slots=True)
class AgreeCareRecord:
    someone: Someone
    agreed_on: date
    today: date


@dataclass(frozen=True, slots=True)
class PlanVisit:
    visit_id: str
    organisation_id: str
    service: Service
    menu: tuple[str, ...]
    planned_on: date
    started_at: str
    user: Someone
    helpers: tuple[Someone, ...]


@dataclass(frozen=True, slots=True)
class RecordVisit:
    """A visit as its slip says. `brings_agreed_record`: an imported visit carries its agreed record with it."""

    visit_id: str
    organisation_id: str
    service: Service
    menu: tuple[str, ...]
    served_on: date
    started_at: str
    minutes: int
    outcome: Outcome
    slip_no: str | None
    user: Someone
    helpers: tuple[Someone, ...]
    today: date
    brings_agreed_record: bool
    correction: str | None


@dataclass(frozen=True, slots=True)
class RestateVisit:
    """The register may say something else about the day of this visit."""

    visit_id: str
    organisation_id: str
    user: Someone
    helpers: tuple[Someone, ...]


@dataclass(frozen=True, slots=True)
class VoidVisit:
    visit_id: str
    reason_ref: str


@dataclass(frozen=True, slots=True)
class RecordActivity:
    activity_id: str
    person: Someone
    kind: str
    done_on: date
    started_at: str | None
    minutes: int
    group_id: str | None
    venue_id: str | None
    today: date
    correction: str | None


@dataclass(frozen=True, slots=True)
class RestateActivity:
    activity_id: str
    person: Someone


@dataclass(frozen=True, slots=True)
class VoidActivity:
    activity_id: str
    reason_ref: str
