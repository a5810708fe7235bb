"""What people enter: rows with the office's own numbers, before the vault has turned them into commands."""

from dataclasses import dataclass
from datetime import date

from shared.kernel.kinds import ActivityRow, OrganisationRow, PersonRow, VisitRow


@dataclass(frozen=True, slots=True)
class OrganisationEntry:
    """`reason` is the text of a correction; None when nothing known may be corrected."""

    row: OrganisationRow
    reason: str | None


@dataclass(frozen=True, slots=True)
class PersonEntry:
    row: PersonRow
    reason: str | None


@dataclass(frozen=True, slots=True)
class VisitEntry:
    """`brings_agreed_record`: an imported visit carries its agreed record with it, one entered on a page needs one."""

    row: VisitRow
    reason: str | None
    brings_agreed_record: bool


@dataclass(frozen=True, slots=True)
class VisitPlanEntry:
    row: VisitRow


@dataclass(frozen=True, slots=True)
class VisitVoidEntry:
    visit_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ActivityEntry:
    row: ActivityRow
    reason: str | None


@dataclass(frozen=True, slots=True)
class ActivityVoidEntry:
    activity_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class CareRecordEntry:
    """`person_id` is the office's number of the user who agreed the care-management record."""

    person_id: str
    agreed_on: date


Entry = (
    OrganisationEntry
    | PersonEntry
    | VisitEntry
    | VisitPlanEntry
    | VisitVoidEntry
    | ActivityEntry
    | ActivityVoidEntry
    | CareRecordEntry
)
