"""Read models of `points`: what every earning is worth now."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from services.points.events import PointsAssessed, PointsReassessed
from shared.adapters.sql_days import rows_of_person
from shared.adapters.sql_store import live_generation
from shared.adapters.sql_view import Row, Shape, SqlView, Tables, upsert
from shared.flow.subscriptions import types
from shared.kernel.messages import Event

ENTRY_FACTS = (PointsAssessed, PointsReassessed)
ENTRY_TYPES = types(*ENTRY_FACTS)


def _project(connection: sa.Connection, tables: Tables, events: Sequence[Event]) -> None:
    table = tables["entries"]
    withdrawn = []
    rows: dict[tuple[str, ...], Row] = {}
    for event in events:
        fact = event.fact
        if isinstance(fact, PointsAssessed) and fact.withdrawn is not None:
            kind, _, activity_id = fact.withdrawn.partition(":")
            rows.pop((event.tenant, fact.person, kind, activity_id), None)
            withdrawn.append(
                {"of_tenant": event.tenant, "of_person": fact.person, "of_kind": kind, "of_activity": activity_id}
            )
        for entry in fact.entries:
            rows[event.tenant, fact.person, entry.kind, entry.activity_id] = {
                "tenant": event.tenant,
                "person": fact.person,
                "kind": entry.kind,
                "activity_id": entry.activity_id,
                "point_year": entry.point_year,
                "done_on": entry.done_on,
                "earned_points": entry.earned_points,
                "unearned_points": entry.unearned_points,
                "reason": entry.reason,
                "rule": entry.rule,
                "engine": entry.engine,
            }
    if withdrawn:
        of = table.c
        connection.execute(
            sa.delete(table).where(
                of.tenant == sa.bindparam("of_tenant"),
                of.person == sa.bindparam("of_person"),
                of.kind == sa.bindparam("of_kind"),
                of.activity_id == sa.bindparam("of_activity"),
            ),
            withdrawn,
        )
    upsert(connection, table, rows.values())


ENTRIES = SqlView(
    "points.entries",
    (
        Shape(
            "entries",
            (sa.Column("activity_id", sa.Text), sa.Column("kind", sa.Text), sa.Column("person", sa.Text)),
            (
                sa.Column("point_year", sa.Text, nullable=False),
                sa.Column("done_on", sa.Date, nullable=False),
                sa.Column("earned_points", sa.Integer, nullable=False),
                sa.Column("unearned_points", sa.Integer, nullable=False),
                sa.Column("reason", sa.Text, nullable=False),
                sa.Column("rule", sa.Text),
                sa.Column("engine", sa.Integer, nullable=False),
            ),
            indexes=(("done_on", "person"),),
        ),
    ),
    _project,
)


def list_entries(connection: sa.Connection, tenant: str, person: str | None, on: date) -> list[Any]:
    """Rows of `entries` of one person or of all, done by that day."""
    table = ENTRIES.tables(live_generation(connection, ENTRIES.name))["entries"]
    if person is None:
        query = sa.select(table).where(table.c.tenant == tenant)
    else:
        query = rows_of_person(table, "done_on", tenant, person)
    query = query.where(table.c.done_on <= on)
    return list(connection.execute(query.order_by(table.c.person, table.c.done_on, table.c.activity_id)))


def list_balances(connection: sa.Connection, tenant: str) -> list[Any]:
    """(person, earned_points, unearned_points) of everybody who has an account."""
    table = ENTRIES.tables(live_generation(connection, ENTRIES.name))["entries"]
    earned, unearned = sa.func.sum(table.c.earned_points), sa.func.sum(table.c.unearned_points)
    query = sa.select(table.c.person, earned.label("earned_points"), unearned.label("unearned_points"))
    return list(connection.execute(query.where(table.c.tenant == tenant).group_by(table.c.person)))
