"""The live page and the live API: the same look at the projection, as a fragment of a page or as JSON."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from services.reporting import queries
from services.reporting.subscriptions import SUBSCRIPTIONS
from shared.web.context import Context
from shared.web.streams import Message

FIGURES = SUBSCRIPTIONS[0]
TICKER_ROWS = 20


class Now(msgspec.Struct, frozen=True):
    """`place` grows with every event that the projection has taken in, `requests.billing.points.coordination`."""

    place: str
    month: str | None
    figures: queries.Figures | None
    recent: list[Any]


def place_of(context: Context, tenant: str) -> str:
    store = context.store("reporting")
    return ".".join(str(store.position(FIGURES.name, (source, tenant))) for source in FIGURES.sources)


def look_now(context: Context, tenant: str, rows: int = TICKER_ROWS) -> Now:
    place = place_of(context, tenant)
    with context.reading("reporting") as connection:
        recent = queries.list_recent(connection, tenant, rows)
        month = recent[0].month if recent else queries.latest_month(connection, tenant)
        figures = month and queries.total_figures(connection, tenant, queries.Period(month, month))
    return Now(place, month, figures or None, recent)


def fragments(context: Context, tenant: str, rows: int, after: str) -> Sequence[Message]:
    """What a live page swaps in, when there is something new after `after`."""
    if place_of(context, tenant) == after:
        return ()
    now = look_now(context, tenant, rows)
    seen = int(after.partition(".")[0] or 0)
    text = context.pages.fragment(
        "reporting/live_body.html", now=now, seen=seen, tenant=tenant, compact=rows < TICKER_ROWS
    )
    return (Message(now.place, text),)


def documents(context: Context, tenant: str, after: str) -> Sequence[Message]:
    """The same for programs."""
    if place_of(context, tenant) == after:
        return ()
    now = look_now(context, tenant)
    document = {
        "tenant": tenant,
        "month": now.month,
        "figures": now.figures and figures_document(now.figures),
        "recent": [recent_document(row) for row in now.recent],
    }
    return (Message(now.place, json.dumps(document, ensure_ascii=False)),)


def figures_document(figures: queries.Figures) -> dict[str, Any]:
    return {**msgspec.to_builtins(figures), "total_yen": figures.total_yen}


def recent_document(row: Any) -> dict[str, Any]:
    return {
        "seq": row.seq,
        "type": row.type,
        "recorded_at": row.noticed,
        "visit_id": row.visit_id,
        "organisation_id": row.organisation_id,
        "served_on": row.served_on,
        "status": row.status,
        "outcome": row.outcome,
        "subsidy_yen": row.subsidy_yen,
        "reason": row.reason,
    }
