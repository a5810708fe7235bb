"""Invariants in production, looked at on a schedule: what must hold at any moment, of every municipality.

`chain`: seq without gaps and the hash chain, from where it was last found whole · `positions`: nobody has seen more
than a ledger holds, and nobody stands still behind one · `subsidies`: the yen of the ledger of `billing`, of its
statements and of a plain SQL group-by · `points`: the points of the ledger and of the balances.

What has come since the last look is looked at each time. Once a day every ledger is looked at as a whole, each at a
time of its own, so that no look has to look at all.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from services.audit import seen_by_subscriptions
from services.reckoning import POINTS, SUBSIDIES, Places, Reckoning, reckon
from shared.adapters.metrics import PrometheusObserver
from shared.flow.lags import furthest_positions
from shared.flow.ports import NO_PLACE, Position, Source, Store
from shared.flow.system import Part, System
from shared.flow.verify import verify
from shared.kernel.messages import START, Head

log = logging.getLogger("yui.watch")

STILL_LOOKS = 10
"""A worker, a broker or a database that is away for less is told by its lag; the books are not in question."""
DAY = timedelta(days=1).total_seconds()

Seen = Mapping[Source, list[tuple[str, Position]]]
Marks = frozenset[tuple[str, int, int]]
"""(view, generation, seq) of the views of a ledger"""


@dataclass(frozen=True)
class Violation:
    """Something that does not hold, in a sentence for the operator."""

    invariant: str
    service: str
    tenant: str
    what: str


@dataclass(frozen=True)
class Look:
    """What one look goes by. `whole`: the ledgers that are looked at from their beginning this time."""

    heads: Mapping[str, Mapping[str, Head]]
    seen: Seen
    known: Set[Source]
    whole: Set[Source]

    def tenants(self, service: str) -> list[str]:
        """Also those whose ledger has vanished, while somebody remembers it."""
        return sorted(tenant for of, tenant in self.known if of == service)


class Watch:
    """`step()` looks at every municipality; at what has changed since the last step, or, when its time of the day has
    come and the first time, at everything. What is known is forgotten when the process ends.
    """

    def __init__(self, system: System, observer: PrometheusObserver) -> None:
        self._system = system
        self._observer = observer
        self._last: datetime | None = None
        self._whole: dict[Source, Head] = {}
        self._furthest: dict[Source, Head] = {}
        self._right: dict[tuple[str, Source], tuple[Marks, Places]] = {}
        self._standing: dict[tuple[str, Source], tuple[int, int]] = {}
        for service, invariant in _invariants(system):
            observer.count("invariant_violations", 0, service=service, invariant=invariant)

    def step(self) -> list[Violation]:
        """What does not hold; counted and logged, too."""
        now = self._system.clock.now()
        look = self._look(now)
        found = [
            *self._chains(look),
            *self._positions(look),
            *self._sums(look, SUBSIDIES),
            *self._sums(look, POINTS),
        ]
        self._last = now
        for violation in found:
            context = {"service": violation.service, "tenant": violation.tenant, "reason": violation.invariant}
            log.error("invariant violated: %s", violation.what, extra=context)
            self._observer.count("invariant_violations", service=violation.service, invariant=violation.invariant)
        return found

    def _look(self, now: datetime) -> Look:
        heads = {name: part.store.heads() for name, part in self._system.parts.items()}
        seen = seen_by_subscriptions(self._system)
        known = {(service, tenant) for service, of_service in heads.items() for tenant in of_service}
        known |= seen.keys() | self._furthest.keys()
        return Look(heads, seen, known, {source for source in known if due(source, self._last, now)})

    def _chains(self, look: Look) -> Iterator[Violation]:
        for service in look.heads:
            sound = True
            for tenant in look.tenants(service):
                for seq, what in self._breaks((service, tenant), look):
                    sound = False
                    yield Violation("chain", service, tenant, f"{service} {tenant} {seq} 番: {what}")
            verified_seqs = sum(self._whole[service, tenant].seq for tenant in look.heads[service])
            self._observer.set("chain_verified_seq", verified_seqs, service=service)
            if sound:
                now = self._system.clock.now().timestamp()
                self._observer.set("chain_verified_timestamp_seconds", now, service=service)

    def _breaks(self, source: Source, look: Look) -> list[tuple[int, str]]:
        """The watch has seen the ledger, too: it remembers the furthest head that it has found whole."""
        service, tenant = source
        furthest = self._furthest.get(source, START)
        own = [("watch", Position(*furthest, NO_PLACE, NO_PLACE))] if furthest.seq else []
        after = START if source in look.whole else self._whole.get(source, START)
        verified = verify(self._system.store(service), tenant, [*look.seen.get(source, ()), *own], after)
        self._whole[source] = verified.head
        if verified.head.seq >= furthest.seq:
            self._furthest[source] = verified.head
        return [(broken.seq, broken.what) for broken in verified.breaks]

    def _positions(self, look: Look) -> Iterator[Violation]:
        """Ahead of a ledger, or behind one and not moved for so many looks that it cannot be an outage."""
        parked = {(row.subscription, row.tenant) for row in self._system.parked()}
        standing: dict[tuple[str, Source], tuple[int, int]] = {}
        for part in self._system.parts.values():
            reached = furthest_positions(part.store)
            for name, source, head in _followed(part, look):
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

    def _sums(self, look: Look, reckoning: Reckoning) -> Iterator[Violation]:
        """What is found wrong is compared again at the next look."""
        store = self._system.store(reckoning.service)
        marks = _marks(store, reckoning)
        for tenant in look.tenants(reckoning.service):
            source = (reckoning.service, tenant)
            if source in look.whole:
                self._right.pop((reckoning.name, source), None)
            at, since = self._right.get((reckoning.name, source), (None, {}))
            if at == marks.get(source, frozenset()):
                continue
            reached, differences = reckon(reckoning, store, tenant, since)
            if not differences:
                self._right[reckoning.name, source] = (marks.get(source, frozenset()), reached)
            for what in differences:
                yield Violation(reckoning.name, reckoning.service, tenant, f"{tenant} {what}")


def due(source: Source, last: datetime | None, now: datetime) -> bool:
    """Whether the time of the day that a ledger has for itself has come since the last look."""
    if last is None:
        return True
    moment = crc32("/".join(source).encode()) % DAY
    return (now.timestamp() - moment) // DAY > (last.timestamp() - moment) // DAY


def _invariants(system: System) -> Iterator[tuple[str, str]]:
    """What is looked at, by service, so that each is told of from the beginning."""
    for service in system.parts:
        yield service, "chain"
        yield service, "positions"
    for reckoning in (SUBSIDIES, POINTS):
        yield reckoning.service, reckoning.name


def _marks(store: Store, reckoning: Reckoning) -> dict[Source, Marks]:
    views = {kept.view for kept in reckoning.kept}
    found: dict[Source, set[tuple[str, int, int]]] = defaultdict(set)
    for name, generation, source, position in store.all_positions():
        if name in views:
            found[source].add((name, generation, position.seq))
    return {source: frozenset(marks) for source, marks in found.items()}


def _followed(part: Part, look: Look) -> Iterator[tuple[str, Source, int]]:
    """(subscription, the ledger it follows, the ledger's head, 0 without one)"""
    for name, subscription in part.subscriptions.items():
        for service in subscription.sources:
            for tenant in look.tenants(service):
                head = look.heads[service].get(tenant, START)
                yield name, (service, tenant), head.seq
