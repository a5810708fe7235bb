"""Read models of `billing`: what every visit and every organisation's month is worth now."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.billing.events import SubsidyAssessed, SubsidyReassessed
from shared.adapters.sql_store import live_generation
from shared.adapters.sql_view import Row, Shape, SqlView, Tables, upsert
from shared.flow.subscriptions import types
from shared.kernel.contracts.billing import Assessment
from shared.kernel.messages import Event

ASSESSMENT_FACTS = (SubsidyAssessed, SubsidyReassessed)
ASSESSMENT_TYPES = types(*ASSESSMENT_FACTS)


def _project_assessments(connection: sa.Connection, tables: Tables, events: Sequence[Event]) -> None:
    """A visit that has moved is withdrawn from the bucket it left before it is assessed in the other one."""
    table = tables["assessments"]
    withdrawn = []
    rows: dict[tuple[str, str], Row] = {}
    buckets: list[Row] = []
    for event in events:
        fact = event.fact
        if isinstance(fact, SubsidyAssessed) and fact.withdrawn is not None:
            place = (event.tenant, fact.withdrawn)
            rows.pop(place, None)
            withdrawn.append({"of_tenant": event.tenant, "of_visit": fact.withdrawn})
            bucket = {"visit_id": fact.withdrawn, "person": fact.user, "month": fact.month}
            buckets.append({"tenant": event.tenant, **bucket})
        for assessment in fact.assessments:
            rows[event.tenant, assessment.visit_id] = _assessment_row(event.tenant, fact.user, fact.month, assessment)
    if withdrawn:
        gone = sa.delete(table).where(
            table.c.tenant == sa.bindparam("of_tenant"), table.c.visit_id == sa.bindparam("of_visit")
        )
        connection.execute(gone, withdrawn)
    upsert(connection, table, rows.values())
    upsert(connection, tables["left_buckets"], buckets)


def _assessment_row(tenant: str, user: str, month: str, assessment: Assessment) -> Row:
    return {
        "tenant": tenant,
        "visit_id": assessment.visit_id,
        "person": user,
        "month": month,
        "organisation_id": assessment.organisation_id,
        "district_id": assessment.district_id,
        "service": assessment.service,
        "served_on": assessment.served_on,
        "user_fee_yen": assessment.user_fee_yen,
        "helper_expense_yen": assessment.helper_expense_yen,
        "subsidy_yen": assessment.subsidy_yen,
        "reason": assessment.reason,
        "cap_position": assessment.cap_position,
        "rule": assessment.rule,
        "flags": ";".join(assessment.flags),
        "engine": assessment.engine,
    }


ASSESSMENTS = SqlView(
    "billing.assessments",
    (
        Shape(
            "assessments",
            (sa.Column("visit_id", sa.Text),),
            (
                sa.Column("person", sa.Text, nullable=False),
                sa.Column("month", sa.Text, nullable=False),
                sa.Column("organisation_id", sa.Text, nullable=False),
                sa.Column("district_id", sa.Text),
                sa.Column("service", sa.Text, nullable=False),
                sa.Column("served_on", sa.Date, nullable=False),
                sa.Column("user_fee_yen", sa.Integer, nullable=False),
                sa.Column("helper_expense_yen", sa.Integer, nullable=False),
                sa.Column("subsidy_yen", sa.Integer, nullable=False),
                sa.Column("reason", sa.Text, nullable=False),
                sa.Column("cap_position", sa.Integer),
                sa.Column("rule", sa.Text),
                sa.Column("flags", sa.Text, nullable=False),
                sa.Column("engine", sa.Integer, nullable=False),
            ),
            indexes=(("month", "visit_id"),),
        ),
        Shape(
            "left_buckets",
            (sa.Column("visit_id", sa.Text), sa.Column("person", sa.Text), sa.Column("month", sa.Text)),
            (),
        ),
    ),
    _project_assessments,
)


def _project_grants(connection: sa.Connection, tables: Tables, events: Sequence[Event]) -> None:
    rows = [
        {
            "tenant": event.tenant,
            "organisation_id": grant.organisation_id,
            "service": grant.service,
            "month": grant.month,
            "base_yen": grant.base_yen,
            "startup_yen": grant.startup_yen,
            "base_rule": grant.base_rule,
            "startup_rule": grant.startup_rule,
            "engine": grant.engine,
        }
        for event in events
        for grant in event.fact.grants
    ]
    upsert(connection, tables["grants"], rows)


GRANTS = SqlView(
    "billing.grants",
    (
        Shape(
            "grants",
            (sa.Column("organisation_id", sa.Text), sa.Column("service", sa.Text), sa.Column("month", sa.Text)),
            (
                sa.Column("base_yen", sa.Integer, nullable=False),
                sa.Column("startup_yen", sa.Integer, nullable=False),
                sa.Column("base_rule", sa.Text),
                sa.Column("startup_rule", sa.Text),
                sa.Column("engine", sa.Integer, nullable=False),
            ),
        ),
    ),
    _project_grants,
)


def list_assessments(connection: sa.Connection, tenant: str, month: str) -> list[Any]:
    """Rows of `assessments` of a month, by visit id."""
    table = ASSESSMENTS.tables(live_generation(connection, ASSESSMENTS.name))["assessments"]
    query = sa.select(table).where(table.c.tenant == tenant, table.c.month == month)
    return list(connection.execute(query.order_by(table.c.visit_id)))


def list_grants(connection: sa.Connection, tenant: str, month: str) -> list[Any]:
    """Rows of `grants` of a month that are not zero, by organisation and service."""
    table = GRANTS.tables(live_generation(connection, GRANTS.name))["grants"]
    query = sa.select(table).where(
        table.c.tenant == tenant, table.c.month == month, (table.c.base_yen != 0) | (table.c.startup_yen != 0)
    )
    return list(connection.execute(query.order_by(table.c.organisation_id, table.c.service)))


def list_buckets(connection: sa.Connection, tenant: str, visit_id: str) -> list[tuple[str, str]]:
    """(person, month) of every user-month that the visit is in or has been in."""
    tables = ASSESSMENTS.tables(live_generation(connection, ASSESSMENTS.name))
    found = []
    for table in (tables["assessments"], tables["left_buckets"]):
        query = sa.select(table.c.person, table.c.month).where(table.c.tenant == tenant, table.c.visit_id == visit_id)
        found += [(row.person, row.month) for row in connection.execute(query)]
    return sorted(set(found))
