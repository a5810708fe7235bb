"""Storms over the toy of `tests.tally`, whose effects are not idempotent: done twice, a jar holds too much."""

import random
from collections.abc import Callable
from pathlib import Path

from shared.flow import consume
from shared.flow.handle import Desk
from shared.flow.ports import Unavailable
from shared.flow.relay import Relay
from shared.flow.system import Part, Progress, System
from tests.controls import KOSAKA, MATSUDO, TAKAMATSU
from tests.fakes import Counts, SetClock
from tests.projecting import all_rows
from tests.simulation.faults import Calm, FaultyBus, FragileStore, PowerCut, Seeded
from tests.tally import COPYING, LEVELS, MIRROR, SHOWING, TALLY, Put, request

TOWNS = (TAKAMATSU, MATSUDO, KOSAKA)
FILLINGS = 20
MOST_ROUNDS = 1_000


class Jars:
    """One process after another on the files of both services."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.rng = random.Random(seed)
        self.fate = Seeded(self.rng, power_cut=0.02, outage=0.02)
        self.bus = FaultyBus(self.fate, self.rng)
        self._folder = folder
        self.open()

    def open(self) -> None:
        stores = {
            decider.contract.service: FragileStore(
                self._folder / f"{decider.contract.service}.db", decider.contract, Calm()
            )
            for decider in (TALLY, MIRROR)
        }
        with stores["mirror"].begin(()) as tx:
            LEVELS.open(tx.connection, tx.generation(LEVELS.name))
        desks = {
            decider.contract.service: Desk(stores[decider.contract.service], decider, SetClock())
            for decider in (TALLY, MIRROR)
        }
        known = {name: desk.decider.contract.facts.keys() for name, desk in desks.items()}
        consumers = tuple(
            consume.Consumer(row, desks["mirror"], self.bus.inbox(row.name, row.sources), stores, known, Counts())
            for row in (COPYING, SHOWING)
        )
        parts = {
            "tally": Part(desks["tally"], Relay(stores["tally"], self.bus, batch=7), ()),
            "mirror": Part(desks["mirror"], Relay(stores["mirror"], self.bus), consumers),
        }
        self.system = System(parts, SetClock(), Progress())
        for store in stores.values():
            store.meets(self.fate)

    def storm(self) -> None:
        """Twenty fillings told through faults, each until it is answered; then calm."""
        for number in range(FILLINGS):
            put = Put(self.rng.choice("ab"), 1 + number % 9)
            filling = request(self.rng.choice(TOWNS), put, f"key {number}")
            while not self._done(lambda filling=filling: self.system.handle("tally", [filling])):  # type: ignore[misc]
                pass
            for _ in range(3):
                self._done(self.rng.choice([*self.system.steps().values(), self.system.announce]))
        self.fate.calm = True
        self.rest()

    def _done(self, do: Callable[[], object]) -> bool:
        try:
            do()
        except PowerCut:
            self.system.close()
            self.bus.disconnect()
            self.open()
            return False
        except Unavailable:
            return False
        return True

    def rest(self) -> None:
        self.system.announce()
        for _ in range(MOST_ROUNDS):
            done = [step() for step in self.system.steps().values()]
            if not any(done):
                return
        raise AssertionError("the loops never come to rest")

    def filled(self) -> dict[tuple[str, str], int]:
        """What each jar holds by its ledger, from the fillings themselves."""
        return self._held("tally")

    def copied(self) -> dict[tuple[str, str], int]:
        return self._held("mirror")

    def _held(self, service: str) -> dict[tuple[str, str], int]:
        held: dict[tuple[str, str], int] = {}
        for town in TOWNS:
            for event in self.system.store(service).read(town, 0, 10_000):
                place = (town, event.fact.jar)
                held[place] = held.get(place, 0) + event.fact.amount
        return held

    def shown(self) -> dict[tuple[str, str], int]:
        with self.system.store("mirror").reading(*TOWNS) as connection:
            return {(town, jar): level for town in TOWNS for _, _, jar, level in all_rows(LEVELS, connection, 1, town)}
