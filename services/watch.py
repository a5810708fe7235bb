"""Invariants in production, looked at on a schedule: what must hold at any moment, of every municipality.

`chain`: seq without gaps and the hash chain, from where it was last found whole · `positions`: nobody has seen more
than a ledger holds, and nobody stands still behind one · `subsidies`: the yen of the ledger of `billing`, of its
statements and of a plain SQL group-by · `points`: the points of the ledger and of the balances.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from services.audit import seen_by_subscriptions
from services.billing import queries as billing_queries
from services.billing import views as billing_views
from services.billing.events import OrganisationGranted, SubsidyAssessed
from services.points import queries as points_queries
from services.points import views as points_views
from services.points.events import PointsAssessed
from shared.adapters.metrics import PrometheusObserver
from shared.flow.lags import furthest_positions
from shared.flow.ports import Source, Store
from shared.flow.system import Part, System
from shared.flow.verify import pages, verify
from shared.kernel.messages import START, Head

log = logging.getLogger("yui.watch")

Totals = Mapping[str, int]
"""Yen by month, points by person; what is zero is left out."""


STILL_LOOKS = 10
"""A worker, a broker or a database that is away for less is told by its lag; the books are not in question."""


@dataclass(frozen=True)
class Violation:
    """Something that does not hold, in a sentence for the operator."""

    invariant: str
    service: str
    tenant: str
    what: str


class Watch:
    """`step()` looks at every municipality that has changed since the last step, at all of them the first time."""

    def __init__(self, system: System, observer: PrometheusObserver) -> None:
        self._system = system
        self._observer = observer
        self._whole: dict[Source, Head] = {}
        self._looked_at: dict[Source, int] = {}
        self._standing: dict[tuple[str, Source], tuple[int, int]] = {}

    def step(self, *, everything: bool = False) -> list[Violation]:
        """What does not hold; counted and logged, too. `everything`: as if it were the first time."""
        if everything:
            self._whole.clear()
            self._looked_at.clear()
        heads = {name: part.store.heads() for name, part in self._system.parts.items()}
        found = [
            *self._chains(heads),
            *self._positions(heads),
            *self._totals("billing", heads["billing"], subsidies),
            *self._totals("points", heads["points"], points),
        ]
        for violation in found:
            context = {"service": violation.service, "tenant": violation.tenant, "reason": violation.invariant}
            log.error("invariant violated: %s", violation.what, extra=context)
            self._observer.count("invariant_violations", service=violation.service, invariant=violation.invariant)
        return found

    def _chains(self, heads: Mapping[str, Mapping[str, Head]]) -> Iterator[Violation]:
        seen = seen_by_subscriptions(self._system)
        for service, of_service in heads.items():
            store = self._system.store(service)
            sound = True
            for tenant in of_service:
                source = (service, tenant)
                verified = verify(store, tenant, seen.get(source, ()), after=self._whole.get(source, START))
                self._whole[source] = verified.head
                for broken in verified.breaks:
                    sound = False
                    yield Violation("chain", service, tenant, f"{service} {tenant} {broken.seq} 番: {broken.what}")
            verified_seqs = sum(self._whole[service, tenant].seq for tenant in of_service)
            self._observer.set("chain_verified_seq", verified_seqs, service=service)
            if sound:
                now = self._system.clock.now().timestamp()
                self._observer.set("chain_verified_timestamp_seconds", now, service=service)

    def _positions(self, heads: Mapping[str, Mapping[str, Head]]) -> Iterator[Violation]:
        """Ahead of a ledger, or behind one and not moved for so many looks that it cannot be an outage."""
        parked = {(row.subscription, row.tenant) for row in self._system.parked()}
        standing: dict[tuple[str, Source], tuple[int, int]] = {}
        for part in self._system.parts.values():
            reached = furthest_positions(part.store)
            for name, source, head in _followed(part, heads):
                at = reached.get((name, source), 0)
                if at < head and (name, source[1]) not in parked:
                    was, looks = self._standing.get((name, source), (at, 0))
                    standing[name, source] = (at, looks + 1 if was == at else 1)
                what = self._wrong_place(name, source, at, head, standing.get((name, source), (at, 0))[1])
                if what:
                    yield Violation("positions", part.store.service, source[1], what)
        self._standing = standing

    def _wrong_place(self, name: str, source: Source, at: int, head: int, looks: int) -> str | None:
        service, tenant = source
        place = f"{name} {tenant}: {service} の {head} 番まであるうち {at} 番"
        if at > head and at > self._system.store(service).head(tenant).seq:
            return f"{place}を受け取ったことになっています。"
        return f"{place}から進んでいません。" if looks >= STILL_LOOKS else None

    def _totals(
        self, service: str, heads: Mapping[str, Head], compare: Callable[[Store, str], Iterator[str]]
    ) -> Iterator[Violation]:
        store = self._system.store(service)
        for tenant, head in heads.items():
            if self._looked_at.get((service, tenant)) == head.seq:
                continue
            found = list(compare(store, tenant))
            if not found:
                self._looked_at[service, tenant] = head.seq
            for what in found:
                yield Violation(compare.__name__, service, tenant, f"{tenant} {what}")


def _followed(part: Part, heads: Mapping[str, Mapping[str, Head]]) -> Iterator[tuple[str, Source, int]]:
    """(subscription, the ledger it follows, the ledger's head)"""
    for name, subscription in part.subscriptions.items():
        for service in subscription.sources:
            for tenant, head in heads[service].items():
                yield name, (service, tenant), head.seq


def subsidies(store: Store, tenant: str) -> Iterator[str]:
    """Yen by month: of the ledger, of the statements, of a group-by; at the positions of the views."""
    with store.reading(tenant) as connection:
        assessed = store.positions_within(connection, billing_views.ASSESSMENTS.name).get(("billing", tenant), 0)
        granted = store.positions_within(connection, billing_views.GRANTS.name).get(("billing", tenant), 0)
        grouped = billing_queries.yen_by_month(connection, tenant)
        stated = {
            month: billing_queries.month_statement(connection, tenant, month)["total_yen"] for month in sorted(grouped)
        }
    recorded = subsidies_recorded(store, tenant, assessed, granted)
    yield from _differing("月", recorded, {"明細": stated, "SQL の集計": grouped}, "円")


def subsidies_recorded(store: Store, tenant: str, assessed: int, granted: int) -> Totals:
    """Yen by month as the ledger has them, visits up to the one seq, base and start-up amounts up to the other."""
    visits: dict[str, tuple[str, int]] = {}
    grants: dict[tuple[str, str, str], int] = {}
    for page in pages(store, tenant, max(assessed, granted)):
        for event in page:
            if event.type == OrganisationGranted.TYPE and event.seq <= granted:
                for grant in event.fact.grants:
                    place = (grant.organisation_id, grant.service, grant.month)
                    grants[place] = grant.base_yen + grant.startup_yen
            elif event.type in billing_views.ASSESSMENT_TYPES and event.seq <= assessed:
                if isinstance(event.fact, SubsidyAssessed) and event.fact.withdrawn is not None:
                    visits.pop(event.fact.withdrawn, None)
                for assessment in event.fact.assessments:
                    visits[assessment.visit_id] = (event.fact.month, assessment.subsidy_yen)
    totals: dict[str, int] = defaultdict(int)
    for month, yen in visits.values():
        totals[month] += yen
    for (_, _, month), yen in grants.items():
        totals[month] += yen
    return {month: yen for month, yen in totals.items() if yen}


def points(store: Store, tenant: str) -> Iterator[str]:
    """Points earned by person: of the ledger and of the balances; at the position of the view."""
    with store.reading(tenant) as connection:
        reached = store.positions_within(connection, points_views.ENTRIES.name).get(("points", tenant), 0)
        shown = points_queries.points_by_person(connection, tenant)
    yield from _differing("人", points_recorded(store, tenant, reached), {"残高の一覧": shown}, "ポイント")


def points_recorded(store: Store, tenant: str, through: int) -> Totals:
    entries: dict[tuple[str, str, str], int] = {}
    for page in pages(store, tenant, through):
        for event in page:
            if event.type not in points_views.ENTRY_TYPES:
                continue
            person = event.fact.person
            if isinstance(event.fact, PointsAssessed) and event.fact.withdrawn is not None:
                kind, _, activity_id = event.fact.withdrawn.partition(":")
                entries.pop((person, kind, activity_id), None)
            for entry in event.fact.entries:
                entries[person, entry.kind, entry.activity_id] = entry.earned_points
    totals: dict[str, int] = defaultdict(int)
    for (person, _, _), earned in entries.items():
        totals[person] += earned
    return {person: earned for person, earned in totals.items() if earned}


def _differing(of: str, recorded: Totals, others: Mapping[str, Totals], unit: str) -> Iterator[str]:
    for name, totals in others.items():
        shown = {key: amount for key, amount in totals.items() if amount}
        for key in sorted(recorded.keys() | shown.keys()):
            was, now = recorded.get(key, 0), shown.get(key, 0)
            if was != now:
                yield f"{of} {key}: 台帳では {was:,} {unit}、{name}では {now:,} {unit}です。"
