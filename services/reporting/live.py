"""The live page and the live API: the same look at the projection, as a fragment of a page or as JSON."""

import json
from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any

import msgspec

from services.reporting import queries
from services.reporting.subscriptions import SUBSCRIPTIONS
from shared.web.context import Context
from shared.web.streams import Message

FIGURES = SUBSCRIPTIONS[0]
TICKER_ROWS = 20
MOST_KEPT = 200
FRESH = timedelta(seconds=3)
HURRIED = "~"
"""Ends the place of a look whose figures were not summed anew: the next look does that."""


class Now(msgspec.Struct, frozen=True):
    """`place` grows with every event that the projection has taken in, `requests.billing.points.coordination`."""

    place: str
    month: str | None
    figures: queries.Figures | None
    recent: list[Any]


def place_of(context: Context, tenant: str) -> str:
    store = context.store("reporting")
    return ".".join(str(store.position(FIGURES.name, (source, tenant))) for source in FIGURES.sources)


class Summaries:
    """The last figures of each municipality and period, kept while the projection has taken in nothing new."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept: dict[tuple[str, queries.Period], tuple[str, queries.Summary]] = {}

    def of(self, tenant: str, period: queries.Period) -> queries.Summary:
        place = place_of(self._context, tenant)
        kept = self._kept.get((tenant, period))
        if kept is not None and kept[0] == place:
            return kept[1]
        with self._context.reading("reporting", tenant) as connection:
            summary = queries.figures_of(connection, tenant, period)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[tenant, period] = (place, summary)
        return summary

    def last(self, tenant: str, period: queries.Period) -> queries.Summary:
        """The figures as they were last asked for, however old."""
        kept = self._kept.get((tenant, period))
        return kept[1] if kept is not None else self.of(tenant, period)


def look_now(
    context: Context, summaries: Summaries, tenant: str, rows: int = TICKER_ROWS, *, hurried: bool = False
) -> Now:
    """The last records and, with a whole ticker, the figures of their month; `hurried`: as they were last summed."""
    place = place_of(context, tenant)
    with context.reading("reporting", tenant) as connection:
        recent = queries.list_recent(connection, tenant, rows)
        month = recent[0].month if recent else queries.latest_month(connection, tenant)
    if month is None or rows < TICKER_ROWS:
        return Now(place, month, None, recent)
    period = queries.Period(month, month)
    summary = summaries.last(tenant, period) if hurried else summaries.of(tenant, period)
    return Now(f"{place}{HURRIED}" if hurried else place, month, summary.total, recent)


def fragments(context: Context, summaries: Summaries, tenant: str, rows: int, after: str) -> Sequence[Message]:
    """What a live page swaps in, when there is something new after `after`: at once the records, then the sums."""
    if place_of(context, tenant) == after:
        return ()
    now = look_now(context, summaries, tenant, rows, hurried=not after.endswith(HURRIED))
    fresh_since = (context.clock.now() - FRESH).astimezone(UTC).isoformat()
    text = context.pages.fragment(
        "reporting/live_body.html", now=now, fresh_since=fresh_since, tenant=tenant, compact=rows < TICKER_ROWS
    )
    return (Message(now.place, text),)


def documents(context: Context, summaries: Summaries, tenant: str, after: str) -> Sequence[Message]:
    """The same for programs."""
    if place_of(context, tenant) == after:
        return ()
    now = look_now(context, summaries, tenant)
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
