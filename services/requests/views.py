"""Read models of `requests`: organisations, people (by random id) and visits. Table, projection, queries together."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.requests.events import (
    ActivityCorrected,
    ActivityFacts,
    ActivityRecorded,
    ActivityRestated,
    ActivityVoided,
    CareStandingRecorded,
    OrganisationCorrected,
    OrganisationRegistered,
    PersonCorrected,
    PersonRegistered,
    VisitConfirmed,
    VisitCorrected,
    VisitFacts,
    VisitPlanned,
    VisitRestated,
    VisitVoided,
)
from shared.adapters.sql_view import Row, Shape, SqlView, Tables, upsert
from shared.kernel.messages import Event
from shared.kernel.standing import Register

Column = sa.Column[Any]


def _project_organisations(connection: sa.Connection, tables: Tables, events: Sequence[Event]) -> None:
    rows = []
    for event in events:
        details = event.fact.organisation
        rows.append(
            {
                "tenant": event.tenant,
                "organisation_id": details.organisation_id,
                "name": details.name,
                "services": "+".join(details.services),
                "district_id": details.district_id,
                "active_from": details.active_from,
                "active_until": details.active_until,
                "version": event.version,
            }
        )
    upsert(connection, tables["organisations"], rows)


ORGANISATIONS = SqlView(
    "requests.organisations",
    (
        Shape(
            "organisations",
            (sa.Column("organisation_id", sa.Text),),
            (
                sa.Column("name", sa.Text, nullable=False),
                sa.Column("services", sa.Text, nullable=False),
                sa.Column("district_id", sa.Text),
                sa.Column("active_from", sa.Date, nullable=False),
                sa.Column("active_until", sa.Date),
                sa.Column("version", sa.Integer, nullable=False),
            ),
        ),
    ),
    _project_organisations,
)


def _project_people(connection: sa.Connection, tables: Tables, events: Sequence[Event]) -> None:
    rows = []
    for event in events:
        register: Register = event.fact.register
        latest = register.periods[-1]
        rows.append(
            {
                "tenant": event.tenant,
                "person": event.fact.person,
                "is_user": "user" in register.roles,
                "is_helper": "helper" in register.roles,
                "district_id": latest.district_id,
                "registered_on": register.registered_on,
                "trained_on": register.trained_on,
                "care_level": latest.care_level,
                "version": event.version,
            }
        )
    upsert(connection, tables["people"], rows)


PEOPLE = SqlView(
    "requests.people",
    (
        Shape(
            "people",
            (sa.Column("person", sa.Text),),
            (
                sa.Column("is_user", sa.Boolean, nullable=False),
                sa.Column("is_helper", sa.Boolean, nullable=False),
                sa.Column("district_id", sa.Text),
                sa.Column("registered_on", sa.Date),
                sa.Column("trained_on", sa.Date),
                sa.Column("care_level", sa.Text, nullable=False),
                sa.Column("version", sa.Integer, nullable=False),
            ),
        ),
    ),
    _project_people,
)


def _project_visits(connection: sa.Connection, tables: Tables, events: Sequence[Event]) -> None:
    rows = []
    for event in events:
        match event.fact:
            case VisitPlanned() as plan:
                rows.append(_planned_row(event, plan))
            case VisitVoided(was=facts):
                rows.append(_visit_row(event, facts, "void"))
            case fact:
                rows.append(_visit_row(event, fact.visit, "confirmed"))
    upsert(connection, tables["visits"], rows)


def _planned_row(event: Event, plan: VisitPlanned) -> Row:
    return {
        "tenant": event.tenant,
        "visit_id": plan.visit_id,
        "status": "planned",
        "organisation_id": plan.organisation_id,
        "district_id": None,
        "service": plan.service,
        "menu": ";".join(plan.menu),
        "served_on": plan.planned_on,
        "started_at": plan.started_at,
        "minutes": 0,
        "outcome": "",
        "slip_no": None,
        "person": plan.user,
        "category": "",
        "helpers": ";".join(plan.helpers),
        "helpers_trained": False,
        "relative": False,
        "agreed_record": False,
        "version": event.version,
        "seq": event.seq,
    }


def _visit_row(event: Event, facts: VisitFacts, status: str) -> Row:
    return {
        "tenant": event.tenant,
        "visit_id": facts.visit_id,
        "status": status,
        "organisation_id": facts.organisation_id,
        "district_id": facts.district_id,
        "service": facts.service,
        "menu": ";".join(facts.menu),
        "served_on": facts.served_on,
        "started_at": facts.started_at,
        "minutes": facts.minutes,
        "outcome": facts.outcome,
        "slip_no": facts.slip_no,
        "person": facts.user.person,
        "category": facts.user.category,
        "helpers": ";".join([helper.person for helper in facts.helpers]),
        "helpers_trained": all([helper.registered and helper.trained for helper in facts.helpers]),
        "relative": any([helper.relative for helper in facts.helpers]),
        "agreed_record": facts.agreed_record,
        "version": event.version,
        "seq": event.seq,
    }


VISITS = SqlView(
    "requests.visits",
    (
        Shape(
            "visits",
            (sa.Column("visit_id", sa.Text),),
            (
                sa.Column("status", sa.Text, nullable=False),
                sa.Column("organisation_id", sa.Text, nullable=False),
                sa.Column("district_id", sa.Text),
                sa.Column("service", sa.Text, nullable=False),
                sa.Column("menu", sa.Text, nullable=False),
                sa.Column("served_on", sa.Date, nullable=False),
                sa.Column("started_at", sa.Text, nullable=False),
                sa.Column("minutes", sa.Integer, nullable=False),
                sa.Column("outcome", sa.Text, nullable=False),
                sa.Column("slip_no", sa.Text),
                sa.Column("person", sa.Text, nullable=False),
                sa.Column("category", sa.Text, nullable=False),
                sa.Column("helpers", sa.Text, nullable=False),
                sa.Column("helpers_trained", sa.Boolean, nullable=False),
                sa.Column("relative", sa.Boolean, nullable=False),
                sa.Column("agreed_record", sa.Boolean, nullable=False),
                sa.Column("version", sa.Integer, nullable=False),
                sa.Column("seq", sa.BigInteger, nullable=False),
            ),
            indexes=(("served_on", "visit_id"),),
        ),
    ),
    _project_visits,
)


def _project_activities(connection: sa.Connection, tables: Tables, events: Sequence[Event]) -> None:
    rows = []
    for event in events:
        fact = event.fact
        voided = isinstance(fact, ActivityVoided)
        facts: ActivityFacts = fact.was if voided else fact.activity
        rows.append(
            {
                "tenant": event.tenant,
                "activity_id": facts.activity_id,
                "status": "void" if voided else "recorded",
                "person": facts.person,
                "kind": facts.kind,
                "done_on": facts.done_on,
                "minutes": facts.minutes,
                "version": event.version,
            }
        )
    upsert(connection, tables["activities"], rows)


ACTIVITIES = SqlView(
    "requests.activities",
    (
        Shape(
            "activities",
            (sa.Column("activity_id", sa.Text),),
            (
                sa.Column("status", sa.Text, nullable=False),
                sa.Column("person", sa.Text, nullable=False),
                sa.Column("kind", sa.Text, nullable=False),
                sa.Column("done_on", sa.Date, nullable=False),
                sa.Column("minutes", sa.Integer, nullable=False),
                sa.Column("version", sa.Integer, nullable=False),
            ),
            indexes=(("done_on", "activity_id"),),
        ),
    ),
    _project_activities,
)

ORGANISATION_FACTS = (OrganisationRegistered, OrganisationCorrected)
PERSON_FACTS = (PersonRegistered, CareStandingRecorded, PersonCorrected)
VISIT_FACTS = (VisitConfirmed, VisitCorrected, VisitRestated, VisitVoided)
ACTIVITY_FACTS = (ActivityRecorded, ActivityCorrected, ActivityRestated, ActivityVoided)
