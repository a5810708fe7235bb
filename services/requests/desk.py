"""The reception of `requests`: turns entries into complete commands, inside the transaction that records them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, assert_never

from msgspec.structs import replace

from services.requests import vault
from services.requests.commands import (
    AgreeCareRecord,
    PlanVisit,
    RecordActivity,
    RecordVisit,
    RegisterOrganisation,
    RegisterPerson,
    Someone,
    VoidActivity,
    VoidVisit,
)
from services.requests.entries import (
    ActivityEntry,
    ActivityVoidEntry,
    CareRecordEntry,
    Entry,
    OrganisationEntry,
    PersonEntry,
    VisitEntry,
    VisitPlanEntry,
    VisitVoidEntry,
)
from shared.flow.handle import Accepted, Outcome, Request
from shared.flow.ports import Clock
from shared.kernel.dates import business_date
from shared.kernel.kinds import PersonRow, VisitRow
from shared.kernel.menu import menu_ids
from shared.kernel.standing import is_latest

NOBODY = vault.Identity("", None)


@dataclass(frozen=True)
class Reception:
    """`mint` makes a new random id (UUIDv7)."""

    clock: Clock
    mint: Callable[[], str]

    def prepare(
        self, connection: Any, requests: Sequence[Request]
    ) -> tuple[Sequence[Request], Callable[[Sequence[Outcome]], None]]:
        """The requests with complete commands, and what to keep in the vault once they are decided."""
        if not any(isinstance(request.command, Entry) for request in requests):
            return requests, _nothing
        counter = _Counter(connection, business_date(self.clock.now()), self.mint)
        counter.look_up(requests)
        prepared = [
            replace(request, command=counter.command(number, request.tenant, request.command))
            if isinstance(request.command, Entry)
            else request
            for number, request in enumerate(requests)
        ]
        return prepared, counter.keep


def _nothing(_outcomes: Sequence[Outcome]) -> None:
    return None


@dataclass
class _Counter:
    """One batch at the reception."""

    connection: Any
    today: date
    mint: Callable[[], str]
    known: dict[tuple[str, str], vault.Identity] = field(default_factory=dict)
    hashes: dict[tuple[str, str, str], bytes] = field(default_factory=dict)
    texts: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    details: dict[int, vault.PersonDetails] = field(default_factory=dict)
    numbers: dict[int, list[tuple[str, str, str]]] = field(default_factory=dict)
    minted: set[tuple[str, str]] = field(default_factory=set)

    def look_up(self, requests: Sequence[Request]) -> None:
        """Read from the vault, once for the batch, everybody whom the entries name."""
        entries = [(request.tenant, request.command) for request in requests if isinstance(request.command, Entry)]
        self.known |= vault.identities(
            self.connection, {(tenant, office_id) for tenant, entry in entries for office_id in _named(entry)}
        )
        registering = {(tenant, entry.row.person_id) for tenant, entry in entries if isinstance(entry, PersonEntry)}
        known = {(place[0], self.known[place].person) for place in registering if place in self.known}
        self.hashes |= vault.row_hashes(self.connection, known)

    def command(self, number: int, tenant: str, entry: Entry) -> Any:
        match entry:
            case OrganisationEntry(row, reason):
                return RegisterOrganisation(
                    row.organisation_id,
                    row.name,
                    row.services,
                    row.district_id,
                    row.active_from,
                    row.active_until,
                    self._text(number, tenant, reason),
                )
            case PersonEntry(row, reason):
                return self._person(number, tenant, row, reason)
            case VisitEntry():
                return self._visit(number, tenant, entry)
            case VisitPlanEntry(row):
                return self._plan(tenant, row)
            case VisitVoidEntry(visit_id, reason):
                return VoidVisit(visit_id, self._reason(number, tenant, reason))
            case ActivityEntry():
                return self._activity(number, tenant, entry)
            case ActivityVoidEntry(activity_id, reason):
                return VoidActivity(activity_id, self._reason(number, tenant, reason))
            case CareRecordEntry(person_id, agreed_on):
                return AgreeCareRecord(self._someone(tenant, person_id, agreed_on), agreed_on, self.today)
            case _:
                assert_never(entry)

    def keep(self, outcomes: Sequence[Outcome]) -> None:
        """Write to the vault what belongs to the entries that made an event."""
        made = [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Accepted) and outcome.types]
        vault.keep_numbers(self.connection, [row for number in made for row in self.numbers.get(number, ())])
        vault.keep_people(self.connection, [self.details[number] for number in made if number in self.details])
        vault.keep_texts(self.connection, [self.texts[number] for number in made if number in self.texts])

    def _person(self, number: int, tenant: str, row: PersonRow, reason: str | None) -> RegisterPerson:
        identity = self._identity(number, tenant, row.person_id)
        place = (tenant, identity.person, vault.row_key(row))
        accepted, this = self.hashes.get(place), vault.row_hash(row)
        unborn = row.birth_date > self.today
        if not unborn and (accepted is None or reason is not None):
            self.hashes[place] = this
            if is_latest(row.care_from, identity.details_from):
                self.known[tenant, row.person_id] = vault.Identity(identity.person, row.birth_date, row.care_from)
        self.details[number] = vault.PersonDetails(tenant, identity.person, row)
        return RegisterPerson(
            identity.person,
            row.roles,
            row.registered_on,
            row.trained_on,
            row.period(tuple(sorted(self._identity(number, tenant, relative).person for relative in row.relatives))),
            accepted is not None,
            accepted == this,
            unborn,
            self._text(number, tenant, reason) if accepted is not None else None,
        )

    def _visit(self, number: int, tenant: str, entry: VisitEntry) -> RecordVisit:
        row = entry.row
        return RecordVisit(
            row.visit_id,
            row.organisation_id,
            row.service,
            menu_ids(row.menu),
            row.served_on,
            row.started_at,
            row.minutes,
            row.outcome,
            row.slip_no,
            self._someone(tenant, row.user_id, row.served_on),
            tuple([self._someone(tenant, office_id, row.served_on) for office_id in row.helper_ids]),
            self.today,
            entry.brings_agreed_record,
            self._text(number, tenant, entry.reason),
        )

    def _plan(self, tenant: str, row: VisitRow) -> PlanVisit:
        return PlanVisit(
            row.visit_id,
            row.organisation_id,
            row.service,
            menu_ids(row.menu),
            row.served_on,
            row.started_at,
            self._someone(tenant, row.user_id, row.served_on),
            tuple([self._someone(tenant, office_id, row.served_on) for office_id in row.helper_ids]),
        )

    def _activity(self, number: int, tenant: str, entry: ActivityEntry) -> RecordActivity:
        row = entry.row
        return RecordActivity(
            row.activity_id,
            self._someone(tenant, row.person_id, row.done_on),
            row.kind,
            row.done_on,
            row.started_at,
            row.minutes,
            row.group_id,
            row.venue_id,
            self.today,
            self._text(number, tenant, entry.reason),
        )

    def _someone(self, tenant: str, office_id: str, day: date) -> Someone:
        identity = self.known.get((tenant, office_id), NOBODY)
        return Someone(office_id, identity.person, identity.ages(day), identity.birth_date is not None)

    def _identity(self, number: int, tenant: str, office_id: str) -> vault.Identity:
        found = self.known.get((tenant, office_id))
        if found is None:
            found = self.known[tenant, office_id] = vault.Identity(self.mint(), None)
            self.minted.add((tenant, office_id))
        if (tenant, office_id) in self.minted:
            self.numbers.setdefault(number, []).append((tenant, office_id, found.person))
        return found

    def _text(self, number: int, tenant: str, reason: str | None) -> str | None:
        return None if reason is None else self._reason(number, tenant, reason)

    def _reason(self, number: int, tenant: str, reason: str) -> str:
        ref = self.mint()
        self.texts[number] = (tenant, ref, reason)
        return ref


def _named(entry: Entry) -> Sequence[str]:
    match entry:
        case PersonEntry(row, _):
            return (row.person_id, *row.relatives)
        case VisitEntry(row=row) | VisitPlanEntry(row):
            return (row.user_id, *row.helper_ids)
        case ActivityEntry(row, _):
            return (row.person_id,)
        case CareRecordEntry(person_id, _):
            return (person_id,)
        case OrganisationEntry() | VisitVoidEntry() | ActivityVoidEntry():
            return ()
        case _:
            assert_never(entry)
