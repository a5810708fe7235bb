"""replay: derive everything anew from the facts in the ledgers, and compare (decision 6, 7).

Every recorded fact becomes the command it came from, is decided on the states folded so far, and must come out as it
was recorded; what the views hold must be what their projections make of the ledgers.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import Any, Protocol

from shared.flow import differing
from shared.flow.ports import Damaged, Recorded, Store
from shared.flow.states import ROOM_BYTES, Kept, size_of
from shared.flow.subscriptions import Subscription, View
from shared.flow.system import Part, System
from shared.flow.verify import pages
from shared.kernel.deciding import Decider, Refusal
from shared.kernel.messages import START, Event, Head, UnknownType

MOST_DIFFERENCES = 100
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


def replay(
    system: System,
    tenant: str,
    services: Mapping[str, Part],
    scratch: Scratch,
    recorded: Mapping[str, Replayable] | None = None,
) -> Replayed:
    """Replay the ledgers of these services, and project their views anew, each ledger read once.

    A view is compared as it stands in a snapshot taken now, at the position that it has reached in it. With `recorded`
    the events come from there instead, and must be all that the ledgers have.
    """
    result = Replayed(tenant)
    with ExitStack() as stack:
        anew = stack.enter_context(scratch())
        shadows = []
        for part in services.values():
            live = stack.enter_context(part.store.reading(tenant))
            views = [consumer.subscription for consumer in part.consumers if consumer.subscription.view]
            shadows += [_Shadow(part.store, live, subscription, tenant, anew) for subscription in views]
        for name, part in system.parts.items():
            watching = [shadow for shadow in shadows if name in shadow.through]
            ledger = recorded[name] if recorded else part.store
            _replay_ledger(part, ledger, name in services, watching, result)
        for shadow in shadows:
            shadow.compare(result)
    return result


def _replay_ledger(
    part: Part, ledger: Replayable, deciding: bool, watching: Sequence["_Shadow"], result: Replayed
) -> None:
    """Decide every fact of a ledger anew (if `deciding`), and show it to the views that follow it."""
    decider = part.desk.decider
    states = _States(ledger, decider, result.tenant)
    head = part.store.head(result.tenant)
    last = START
    if not deciding and not watching:
        return
    for page in pages(ledger, result.tenant):
        _connect(last, page, result)
        readable = [event for event in page if _is_readable(event, result)]
        if deciding:
            for event in readable:
                try:
                    state = states.before(event, event.stream)
                    _decide_anew(decider, states, event, state, result)
                    states.evolve(event, state)
                except Damaged as error:
                    result.differs(f"{event.service} {event.seq} {event.stream}", event.type, str(error))
            result.events += len(page)
        last = page[-1].head
        for shadow in watching:
            shadow.project(readable)
    if last.seq < head.seq:
        result.differs(f"{ledger.service} {head.seq}", head.hash.hex(), f"{last.seq} 番までしかありません。")
    if deciding:
        result.heads[ledger.service] = last


def _connect(last: Head, page: Sequence[Event], result: Replayed) -> None:
    """Every event must follow the one before."""
    for event in page:
        if event.prevhash != last.hash:
            result.differs(
                f"{event.service} {event.seq}", last.hash.hex(), f"直前の事実が違います: {event.prevhash.hex()}"
            )
        last = event.head


def _is_readable(event: Event, result: Replayed) -> bool:
    """Whether its fact can be read; if not, that is a difference."""
    try:
        return event.fact is not None
    except (UnknownType, ValueError, TypeError) as error:
        place = f"{event.service} {event.seq} {event.stream}"
        result.differs(place, differing.of_bytes(event.data), f"読み取れません: {error}")
        return False


def _decide_anew(decider: Decider, states: "_States", event: Event, state: Any, result: Replayed) -> None:
    fact = event.fact
    recall = decider.recall[type(fact)]
    if recall is None:
        return
    command = recall(fact)
    decision = decider.decision(command)
    own, *others = decision.streams(command)
    if own != event.stream:
        result.differs(f"{event.service} {event.seq}", event.stream, own)
        return
    decided = decision.decide(command, state, *[states.before(event, name) for name in others])
    if isinstance(decided, Refusal) or len(decided) != 1 or decided[0] != fact:
        result.differs(f"{event.service} {event.seq} {event.stream}", *differing.of_facts(fact, decided))


class _States:
    """States as they stood before an event; as many are kept as there is room for, others are folded again."""

    def __init__(self, ledger: Replayable, decider: Decider, tenant: str) -> None:
        self._ledger = ledger
        self._decider = decider
        self._tenant = tenant
        self._kept: Kept[str, Any] = Kept(ROOM_BYTES)
        self._dropped = False

    def before(self, event: Event, stream: str) -> Any:
        kept = self._kept.get(stream)
        if kept is not None:
            return kept
        aggregate = self._decider.aggregate(stream)
        never_seen = aggregate.bytes_per_event and not self._dropped
        if never_seen or (stream == event.stream and event.version == 1):
            return aggregate.initial
        facts = [known.fact for known in self._ledger.stream(self._tenant, stream) if known.seq < event.seq]
        return aggregate.fold(facts)

    def evolve(self, event: Event, state: Any) -> None:
        aggregate = self._decider.aggregate(event.stream)
        each = aggregate.bytes_per_event
        if each:
            evolved = aggregate.evolve(state, event.fact)
            self._dropped |= not self._kept.put(event.stream, evolved, size_of(event.version, each))


class _Shadow:
    """A view projected anew beside the live one, up to where the live one has come."""

    def __init__(self, store: Store, live: Any, subscription: Subscription, tenant: str, anew: Any) -> None:
        view = subscription.view
        assert view is not None  # noqa: S101 - only subscriptions with a view have a shadow
        self._view: View = view
        self._subscription = subscription
        self._live, self._anew, self._tenant = live, anew, tenant
        self._generation = store.generation_within(live, subscription.name)
        reached = store.positions_within(live, subscription.name)
        self.through = {source: seq for (source, of_tenant), seq in reached.items() if of_tenant == tenant}
        view.open(anew, ANEW, indexed=False)

    def project(self, page: Sequence[Event]) -> None:
        through, types = self.through, self._subscription.types
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
                place = f"view {self._subscription.name} {table} {key}"
                if was is None or now is None:
                    result.differs(place, *("行があります" if row else differing.NOTHING for row in (was, now)))
                else:
                    named = [dict(zip(columns, row, strict=True)) for row in (was, now)]
                    result.differs(place, *differing.of_fields(*named))

    def _counted(self, recorded: Iterable[Sequence[Any]], result: Replayed) -> Iterator[Sequence[Any]]:
        for page in recorded:
            result.compared_rows += len(page)
            yield page
