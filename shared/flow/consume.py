"""consume: count, skip, wait, fetch, apply, park — effect and position in one transaction (decision 4)."""

import logging
from collections.abc import Collection, Mapping, Sequence
from time import perf_counter
from typing import assert_never

from shared.flow.handle import Accepted, Desk, Request, handle_within
from shared.flow.ports import (
    NO_PLACE,
    NOWHERE,
    Announced,
    Delivered,
    Garbled,
    Inbox,
    LedgerReader,
    Observer,
    Parked,
    Position,
    Quarantined,
    Source,
    Transaction,
    Unavailable,
)
from shared.flow.subscriptions import LookingPolicy, Policy, Subscription
from shared.kernel.messages import Event, Head, UnknownType

LARGEST_BATCH = 2_000
SMALLEST_BATCH = 20
BUSY_SECONDS = 0.05
"""A transaction that takes longer makes the next batches smaller: where all write in turn, a page waits for its end."""

log = logging.getLogger("yui.consume")


class Poison(Exception):
    """この事実は処理できません。"""


class Broken(Poison):
    """届いた事実が、これまでの連鎖とつながりません。"""


class Refusing(Poison):
    """自動処理の指示が断られました。"""


class Consumer:
    """One subscription at work. `step()` is all there is to call; threads, processes and simulations do.

    `busy_seconds`: how long a transaction may keep the others waiting.
    """

    def __init__(
        self,
        subscription: Subscription,
        desk: Desk,
        inbox: Inbox,
        ledgers: Mapping[str, LedgerReader],
        known_types: Mapping[str, Collection[str]],
        observer: Observer,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        self.subscription = subscription
        self._desk = desk
        self._store = desk.store
        self._inbox = inbox
        self._ledgers = ledgers
        self._known_types = known_types
        self._observer = observer
        self._limit = LARGEST_BATCH
        self.busy_seconds = busy_seconds
        self._reached: dict[Source, int] = {}
        self._announced: dict[Source, Head] = {}
        self._behind: dict[Source, Head] = {}
        self._gaps: set[Source] = set()
        self._garbled: list[Garbled] = []
        self._out_of_reach = False

    def step(self) -> int:
        """Take what has arrived, at most one batch, and make it effective.

        The number of messages and fetched events dealt with; 0 when there is nothing to do. Raises Unavailable when a
        store cannot be reached; what was taken is remembered, and nothing more is taken before it is dealt with.
        """
        healed = self._catch_up() if self._out_of_reach else 0
        self._out_of_reach = True
        done = healed + self._take()
        self._out_of_reach = False
        return done

    def _catch_up(self) -> int:
        """Stay a member of the bus without taking anything, and fetch what could not be applied."""
        self._inbox.poll(0)
        return self._heal()

    def _take(self) -> int:
        polled = self._inbox.poll(self._limit)
        events = [message for message in polled if isinstance(message, Delivered)]
        if len(events) < len(polled):
            self._note([message for message in polled if not isinstance(message, Delivered)])
        if events or self._garbled:
            self._set_aside_and_apply(events)
        if not events:
            self._look_at_announced()
        return len(polled) + self._heal()

    def _note(self, messages: Sequence[Announced | Garbled]) -> None:
        for message in messages:
            match message:
                case Announced(service, tenant, head):
                    _note_later(self._announced, (service, tenant), head)
                case Garbled():
                    self._garbled.append(message)
                case _:
                    assert_never(message)

    def _set_aside_and_apply(self, events: Sequence[Delivered]) -> None:
        """What is garbled first: a crash between the two must not pass over it."""
        try:
            if self._garbled:
                self._quarantine()
            early = self._apply(events) if events else []
        except Unavailable:
            self._remember([delivery.event for delivery in events])
            raise
        self._remember(early)
        self._note_gaps({(event.service, event.tenant) for event in early})

    def _remember(self, events: Sequence[Event]) -> None:
        """Their ledgers reach at least this far; `_heal` fetches them."""
        for event in events:
            _note_later(self._behind, (event.service, event.tenant), event.head)

    def _note_gaps(self, sources: Collection[Source]) -> None:
        new = set(sources) - self._gaps
        if new:
            self._gaps |= new
            self._observe("gaps_seen", len(new))

    def _look_at_announced(self) -> None:
        """What was announced and has not come is missing, now that the bus has nothing more for us."""
        for source, head in self._announced.items():
            if self._is_behind(source, head) and not self._is_parked(source[1]):
                _note_later(self._behind, source, head)
                self._note_gaps([source])
        self._announced.clear()

    def _is_behind(self, source: Source, head: Head) -> bool:
        """The store is asked only about what this process has not reached itself."""
        if self._reached.get(source, 0) < head.seq:
            self._reached[source] = self._store.position(self.subscription.name, source)
        return self._reached[source] < head.seq

    def retry(self, tenant: str) -> bool:
        """Take up a parked tenant again, from the event it was parked at."""
        with self._store.begin([tenant], urgent=True) as tx:
            was_parked = tx.unpark(self.subscription.name, tenant)
        for service in self.subscription.sources:
            self._behind[service, tenant] = self._ledgers[service].head(tenant)
        return was_parked

    def _heal(self) -> int:
        """Fetch what is missing behind the heads we know of, at most a batch in all."""
        healed = 0
        for source, head in list(self._behind.items()):
            if healed >= self._limit:
                break
            healed += self._fetch(source, head, self._limit - healed)
        return healed

    def _fetch(self, source: Source, head: Head, limit: int) -> int:
        service, tenant = source
        reached = self._store.position(self.subscription.name, source)
        behind = reached < head.seq and not self._is_parked(tenant)
        missing = self._ledgers[service].read(tenant, reached, limit) if behind else []
        if missing:
            early = self._apply([Delivered(event) for event in missing])
            if early:
                self._park(early[0], Broken(f"{service} の台帳: {early[0].id} の直前の事実がありません。"))
        if not missing or missing[-1].seq >= head.seq:
            del self._behind[source]
            self._note_healed(source)
        return len(missing)

    def _note_healed(self, source: Source) -> None:
        if source in self._gaps:
            self._gaps.remove(source)
            self._observe("gaps_healed", 1)

    def _is_parked(self, tenant: str) -> bool:
        name = self.subscription.name
        return any(row.tenant == tenant and row.subscription == name for row in self._store.all_parked())

    def _apply(self, deliveries: Sequence[Delivered]) -> list[Event]:
        """Apply in one transaction; what raises is found by halving, and its tenant parked.

        The events that came too early: something before them is missing.
        """
        try:
            with self._store.begin({delivery.event.tenant for delivery in deliveries}) as tx:
                started = perf_counter()
                early, reached = self._apply_within(tx, deliveries)
                seconds = perf_counter() - started
        except Unavailable:
            raise
        except Exception as error:
            if len(deliveries) == 1:
                self._park(deliveries[0].event, error)
                return []
            middle = len(deliveries) // 2
            return self._apply(deliveries[:middle]) + self._apply(deliveries[middle:])
        self._reached.update(reached)
        self._adapt(len(deliveries), seconds)
        return early

    def _adapt(self, count: int, seconds: float) -> None:
        self._observer.observe("batch_size", count, subscription=self.subscription.name)
        self._observer.observe("apply_seconds", seconds, subscription=self.subscription.name)
        if seconds > self.busy_seconds:
            self._limit = max(SMALLEST_BATCH, self._limit // 2)
        elif count >= self._limit and seconds < self.busy_seconds / 2:
            self._limit = min(LARGEST_BATCH, self._limit * 2)

    def _apply_within(
        self, tx: Transaction, deliveries: Sequence[Delivered]
    ) -> tuple[list[Event], Mapping[Source, int]]:
        name = self.subscription.name
        generation, parked = tx.standing(name)
        sources = {(delivery.event.service, delivery.event.tenant) for delivery in deliveries}
        before = tx.positions(name, generation, sources)
        fresh, after, early = self._in_order(deliveries, before, parked)
        if fresh:
            self._make_effective(tx, generation, fresh)
        if after:
            tx.move(name, generation, after)
        return early, {source: position.seq for source, position in after.items()}

    def _in_order(
        self, deliveries: Sequence[Delivered], before: Mapping[Source, Position], parked: Collection[str]
    ) -> tuple[list[Event], dict[Source, Position], list[Event]]:
        fresh: list[Event] = []
        early: list[Event] = []
        reached: dict[Source, Delivered] = {}
        duplicates = 0
        source: Source = ("", "")
        last: Event | Position = NOWHERE
        types: Collection[str] = ()
        for delivery in deliveries:
            event = delivery.event
            if event.tenant != source[1] or event.service != source[0]:
                source = (event.service, event.tenant)
                last = reached[source].event if source in reached else before.get(source, NOWHERE)
                types = self._known_types.get(event.service, ())
            if event.tenant in parked:
                continue
            if event.seq <= last.seq:
                duplicates += 1
                if event.seq == last.seq and event.hash != last.hash:
                    self._refuse_what_we_took(event)
            elif event.seq > last.seq + 1:
                early.append(event)
            else:
                if event.prevhash != last.hash or event.type not in types or last is NOWHERE:
                    self._refuse_what_cannot_follow(event, last)
                fresh.append(event)
                reached[source] = delivery
                last = event
        if duplicates:
            self._observe("duplicates_skipped", duplicates)
        after = {source: _place(delivery, before.get(source, NOWHERE)) for source, delivery in reached.items()}
        return fresh, after, early

    def _refuse_what_cannot_follow(self, event: Event, last: Event | Position) -> None:
        if event.prevhash != last.hash:
            raise Broken(f"{event.service} の台帳 {event.id}: 直前の事実のハッシュ値が、受け取り済みのものと違います。")
        if event.type not in self._known_types.get(event.service, ()):
            raise UnknownType(f"{event.type}: この版のYuiが知らない種類か、未来の版の事実です。")
        if last is NOWHERE and self._ledgers[event.service].head(event.tenant).seq == 0:
            raise Poison(f"{event.tenant}: {event.service} の台帳にない自治体です。")

    def _refuse_what_we_took(self, event: Event) -> None:
        """Two facts of one number: the source's ledger knows which one it is; a stray one is passed over."""
        known = self._ledgers[event.service].read(event.tenant, event.seq - 1, 1)
        if known and known[0].head == event.head:
            raise Broken(f"{event.service} の台帳 {event.id}: この番号で受け取り済みの事実が、台帳の事実と違います。")

    def _make_effective(self, tx: Transaction, generation: int, events: Sequence[Event]) -> None:
        relevant = [event for event in events if event.type in self.subscription.types]
        effect = self.subscription.effect
        if isinstance(effect, Policy):
            self._handle(tx, [(event, command) for event in relevant for command in effect.react(event.fact)])
        elif isinstance(effect, LookingPolicy):
            self._handle(tx, effect.react(tx.connection, relevant))
        else:
            effect.project(tx.connection, generation, relevant)

    def _handle(self, tx: Transaction, commands: Sequence[tuple[Event, object]]) -> None:
        name = self.subscription.name
        requests = [
            Request(event.tenant, command, name, f"{event.source}/{event.id}", event.correlation)
            for event, command in commands
        ]
        if not requests:
            return
        for request, outcome in zip(requests, handle_within(self._desk, tx, requests), strict=True):
            if not isinstance(outcome, Accepted):
                raise Refusing(f"{request.command!r}: {outcome!r}")

    def _park(self, event: Event, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        context = {"subscription": self.subscription.name, "tenant": event.tenant, "source": event.service}
        log.warning("parked", extra={**context, "seq": event.seq, "correlation": event.correlation})
        with self._store.begin([event.tenant]) as tx:
            tx.park(
                Parked(self.subscription.name, event.tenant, event.service, event.seq, reason, self._stamp()),
            )
        self._observe("parked", 1)

    def _quarantine(self) -> None:
        with self._store.begin(()) as tx:
            for garbled in self._garbled:
                tx.quarantine(
                    Quarantined(self.subscription.name, garbled.place, garbled.raw, garbled.reason, self._stamp())
                )
        self._observe("quarantined", len(self._garbled))
        self._garbled.clear()

    def _stamp(self) -> str:
        return self._desk.clock.now().isoformat(timespec="seconds")

    def _observe(self, name: str, amount: int) -> None:
        self._observer.count(name, amount, subscription=self.subscription.name)


def _note_later(heads: dict[Source, Head], source: Source, head: Head) -> None:
    known = heads.get(source)
    if known is None or known.seq < head.seq:
        heads[source] = head


def _place(reached: Delivered, before: Position) -> Position:
    """What was fetched from its ledger leaves the place on the bus where it is."""
    event, partition, offset = reached
    if partition == NO_PLACE:
        return Position(event.seq, event.hash, before.partition, before.offset)
    return Position(event.seq, event.hash, partition, offset)
