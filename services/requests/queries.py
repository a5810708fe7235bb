"""What pages and the API ask of the read models of `requests`. Tables and projections are in `views.py`."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from services.requests.views import ORGANISATIONS, PEOPLE, VISITS
from shared.adapters.sql_store import live_generation
from shared.adapters.sql_view import SqlView
from shared.flow.ports import Store
from shared.kernel.dates import Month

MOST_SUGGESTED_PEOPLE = 400


def told_by(store: Store, tenant: str, stream: str, after: str | None) -> str | None:
    """The type of the event that `after` (`requests:seq`) names, when it is one of this stream."""
    seq = (after or "").removeprefix("requests:")
    if not seq.isdecimal() or int(seq) > store.head(tenant).seq:
        return None
    return next((event.type for event in store.read(tenant, int(seq) - 1, 1) if event.stream == stream), None)


def _table(connection: sa.Connection, view: SqlView, name: str) -> sa.Table:
    return view.tables(live_generation(connection, view.name))[name]


def get_visit(connection: sa.Connection, tenant: str, visit_id: str) -> Any | None:
    of = _table(connection, VISITS, "visits")
    return connection.execute(sa.select(of).where(of.c.tenant == tenant, of.c.visit_id == visit_id)).first()


def visit_status(connection: sa.Connection, tenant: str, visit_id: str) -> str | None:
    row = get_visit(connection, tenant, visit_id)
    return row.status if row else None


def list_visits(
    connection: sa.Connection,
    tenant: str,
    *,
    month: Month | None,
    organisation_id: str | None,
    after: tuple[date, str] | None,
    limit: int,
) -> list[Any]:
    """Visits by day and number, from behind `after` (served_on, visit_id); at most `limit`."""
    of = _table(connection, VISITS, "visits")
    query = sa.select(of).where(of.c.tenant == tenant)
    if month is not None:
        query = query.where(of.c.served_on.between(month.first, month.last))
    if organisation_id is not None:
        query = query.where(of.c.organisation_id == organisation_id)
    if after is not None:
        day, visit_id = after
        later = (of.c.served_on > day) | ((of.c.served_on == day) & (of.c.visit_id > visit_id))
        query = query.where(of.c.served_on >= day, later)
    return list(connection.execute(query.order_by(of.c.served_on, of.c.visit_id).limit(limit)))


def get_organisation(connection: sa.Connection, tenant: str, organisation_id: str) -> Any | None:
    of = _table(connection, ORGANISATIONS, "organisations")
    query = sa.select(of).where(of.c.tenant == tenant, of.c.organisation_id == organisation_id)
    return connection.execute(query).first()


def list_organisations(connection: sa.Connection, tenant: str, after: str = "", limit: int = 1_000) -> list[Any]:
    """Organisations by number, from behind `after`; at most `limit`."""
    of = _table(connection, ORGANISATIONS, "organisations")
    query = sa.select(of).where(of.c.tenant == tenant, of.c.organisation_id > after)
    return list(connection.execute(query.order_by(of.c.organisation_id).limit(limit)))


def list_people(connection: sa.Connection, tenant: str, *, helpers: bool) -> list[str]:
    """Random ids of users or of helpers, to be suggested in a form; none when there are too many to suggest."""
    of = _table(connection, PEOPLE, "people")
    role = of.c.is_helper if helpers else of.c.is_user
    query = sa.select(of.c.person).where(of.c.tenant == tenant, role).limit(MOST_SUGGESTED_PEOPLE + 1)
    found = list(connection.scalars(query))
    return found if len(found) <= MOST_SUGGESTED_PEOPLE else []
