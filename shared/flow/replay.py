"""replay: derive everything anew from the facts in the ledgers, and compare (decision 6, 7).

Every recorded fact becomes the command it came from, is decided on the states folded so far, and must come out as it
was recorded; what the views hold must be what their projections make of the ledgers.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from shared.flow.ports import Store
from shared.flow.subscriptions import Subscription
from shared.flow.system import Part, System
from shared.flow.verify import pages
from shared.kernel.deciding import Decider, Refusal
from shared.kernel.messages import START, Event, Head

STATES = 50_000
MOST_DIFFERENCES = 100

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
    """`heads` by service; `events` counts those decided or folded anew."""

    tenant: str
    events: int = 0
    compared_rows: int = 0
    heads: dict[str, Head] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    def differs(self, place: str, recorded: object, derived: object) -> None:
        if len(self.differences) < MOST_DIFFERENCES:
            self.differences.append(Difference(place, repr(recorded), repr(derived)))


def replay(system: System, tenant: str, services: Mapping[str, Part], scratch: Scratch) -> Replayed:
    """Replay the ledgers of these services, and every view that they alone feed or help to feed."""
    result = Replayed(tenant)
    for name, part in services.items():
        result.heads[name] = replay_decisions(part.store, part.desk.decider, tenant, result)
    for part in services.values():
        for consumer in part.consumers:
            if consumer.subscription.view:
                _replay_view(system, part.store, consumer.subscription, tenant, scratch, result)
    return result


def replay_decisions(store: Store, decider: Decider, tenant: str, result: Replayed) -> Head:
    """Decide every fact of a ledger anew; the head it ends at."""
    states = _States(store, decider, tenant)
    last = START
    for page in pages(store, tenant):
        for event in page:
            _decide_anew(decider, states, event, result)
            states.evolve(event)
        last = page[-1].head
        result.events += len(page)
    return last


def _decide_anew(decider: Decider, states: "_States", event: Event, result: Replayed) -> None:
    recall = decider.recall[type(event.fact)]
    if recall is None:
        return
    command = recall(event.fact)
    decision = decider.decision(command)
    names = decision.streams(command)
    if names[0] != event.stream:
        result.differs(f"{event.service} {event.seq}", event.stream, names[0])
        return
    decided = decision.decide(command, *[states.before(event, name) for name in names])
    if isinstance(decided, Refusal) or len(decided) != 1 or decided[0] != event.fact:
        result.differs(f"{event.service} {event.seq} {event.stream}", event.fact, decided)


class _States:
    """States as they stood before an event; at most STATES are kept, others are folded again when needed."""

    def __init__(self, store: Store, decider: Decider, tenant: str) -> None:
        self._store = store
        self._decider = decider
        self._tenant = tenant
        self._kept: OrderedDict[str, Any] = OrderedDict()
        self._dropped = False

    def before(self, event: Event, stream: str) -> Any:
        if stream in self._kept:
            self._kept.move_to_end(stream)
            return self._kept[stream]
        if not self._dropped or (stream == event.stream and event.version == 1):
            return self._decider.aggregate(stream).initial
        facts = [known.fact for known in self._store.stream(self._tenant, stream) if known.seq < event.seq]
        return self._decider.aggregate(stream).fold(facts)

    def evolve(self, event: Event) -> None:
        state = self.before(event, event.stream)
        self._kept[event.stream] = self._decider.aggregate(event.stream).evolve(state, event.fact)
        self._kept.move_to_end(event.stream)
        if len(self._kept) > STATES:
            self._kept.popitem(last=False)
            self._dropped = True


def _replay_view(
    system: System, store: Store, subscription: Subscription, tenant: str, scratch: Scratch, result: Replayed
) -> None:
    view = subscription.view
    assert view is not None  # noqa: S101 - the caller has asked
    with scratch() as anew, store.reading() as live:
        view.open(anew, 1)
        reached = store.positions_within(live, subscription.name)
        for service in subscription.sources:
            through = reached.get((service, tenant), 0)
            if through == 0:
                continue
            for page in pages(system.store(service), tenant, through):
                view.project(anew, 1, [event for event in page if event.type in subscription.types])
        generation = store.generation_within(live, subscription.name)
        _compare(subscription.name, view.rows(live, generation, tenant), view.rows(anew, 1, tenant), result)


def _compare(name: str, recorded: Iterable[Any], derived: Iterable[Any], result: Replayed) -> None:
    for was, now in zip_longest(recorded, derived):
        result.compared_rows += 1
        if was != now:
            result.differs(f"view {name}", was, now)
