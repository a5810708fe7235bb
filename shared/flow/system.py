"""Everything that runs, as one object: the stores, desks, relays and consumers of all services, and what can be asked
of the whole. It holds no thread: whoever hosts it calls the steps.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Condition
from time import monotonic, sleep

from shared.flow.consume import Consumer
from shared.flow.handle import Desk, Outcome, Request, handle
from shared.flow.ports import Clock, Parked, Store
from shared.flow.relay import Relay
from shared.flow.subscriptions import Subscription
from shared.kernel.deciding import Decider
from shared.kernel.messages import Head

LONGEST_WAIT_SECONDS = 600.0
LOOK_AGAIN_SECONDS = 5.0
"""A process that is killed between its commit and the telling of it keeps nobody waiting for longer."""
MOST_ROUNDS = 10_000
WORK_FOR_A_QUESTION = 9
"""Who waits long leaves the others so many times as long to work as a question has taken."""


class UnknownSubscription(LookupError):
    """その名前の購読はありません。"""


@dataclass(frozen=True)
class Part:
    """One service at work."""

    desk: Desk
    relay: Relay
    consumers: tuple[Consumer, ...]

    @property
    def store(self) -> Store:
        return self.desk.store

    @property
    def decider(self) -> Decider:
        return self.desk.decider

    @property
    def subscriptions(self) -> dict[str, Subscription]:
        """By name."""
        return {consumer.subscription.name: consumer.subscription for consumer in self.consumers}


class Progress:
    """Tells whoever waits that something was committed somewhere."""

    def __init__(self, look_again_seconds: float = LOOK_AGAIN_SECONDS) -> None:
        self._look_again_seconds = look_again_seconds
        self._condition = Condition()
        self._commits = 0

    def made(self) -> None:
        with self._condition:
            self._commits += 1
            self._condition.notify_all()

    def wait_until(self, holds: Callable[[], bool], timeout_seconds: float, *, patiently: bool = False) -> bool:
        """Ask again after every commit, and now and then; nobody who commits waits for the question. Who waits
        patiently, while much is committed, spends no more than a tenth of the time on asking.
        """
        deadline = monotonic() + timeout_seconds
        while True:
            seen, began = self._commits, monotonic()
            if holds():
                return True
            asked = monotonic()
            if asked >= deadline:
                return False
            with self._condition:
                longest = min(deadline - asked, self._look_again_seconds)
                self._condition.wait_for(partial(self._committed_since, seen), longest)
            if patiently:
                until = min(deadline, asked + WORK_FOR_A_QUESTION * (asked - began))
                sleep(max(0.0, until - monotonic()))

    def _committed_since(self, seen: int) -> bool:
        return self._commits != seen


@dataclass(frozen=True)
class System:
    parts: Mapping[str, Part]
    clock: Clock
    progress: Progress

    def handle(self, service: str, requests: Sequence[Request], *, urgent: bool = False) -> list[Outcome]:
        return handle(self.parts[service].desk, requests, urgent=urgent)

    def store(self, service: str) -> Store:
        return self.parts[service].store

    def steps(self) -> dict[str, Callable[[], int]]:
        """Every loop by its name; calling them until all return 0 brings everything to rest."""
        relays: dict[str, Callable[[], int]] = {f"relay.{name}": part.relay.step for name, part in self.parts.items()}
        return relays | {consumer.subscription.name: consumer.step for consumer in self._consumers()}

    def announce(self) -> None:
        for part in self.parts.values():
            part.relay.announce()

    def heads(self, tenants: Collection[str]) -> dict[str, dict[str, Head]]:
        """By tenant and service."""
        found = {name: part.store.heads_of(tenants) for name, part in self.parts.items()}
        return {tenant: {name: heads[tenant] for name, heads in found.items()} for tenant in tenants}

    def settle(self, tenants: Collection[str], timeout_seconds: float = LONGEST_WAIT_SECONDS) -> list[Parked]:
        """Wait until every subscription has reached the heads of these tenants, and what follows from that has come to
        rest too. Returns what is parked; TimeoutError names who is behind when a subscription takes longer than
        `timeout_seconds` for all of them.
        """
        for _ in range(MOST_ROUNDS):
            heads = self.heads(tenants)
            for consumer in self._consumers():
                self._await(consumer.subscription, heads, timeout_seconds)
            if heads == self.heads(tenants):
                break
        return [parked for parked in self.parked() if parked.tenant in tenants]

    def _await(
        self, subscription: Subscription, heads: Mapping[str, Mapping[str, Head]], timeout_seconds: float
    ) -> None:
        """Wait until a subscription has reached these heads, or never will before somebody helps it."""
        if not self.progress.wait_until(
            lambda: not self._tenants_behind(subscription, heads), timeout_seconds, patiently=True
        ):
            raise TimeoutError(", ".join(sorted(self.behind(heads))))

    def behind(self, heads: Mapping[str, Mapping[str, Head]]) -> set[str]:
        """The names of subscriptions that have not reached these heads (by tenant and service) and are not parked."""
        subscriptions = [consumer.subscription for consumer in self._consumers()]
        return {subscription.name for subscription in subscriptions if self._tenants_behind(subscription, heads)}

    def _tenants_behind(self, subscription: Subscription, heads: Mapping[str, Mapping[str, Head]]) -> set[str]:
        """The tenants whose heads a subscription has not reached, without those that are parked in it."""
        store = self.part_of(subscription.name).store
        sources = [(source, tenant) for tenant in heads for source in subscription.sources]
        reached = store.positions_of(subscription.name, sources)
        behind = {tenant for (source, tenant), seq in reached.items() if seq < heads[tenant][source].seq}
        return behind and behind - {row.tenant for row in store.all_parked() if row.subscription == subscription.name}

    def reached(self, subscription: str, source: str, tenant: str, seq: int, timeout_seconds: float) -> bool:
        """Wait until a subscription has reached that event; False when it has not in time."""
        store = self.part_of(subscription).store
        return self.progress.wait_until(lambda: store.position(subscription, (source, tenant)) >= seq, timeout_seconds)

    def part_of(self, subscription: str) -> Part:
        return self.parts[subscription.partition(".")[0]]

    def consumer(self, subscription: str) -> Consumer:
        for consumer in self._consumers():
            if consumer.subscription.name == subscription:
                return consumer
        raise UnknownSubscription(subscription)

    def parked(self) -> list[Parked]:
        return [row for part in self.parts.values() for row in part.store.all_parked()]

    def close(self) -> None:
        for part in self.parts.values():
            part.store.close()

    def _consumers(self) -> Iterable[Consumer]:
        return (consumer for part in self.parts.values() for consumer in part.consumers)
