"""What pages and the API ask of `points`: balances, and the account list."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from services.points import views
from services.points.decider import DECIDER
from services.points.statement import account_list
from shared.adapters.sql_store import live_generation
from shared.flow.ports import Store


def accounts(
    store: Store, tenant: str, person: str | None, on: date, shown_as: Callable[[set[str]], dict[str, str]]
) -> dict[str, Any]:
    """The account list of one person or of all; `shown_as` gives what stands for a person's random id."""
    with store.reading(tenant) as connection:
        rows = views.list_entries(connection, tenant, person, on)
    shown = shown_as({row.person for row in rows})
    entries = defaultdict(list)
    for row in rows:
        entries[shown[row.person]].append(row)
    enacted = DECIDER.aggregate("rules").fold(event.fact for event in store.stream(tenant, "rules"))
    return account_list(entries, on, enacted.book)


def balances(store: Store, tenant: str, after: tuple[int, str] | None, limit: int) -> list[Any]:
    """(person, earned_points, unearned_points), most points first, from behind `after` (points, person)."""
    with store.reading(tenant) as connection:
        rows = views.list_balances(connection, tenant)
    rows.sort(key=lambda row: (-row.earned_points, row.person))
    if after is not None:
        points, person = after
        rows = [row for row in rows if (-row.earned_points, row.person) > (-points, person)]
    return rows[:limit]


def points_by_person(connection: sa.Connection, tenant: str) -> dict[str, int]:
    """Points earned, summed by the database."""
    of = views.ENTRIES.tables(live_generation(connection, views.ENTRIES.name))["entries"].c
    query = sa.select(of.person, sa.func.sum(of.earned_points)).where(of.tenant == tenant).group_by(of.person)
    return {person: int(points) for person, points in connection.execute(query)}


def points_of_activities(
    connection: sa.Connection, tenant: str, ids: Sequence[str]
) -> dict[tuple[str, ...], tuple[str, int]]:
    """(person, points earned) in these visits and activities, by (id, kind, person)."""
    of = views.ENTRIES.tables(live_generation(connection, views.ENTRIES.name))["entries"].c
    query = sa.select(of.activity_id, of.kind, of.person, of.earned_points)
    rows = connection.execute(query.where(of.tenant == tenant, of.activity_id.in_(ids)))
    return {(activity_id, kind, person): (person, points) for activity_id, kind, person, points in rows}


def latest_entries(store: Store, tenant: str, person: str, on: date, limit: int) -> list[Any]:
    """What the person has done last, newest first."""
    with store.reading(tenant) as connection:
        rows = views.list_entries(connection, tenant, person, on)
    return rows[::-1][:limit]
