"""The toy's two services as a whole system on a local bus, driven by hand."""

from collections.abc import Callable, Sequence
from pathlib import Path

from shared.adapters.local_bus import LocalBus
from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.consume import Consumer
from shared.flow.handle import Desk
from shared.flow.relay import Relay
from shared.flow.subscriptions import Subscription
from shared.flow.system import Part, Progress, System
from tests.controls import TAKAMATSU
from tests.fakes import Counts, SetClock
from tests.tally import COPYING, LEVELS, MIRROR, SHOWING, TALLY, Put, request


class Stepping(Progress):
    """Instead of waiting for the loops of other threads, it calls them, just until what is waited for holds."""

    system: System | None = None

    def wait_until(self, holds: Callable[[], bool], timeout_seconds: float, *, patiently: bool = False) -> bool:
        while self.system and not holds() and once(self.system):
            pass
        return super().wait_until(holds, timeout_seconds, patiently=patiently)


class Restless(Stepping):
    """Whenever all is settled, something new comes in."""

    def wait_until(self, holds: Callable[[], bool], timeout_seconds: float, *, patiently: bool = False) -> bool:
        held = super().wait_until(holds, timeout_seconds, patiently=patiently)
        assert self.system
        self.system.handle("tally", [request(TAKAMATSU, Put("a", 1))])
        return held


def whole_system(
    folder: Path, subscriptions: Sequence[Subscription] = (COPYING, SHOWING), progress: Stepping | None = None
) -> System:
    bus, clock, progress = LocalBus(), SetClock(), progress or Stepping()
    known = {decider.contract.service: decider.contract.facts.keys() for decider in (TALLY, MIRROR)}
    stores = {
        decider.contract.service: SqliteStore(
            folder / f"{decider.contract.service}.db", decider.contract, lambda _appended: progress.made(), "OFF"
        )
        for decider in (TALLY, MIRROR)
    }
    with stores["mirror"].begin(()) as tx:
        LEVELS.open(tx.connection, tx.generation(LEVELS.name))
    parts = {}
    for decider in (TALLY, MIRROR):
        name = decider.contract.service
        desk = Desk(stores[name], decider, clock)
        consumers = tuple(
            Consumer(row, desk, bus.inbox(row.name, row.sources), stores, known, Counts())
            for row in subscriptions
            if row.name.startswith(name)
        )
        parts[name] = Part(desk, Relay(stores[name], bus), consumers)
    system = System(parts, clock, progress)
    progress.system = system
    return system


def once(system: System) -> bool:
    """Call every step once; whether any had something to do."""
    done = [step() for step in system.steps().values()]
    return any(done)


def rest(system: System) -> None:
    while once(system):
        pass
