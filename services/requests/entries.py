"""What people enter: rows with the office's own numbers, before the vault has turned them into commands."""

from datetime import date

import msgspec

from shared.kernel.kinds import ActivityRow, OrganisationRow, PersonRow, VisitRow


class OrganisationEntry(msgspec.Struct, frozen=True):
    """`reason` is the text of a correction; None when nothing known may be corrected."""

    row: OrganisationRow
    reason: str | None


class PersonEntry(msgspec.Struct, frozen=True):
    row: PersonRow
    reason: str | None


class VisitEntry(msgspec.Struct, frozen=True):
    """`brings_agreed_record`: an imported visit carries its agreed record with it, one entered on a page needs one."""

    row: VisitRow
    reason: str | None
    brings_agreed_record: bool


class VisitPlanEntry(msgspec.Struct, frozen=True):
    row: VisitRow


class VisitVoidEntry(msgspec.Struct, frozen=True):
    visit_id: str
    reason: str


class ActivityEntry(msgspec.Struct, frozen=True):
    row: ActivityRow
    reason: str | None


class ActivityVoidEntry(msgspec.Struct, frozen=True):
    activity_id: str
    reason: str


class CareRecordEntry(msgspec.Struct, frozen=True):
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
