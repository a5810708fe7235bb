"""The live page and the live API: the same look at the projection, as a fragment of a page or as JSON."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from services.reporting import queries
from services.reporting.subscriptions import SUBSCRIPTIONS
from services.reporting.windows import DistrictNow, Signals
from shared.web.context import Context
from shared.web.streams import Message

FIGURES = SUBSCRIPTIONS[0]
TICKER_ROWS = 20
MOST_KEPT = 200
FRESH = timedelta(seconds=3)
STALE_AFTER = timedelta(minutes=1)
DISTRICT_ROWS = 8
RATES_MARK = "/"
"""In a place, between what the projection has taken in and what the live windows say."""

HURRIED = "~"
"""Ends the place of a look whose figures were not summed anew: the next look does that."""


class Now(msgspec.Struct, frozen=True):
    """`place` tells one look from the next: what the projection has taken in, and what the live windows say."""

    place: str
    month: str | None
    figures: queries.Figures | None
    recent: list[Any]
    rates: "Rates | None" = None


class Rates(msgspec.Struct, frozen=True):
    """The live windows as a page shows them. `signals` is None while there are none of this municipality.

    `stopped_at`: when they were last true, if that is longer ago than `STALE_AFTER`.
    """

    signals: Signals | None
    stopped_at: datetime | None
    districts: Mapping[str, str]
    organisations: Mapping[str, str]

    @property
    def minute(self) -> int:
        return sum(each.minute for each in self.signals.districts) if self.signals else 0

    @property
    def hour(self) -> int:
        return sum(each.hour for each in self.signals.districts) if self.signals else 0

    @property
    def busiest(self) -> list[DistrictNow]:
        """The districts that a table has room for; those with the most visits in this hour come first."""
        found = self.signals.districts if self.signals else ()
        return sorted(found, key=lambda each: (-each.hour, -(each.usual or 0)))[:DISTRICT_ROWS]

    @property
    def others(self) -> int:
        """How many districts the table has no room for."""
        return len(self.signals.districts) - len(self.busiest) if self.signals else 0

    @property
    def unusual(self) -> list[DistrictNow]:
        return [each for each in self.signals.districts if each.unusual] if self.signals else []

    @property
    def silent(self) -> list[DistrictNow]:
        return [each for each in self.signals.districts if each.silent_since] if self.signals else []


def position_of(context: Context, tenant: str) -> str:
    """Grows with every event that the projection has taken in: `requests.billing.points.coordination`."""
    reached = context.store("reporting").positions_of(FIGURES.name, [(source, tenant) for source in FIGURES.sources])
    return ".".join(map(str, reached.values()))


def place_of(context: Context, tenant: str, rows: int = TICKER_ROWS) -> str:
    position = position_of(context, tenant)
    return position if rows < TICKER_ROWS else f"{position}{RATES_MARK}{rates_mark(context, tenant)}"


def rates_mark(context: Context, tenant: str) -> str:
    notice = context.signals.latest(tenant)
    return f"{notice.mark if notice else ''}{'!' if stopped_at(context, tenant) else ''}"


def stopped_at(context: Context, tenant: str) -> datetime | None:
    """When the live windows were last true, if they are too old to be called live."""
    notice = context.signals.latest(tenant)
    last = notice.at if notice else context.signals.renewed_at
    return last if last and context.clock.now() - last > STALE_AFTER else None


def rates_now(context: Context, tenant: str) -> Rates:
    notice = context.signals.latest(tenant)
    return Rates(
        signals=notice.value if notice else None,
        stopped_at=stopped_at(context, tenant),
        districts=context.districts(tenant),
        organisations=context.organisations(tenant) if notice and notice.value.late_slips else {},
    )


class Summaries:
    """The last figures of each municipality and period, kept while the projection has taken in nothing new."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept: dict[tuple[str, queries.Period], tuple[str, queries.Summary]] = {}

    def of(self, tenant: str, period: queries.Period) -> queries.Summary:
        place = position_of(self._context, tenant)
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


def look_now(context: Context, summaries: Summaries, tenant: str, rows: int = TICKER_ROWS) -> Now:
    """The last records and, with a whole ticker, the live windows and the figures of the month."""
    return _look(context, summaries, tenant, place_of(context, tenant, rows), rows)


def _look(
    context: Context, summaries: Summaries, tenant: str, place: str, rows: int = TICKER_ROWS, *, hurried: bool = False
) -> Now:
    """From `place` on; `hurried`: with the figures as they were last summed."""
    with context.reading("reporting", tenant) as connection:
        recent = queries.list_recent(connection, tenant, rows)
        month = recent[0].month if recent else queries.latest_month(connection, tenant)
    if rows < TICKER_ROWS:
        return Now(place, month, None, recent)
    rates = rates_now(context, tenant)
    if month is None:
        return Now(place, month, None, recent, rates)
    period = queries.Period(month, month)
    summary = summaries.last(tenant, period) if hurried else summaries.of(tenant, period)
    return Now(f"{place}{HURRIED}" if hurried else place, month, summary.total, recent, rates)


def fragments(context: Context, summaries: Summaries, tenant: str, rows: int, after: str) -> Sequence[Message]:
    """What a live page swaps in, when there is something new after `after`: at once the records, then the sums."""
    place = place_of(context, tenant, rows)
    if place == after:
        return ()
    summed = after.endswith(HURRIED) or after.partition(RATES_MARK)[0] == place.partition(RATES_MARK)[0]
    now = _look(context, summaries, tenant, place, rows, hurried=not summed)
    fresh_since = (context.clock.now() - FRESH).astimezone(UTC).isoformat()
    text = context.pages.fragment(
        "reporting/live_body.html", now=now, fresh_since=fresh_since, tenant=tenant, compact=rows < TICKER_ROWS
    )
    return (Message(now.place, text),)


def documents(context: Context, summaries: Summaries, tenant: str, after: str) -> Sequence[Message]:
    """The same for programs."""
    place = place_of(context, tenant)
    if place == after:
        return ()
    now = _look(context, summaries, tenant, place)
    document = {
        "tenant": tenant,
        "month": now.month,
        "figures": now.figures and figures_document(now.figures),
        "recent": [recent_document(row) for row in now.recent],
        "windows": now.rates and rates_document(now.rates),
    }
    return (Message(now.place, json.dumps(document, ensure_ascii=False)),)


def figures_document(figures: queries.Figures) -> dict[str, Any]:
    return {**msgspec.to_builtins(figures), "total_yen": figures.total_yen}


def rates_document(rates: Rates) -> dict[str, Any] | None:
    """The live windows, `stale` when they are older than `STALE_AFTER`; None while there are none."""
    if rates.signals is None:
        return None
    return {**msgspec.to_builtins(rates.signals), "stale": rates.stopped_at is not None}


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
