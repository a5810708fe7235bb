"""What `requests` is asked to do. Commands arrive complete: people under their random ids, ages, today, references."""

from datetime import date

import msgspec

from services.requests.events import Outcome, Service
from shared.kernel.ages import Ages
from shared.kernel.standing import Period, Role


class Someone(msgspec.Struct, frozen=True):
    """A person named in a row: the office's number as written, the random id behind it ("" when there is none).

    `ages` is None without a birth date, or (`dated`) with one after the day.
    """

    office_id: str
    person: str
    ages: Ages | None = None
    dated: bool = False


class RegisterOrganisation(msgspec.Struct, frozen=True):
    """`correction` refers to the reason in the vault; None when nothing known may be corrected."""

    organisation_id: str
    name: str
    services: tuple[Service, ...]
    district_id: str | None
    active_from: date
    active_until: date | None
    correction: str | None


class RegisterPerson(msgspec.Struct, frozen=True):
    """One row of the register. `row_known`: the vault has a row for this person and `period.care_from`;
    `row_equal`: and it is this very row. `unborn`: its birth date has not come yet.
    """

    person: str
    roles: tuple[Role, ...]
    registered_on: date | None
    trained_on: date | None
    period: Period
    row_known: bool
    row_equal: bool
    unborn: bool
    correction: str | None


class AgreeCareRecord(msgspec.Struct, frozen=True):
    someone: Someone
    agreed_on: date
    today: date


class PlanVisit(msgspec.Struct, frozen=True):
    visit_id: str
    organisation_id: str
    service: Service
    menu: tuple[str, ...]
    planned_on: date
    started_at: str
    user: Someone
    helpers: tuple[Someone, ...]


class RecordVisit(msgspec.Struct, frozen=True):
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


class RestateVisit(msgspec.Struct, frozen=True):
    """The register may say something else about the day of this visit; `brings_agreed_record` as in RecordVisit."""

    visit_id: str
    organisation_id: str
    user: Someone
    helpers: tuple[Someone, ...]
    brings_agreed_record: bool


class AdvanceRestating(msgspec.Struct, frozen=True):
    """The visits of an organisation whose district was corrected are stated anew up to `after`, and there are more."""

    organisation_id: str
    after: str


class VoidVisit(msgspec.Struct, frozen=True):
    visit_id: str
    reason_ref: str


class RecordActivity(msgspec.Struct, frozen=True):
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


class RestateActivity(msgspec.Struct, frozen=True):
    activity_id: str
    person: Someone


class VoidActivity(msgspec.Struct, frozen=True):
    activity_id: str
    reason_ref: str
