"""What goes wrong in the simulation: power cuts, outages, and a bus that loses, repeats, reorders and garbles."""

import random
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from shared.adapters.sql_sqlite import SqliteStore, SqliteTransaction
from shared.flow.ports import Announced, Delivered, Garbled, Polled, Unavailable
from shared.kernel.messages import Contract, Event


class PowerCut(BaseException):
    """The process is gone; what was committed is in the files."""


class Calm:
    """Nothing goes wrong."""

    def chance(self, _probability: float) -> bool:
        return False

    def power_may_fail(self) -> None: ...

    def outage_may_strike(self) -> None: ...


class Seeded(Calm):
    """Faults at the places that a seed chooses, until `calm` is set."""

    def __init__(self, rng: random.Random, power_cut: float = 0.01, outage: float = 0.01) -> None:
        self.calm = False
        self._rng = rng
        self._power_cut = power_cut
        self._outage = outage

    def chance(self, probability: float) -> bool:
        return not self.calm and self._rng.random() < probability

    def power_may_fail(self) -> None:
        if self.chance(self._power_cut):
            raise PowerCut

    def outage_may_strike(self) -> None:
        if self.chance(self._outage):
            raise Unavailable("simulated")


class Counted(Calm):
    """One power cut, at the so-manieth place at which there can be one."""

    def __init__(self, at: int) -> None:
        self.passed = 0
        self._at = at

    def power_may_fail(self) -> None:
        self.passed += 1
        if self.passed == self._at:
            raise PowerCut


class FragileStore(SqliteStore):
    """A store on files. The power may fail before a transaction, in it just before the commit, and right after it."""

    def __init__(self, path: Path, contract: Contract, fate: Calm) -> None:
        self._fate = fate
        super().__init__(path, contract, lambda _appended: self._fate.power_may_fail(), synchronous="OFF")

    def meets(self, fate: Calm) -> None:
        """From now on, that is what can happen."""
        self._fate = fate

    @contextmanager
    def begin(self, tenants: Collection[str], *, urgent: bool = False) -> Iterator[SqliteTransaction]:
        self._fate.outage_may_strike()
        self._fate.power_may_fail()
        with super().begin(tenants, urgent=urgent) as tx:
            yield tx
            self._fate.outage_may_strike()
            self._fate.power_may_fail()

    @contextmanager
    def reading(self, *tenants: str) -> Iterator[sa.Connection]:
        self._fate.outage_may_strike()
        with super().reading(*tenants) as connection:
            yield connection


class FaultyInbox:
    def __init__(self, sources: Collection[str], fate: Calm, rng: random.Random) -> None:
        self.sources = frozenset(sources)
        self.waiting: list[Polled] = []
        self._fate = fate
        self._rng = rng

    def put(self, message: Polled, loss: float) -> None:
        if self._fate.chance(loss):
            return
        if self._fate.chance(0.02):
            message = Garbled(f"at {len(self.waiting)}", b"\xff", "simulated")
        copies = 2 if self._fate.chance(0.1) else 1
        for _ in range(copies):
            place = self._rng.randint(0, len(self.waiting)) if self._fate.chance(0.15) else len(self.waiting)
            self.waiting.insert(place, message)

    def poll(self, limit: int) -> list[Polled]:
        most = self._rng.choice((1, 2, 5, limit)) if self._fate.chance(0.7) else limit
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        return taken


class FaultyBus:
    """Keeps what was published, like a broker; whether a reconnecting consumer gets any of it again is chance."""

    def __init__(self, fate: Calm, rng: random.Random) -> None:
        self._fate = fate
        self._rng = rng
        self._log: list[Event] = []
        self._inboxes: list[FaultyInbox] = []

    def disconnect(self) -> None:
        """Everybody is gone, and with them what was on its way to them."""
        self._inboxes.clear()

    def inbox(self, _subscription: str, sources: Collection[str]) -> FaultyInbox:
        inbox = FaultyInbox(sources, self._fate, self._rng)
        self._inboxes.append(inbox)
        if self._log and self._fate.chance(0.3):
            again = self._log[self._rng.randrange(len(self._log)) :]
            inbox.waiting += [Delivered(event) for event in again if event.service in inbox.sources]
        return inbox

    def has_room(self, _source: str) -> bool:
        return not self._fate.chance(0.05)

    def publish(self, events: Sequence[Event]) -> None:
        self._fate.power_may_fail()
        taken = self._rng.randrange(len(events)) if self._fate.chance(0.03) else len(events)
        self._log += events[:taken]
        self._send([(event.service, Delivered(event)) for event in events[:taken]], loss=0.1)
        if taken < len(events):
            raise Unavailable("simulated: the bus took a part only")
        self._fate.power_may_fail()

    def announce(self, heads: Iterable[Announced]) -> None:
        self._send([(head.service, head) for head in heads], loss=0.3)

    def _send(self, messages: Sequence[tuple[str, Polled]], loss: float) -> None:
        for inbox in self._inboxes:
            for service, message in messages:
                if service in inbox.sources:
                    inbox.put(message, loss)
