"""What pages and the API ask of `billing`: a month's assessments, and the derivation of one visit."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.billing import views
from services.billing.decider import DECIDER, user_month_stream
from services.billing.explain import Recorded, explain, in_order
from services.billing.statement import assessment_document
from shared.adapters.sql_store import live_generation
from shared.flow.ports import Store


def assessed_span(connection: sa.Connection, tenant: str) -> tuple[str, str] | None:
    """The first and the last month with an assessed visit."""
    of = views.ASSESSMENTS.tables(live_generation(connection, views.ASSESSMENTS.name))["assessments"].c
    first, last = connection.execute(
        sa.select(sa.func.min(of.month), sa.func.max(of.month)).where(of.tenant == tenant)
    ).one()
    return (first, last) if first is not None else None


def month_statement(connection: sa.Connection, tenant: str, month: str) -> dict[str, Any]:
    """The assessment of a month; `user_id` holds random ids, for the caller to turn into what may be shown."""
    assessed = views.list_assessments(connection, tenant, month)
    grants = views.list_grants(connection, tenant, month)
    return assessment_document([(row.person, row) for row in assessed], grants)


def yen_by_month(connection: sa.Connection, tenant: str) -> dict[str, int]:
    """Per-visit, base and start-up amounts of each month, summed by the database."""
    assessments = views.ASSESSMENTS.tables(live_generation(connection, views.ASSESSMENTS.name))["assessments"].c
    grants = views.GRANTS.tables(live_generation(connection, views.GRANTS.name))["grants"].c
    amounts = sa.union_all(
        sa.select(assessments.month, assessments.subsidy_yen.label("yen")).where(assessments.tenant == tenant),
        sa.select(grants.month, (grants.base_yen + grants.startup_yen).label("yen")).where(grants.tenant == tenant),
    ).subquery()
    query = sa.select(amounts.c.month, sa.func.sum(amounts.c.yen)).group_by(amounts.c.month)
    return {month: int(yen) for month, yen in connection.execute(query)}


def yen_of_visits(connection: sa.Connection, tenant: str, ids: Sequence[str]) -> dict[tuple[str, ...], tuple[str, int]]:
    """(month, yen) of these visits, by (visit id,)."""
    of = views.ASSESSMENTS.tables(live_generation(connection, views.ASSESSMENTS.name))["assessments"].c
    query = sa.select(of.visit_id, of.month, of.subsidy_yen).where(of.tenant == tenant, of.visit_id.in_(ids))
    return {(visit_id,): (month, yen) for visit_id, month, yen in connection.execute(query)}


def yen_of_grants(connection: sa.Connection, tenant: str, ids: Sequence[str]) -> dict[tuple[str, ...], tuple[str, int]]:
    """(month, base and start-up yen) of these organisations, by (organisation id, service, month)."""
    of = views.GRANTS.tables(live_generation(connection, views.GRANTS.name))["grants"].c
    query = sa.select(of.organisation_id, of.service, of.month, of.base_yen + of.startup_yen)
    rows = connection.execute(query.where(of.tenant == tenant, of.organisation_id.in_(ids)))
    return {(organisation_id, service, month): (month, yen) for organisation_id, service, month, yen in rows}


def derive_visit(store: Store, tenant: str, visit_id: str) -> dict[str, Any] | None:
    """The derivation of a visit's yen from the events of every user-month it has been in; None when it is unknown."""
    with store.reading(tenant) as connection:
        buckets = views.list_buckets(connection, tenant, visit_id)
    recorded = [
        Recorded(event.time, event.seq, event.fact)
        for person, month in buckets
        for event in store.stream(tenant, user_month_stream(person, month))
    ]
    book = DECIDER.aggregate("rules").fold(event.fact for event in store.stream(tenant, "rules"))
    return explain(visit_id, in_order(recorded), book)
