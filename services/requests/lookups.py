"""When the register changes, the facts of the days it speaks of are stated anew.

The policy owns a table of who took part in what; it is written by the same subscription, in the same transaction.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from services.requests import vault
from services.requests.commands import AdvanceRestating, RestateActivity, RestateVisit, Someone
from services.requests.events import (
    ActivityCorrected,
    ActivityRecorded,
    CareRecordAgreed,
    CareStandingRecorded,
    OrganisationCorrected,
    PersonCorrected,
    RestatingAdvanced,
    VisitConfirmed,
    VisitCorrected,
)
from shared.adapters.sql_days import rows_of_person
from shared.adapters.sql_sweep import STRETCH
from shared.adapters.sql_view import Row, upsert
from shared.kernel.messages import Event

REGISTER_FACTS = (CareStandingRecorded, PersonCorrected, CareRecordAgreed, OrganisationCorrected, RestatingAdvanced)

metadata = sa.MetaData()

participations = sa.Table(
    "participations",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("on_day", sa.Date, nullable=False),
    sa.Column("organisation_id", sa.Text, nullable=False),
    sa.Column("people", sa.Text, nullable=False),
    sa.Index("participations_on_day", "tenant", "on_day", "person"),
    sqlite_with_rowid=False,
)


def when_register_corrected_restate(connection: Any, events: Sequence[Event]) -> list[tuple[Event, Any]]:
    """The commands that state anew the visits and activities that the register says something else about."""
    upsert(connection, participations, [row for event in events for row in _participations(event)])
    return [(event, command) for event in events for command in _restatements(connection, event)]


def _restatements(connection: Any, event: Event) -> Iterable[Any]:
    match event.fact:
        case CareStandingRecorded(person=person) | PersonCorrected(person=person) | CareRecordAgreed(person=person):
            return _of_person(connection, event.tenant, person)
        case OrganisationCorrected(organisation=details, was=was) if details.district_id != was.district_id:
            return _of_organisation(connection, event.tenant, details.organisation_id, "")
        case RestatingAdvanced(organisation_id=organisation_id, after=after):
            return _of_organisation(connection, event.tenant, organisation_id, after)
        case _:
            return ()


def _participations(event: Event) -> Iterable[Row]:
    match event.fact:
        case VisitConfirmed(visit=visit) | VisitCorrected(visit=visit):
            everybody = [visit.user.person, *[helper.person for helper in visit.helpers]]
            joined = ";".join(everybody)
            for person in everybody:
                yield _row(event, person, "visit", visit.visit_id, visit.served_on, visit.organisation_id, joined)
        case ActivityRecorded(activity=activity) | ActivityCorrected(activity=activity):
            person = activity.person
            yield _row(event, person, "activity", activity.activity_id, activity.done_on, "", person)
        case _:
            return


def _row(event: Event, person: str, kind: str, number: str, on_day: Any, organisation_id: str, people: str) -> Row:
    return {
        "tenant": event.tenant,
        "person": person,
        "kind": kind,
        "number": number,
        "on_day": on_day,
        "organisation_id": organisation_id,
        "people": people,
    }


def _of_person(connection: Any, tenant: str, person: str) -> Iterable[Any]:
    of = participations.c
    query = rows_of_person(participations, "on_day", tenant, person)
    rows = connection.execute(query.order_by(of.kind, of.number)).all()
    return _commands(rows, vault.persons(connection, tenant, _people(rows)))


def _of_organisation(connection: Any, tenant: str, organisation_id: str, after: str) -> Iterable[Any]:
    """A stretch of its visits, by their numbers. Nothing else asks for them by organisation, and seldom anybody does:
    they are found by going through all visits once.
    """
    of = participations.c
    by_user = of.people.startswith(of.person)
    theirs = (of.tenant == tenant, of.organisation_id == organisation_id, by_user)
    stretch = sa.select(of.number).where(*theirs, of.number > after).distinct().order_by(of.number).limit(STRETCH)
    numbers = connection.scalars(stretch).all()
    query = sa.select(participations).where(*theirs, of.number.in_(numbers)).order_by(of.number)
    rows = connection.execute(query).all()
    yield from _commands(rows, vault.persons(connection, tenant, _people(rows)))
    if len(numbers) == STRETCH:
        yield AdvanceRestating(organisation_id, numbers[-1])


def _people(rows: Sequence[Any]) -> set[str]:
    return {person for row in rows for person in row.people.split(";")}


def _commands(rows: Sequence[Any], known: dict[str, Any]) -> Iterable[RestateVisit | RestateActivity]:
    for row in rows:
        user, *helpers = [_someone(known, person, row.on_day) for person in row.people.split(";")]
        if row.kind == "visit":
            yield RestateVisit(row.number, row.organisation_id, user, tuple(helpers), brings_agreed_record=False)
        else:
            yield RestateActivity(row.number, user)


def _someone(known: dict[str, Any], person: str, on_day: Any) -> Someone:
    row = known.get(person)
    identity = vault.Identity(person, row.birth_date if row else None)
    return Someone("", person, identity.ages(on_day), identity.birth_date is not None)
