"""replay: derive everything anew from the facts in the ledgers, and compare (decision 6, 7).

Every recorded fact becomes the command it came from, is decided on the states folded so far, and must come out as it
was recorded; what the views hold must be what their projections make of the ledgers.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.flow import differing
from shared.flow.ports import Recorded, Store, Unavailable
from shared.flow.states import Kept, size_of
from shared.flow.subscriptions import Subscription, View
from shared.flow.verify import pages
from shared.kernel.deciding import Decider, Refusal
from shared.kernel.messages import START, Event, Fact, Head, UnknownType

MOST_DIFFERENCES = 100
ROOM_BYTES = 96_000_000
"""About how much memory goes into the states of one ledger: the accounts of 200,000 visits in half a year take 70."""
ANEW = 0
"""The generation of views that are projected anew; live ones begin with 1, so that no table stands for the other."""

Scratch = Callable[[], AbstractContextManager[Any]]
"""Opens an empty database for the views to be projected anew."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that does not come out as it was recorded. `place` names service and seq, or the view and its row."""

    place: str
    recorded: str
    derived: str


@dataclass
class Replayed:
    """`heads` by service; `events` counts those decided or folded anew, `unlisted` further differences."""

    tenant: str
    events: int = 0
    compared_rows: int = 0
    heads: dict[str, Head] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    unlisted: int = 0

    def differs(self, place: str, recorded: str, derived: str) -> None:
        if len(self.differences) < MOST_DIFFERENCES:
            self.differences.append(Difference(place, recorded, derived))
        else:
            self.unlisted += 1


class Replayable(Recorded, Protocol):
    """Where the events are replayed from: a ledger, or what the bus has kept of it."""

    def stream(self, tenant: str, stream: str) -> list[Event]: ...


class Replaying(Protocol):
    """What is replayed of a service: its ledger by its decider, and the views among its subscriptions."""

    @property
    def store(self) -> Store: ...

    @property
    def decider(self) -> Decider: ...

    @property
    def subscriptions(self) -> Mapping[str, Subscription]: ...


def replay(
    parts: Mapping[str, Replaying],
    tenant: str,
    services: Collection[str],
    scratch: Scratch,
    recorded: Mapping[str, Replayable] | None = None,
    elsewhere: Collection[str] = (),
) -> Replayed:
    """Replay the ledgers of these services, and project their views anew, each ledger read once.

    What is wrong in a ledger that is decided `elsewhere` is said there.

    A view is compared as it stands in a snapshot taken now, at the position that it has reached in it. With `recorded`
    the events come from there instead, and must be all that the ledgers have.
    """
    result = Replayed(tenant)
    with ExitStack() as stack:
        anew = stack.enter_context(scratch())
        shadows = []
        for name in services:
            part = parts[name]
            live = stack.enter_context(part.store.reading(tenant))
            views = [subscription for subscription in part.subscriptions.values() if subscription.view]
            shadows += [_Shadow(part.store, live, subscription, tenant, anew) for subscription in views]
        for name, part in parts.items():
            watching = [shadow for shadow in shadows if name in shadow.through]
            ledger = recorded[name] if recorded else part.store
            said = Replayed(tenant) if name in elsewhere else result
            _replay_ledger(part, ledger, name in services, watching, said)
        for shadow in shadows:
            shadow.compare(result)
    return result


def _replay_ledger(
    part: Replaying, ledger: Replayable, deciding: bool, watching: Sequence["_Shadow"], result: Replayed
) -> None:
    """Decide every fact of a ledger anew (if `deciding`), and show it to the views that follow it."""
    if not deciding and not watching:
        return
    anew = _Anew(ledger, part.decider, result)
    head = part.store.head(result.tenant)
    last = START
    for page in pages(ledger, result.tenant):
        _connect(last, page, result)
        last = page[-1].head
        readable = [event for event in page if _is_readable(event, result)]
        if deciding:
            for event in readable:
                anew.decide(event)
            result.events += len(page)
        types = {event.type for event in readable}
        for shadow in watching:
            if not types.isdisjoint(shadow.types):
                shadow.project(readable)
    if last.seq < head.seq:
        result.differs(f"{ledger.service} {head.seq}", head.hash.hex(), f"{last.seq} 番までしかありません。")
    if deciding:
        result.heads[ledger.service] = last


def _connect(last: Head, page: Sequence[Event], result: Replayed) -> None:
    """Every event must follow the one before."""
    hash_ = last.hash
    for event in page:
        if event.prevhash != hash_:
            result.differs(f"{event.service} {event.seq}", hash_.hex(), f"直前の事実が違います: {event.prevhash.hex()}")
        hash_ = event.hash


def _is_readable(event: Event, result: Replayed) -> bool:
    """Whether its fact can be read; if not, that is a difference."""
    why = _unreadable(event)
    if why is not None:
        result.differs(_place(event), differing.of_bytes(event.data), f"読み取れません: {why}")
    return why is None


def _unreadable(event: Event) -> str | None:
    """Why its fact cannot be read; None when it can."""
    try:
        event.fact  # noqa: B018 - reading decodes it
    except (UnknownType, ValueError, TypeError) as error:
        return str(error)
    return None


def _place(event: Event) -> str:
    return f"{event.service} {event.seq} {event.stream}"


class _Anew:
    """One ledger decided anew, event by event, on the states folded so far; facts that cannot be read are passed over.

    As many states are kept as there is room for, others are folded again.
    """

    def __init__(self, ledger: Replayable, decider: Decider, result: Replayed) -> None:
        self._ledger = ledger
        self._decider = decider
        self._result = result
        self._kept: Kept[str, Any] = Kept(ROOM_BYTES)
        self._dropped = False

    def decide(self, event: Event) -> None:
        """Decide the next event on what came before it. A difference when it comes out otherwise, or cannot be decided
        since what came before is damaged.
        """
        fact, stream = event.fact, event.stream
        recall = self._decider.recall[type(fact)]
        aggregate = self._decider.aggregate(stream)
        try:
            state = self._before(event, stream)
            try:
                if recall is not None:
                    self._compare(event, fact, recall(fact), state)
            finally:
                if aggregate.bytes_per_event:
                    self._keep(stream, aggregate.evolve(state, fact), event.version, aggregate.bytes_per_event)
        except Unavailable:
            raise
        except Exception as error:
            self._result.differs(_place(event), event.type, str(error) or type(error).__name__)

    def _compare(self, event: Event, fact: Fact, command: Any, state: Any) -> None:
        decision = self._decider.decision(command)
        own, *others = decision.streams(command)
        if own != event.stream:
            self._result.differs(f"{event.service} {event.seq}", event.stream, own)
            return
        decided = decision.decide(command, state, *[self._before(event, name) for name in others])
        if isinstance(decided, Refusal) or len(decided) != 1 or decided[0] != fact:
            self._result.differs(_place(event), *differing.of_facts(fact, decided))

    def _before(self, event: Event, stream: str) -> Any:
        """The state of a stream as it stood before the event."""
        kept = self._kept.get(stream)
        return self._folded(event, stream) if kept is None else kept

    def _folded(self, event: Event, stream: str) -> Any:
        aggregate = self._decider.aggregate(stream)
        never_seen = aggregate.bytes_per_event and not self._dropped
        if never_seen or (stream == event.stream and event.version == 1):
            return aggregate.initial
        known = [before for before in self._ledger.stream(self._result.tenant, stream) if before.seq < event.seq]
        state = aggregate.fold([before.fact for before in known if _unreadable(before) is None])
        if known and aggregate.bytes_per_event:
            self._keep(stream, state, known[-1].version, aggregate.bytes_per_event)
        return state

    def _keep(self, stream: str, state: Any, version: int, bytes_per_event: int) -> None:
        self._dropped |= not self._kept.put(stream, state, size_of(version, bytes_per_event))


class _Shadow:
    """A view projected anew beside the live one, up to where the live one has come."""

    def __init__(self, store: Store, live: Any, subscription: Subscription, tenant: str, anew: Any) -> None:
        view = subscription.view
        assert view is not None  # noqa: S101 - only subscriptions with a view have a shadow
        self._view: View = view
        self._name, self.types = subscription.name, subscription.types
        self._live, self._anew, self._tenant = live, anew, tenant
        self._generation = store.generation_within(live, subscription.name)
        reached = store.positions_within(live, subscription.name)
        self.through = {source: seq for (source, of_tenant), seq in reached.items() if of_tenant == tenant}
        view.open(anew, ANEW, indexed=False)

    def project(self, page: Sequence[Event]) -> None:
        through, types = self.through, self.types
        shown = [event for event in page if event.seq <= through[event.service] and event.type in types]
        self._view.project(self._anew, ANEW, shown)

    def compare(self, result: Replayed) -> None:
        alike = self._view.alike(self._live, self._generation, self._anew, ANEW, self._tenant)
        recorded = self._view.rows(self._live, self._generation, self._tenant)
        derived = self._view.rows(self._anew, ANEW, self._tenant)
        for table, pages_of_table in recorded.items():
            if table in alike:
                result.compared_rows += alike[table]
                continue
            columns, key_columns = self._view.columns(table)
            counted = self._counted(pages_of_table, result)
            for was, now in differing.unlike(counted, iter(derived[table]), key_columns):
                key = " ".join(map(str, (was or now or ())[1:key_columns]))
                place = f"view {self._name} {table} {key}"
                if was is None or now is None:
                    result.differs(place, *("行があります" if row else differing.NOTHING for row in (was, now)))
                else:
                    named = [dict(zip(columns, row, strict=True)) for row in (was, now)]
                    result.differs(place, *differing.of_fields(*named))

    def _counted(self, recorded: Iterable[Sequence[Any]], result: Replayed) -> Iterator[Sequence[Any]]:
        for page in recorded:
            result.compared_rows += len(page)
            yield page
