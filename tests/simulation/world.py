"""The whole system of `services.wiring` on files, played step by step, cut off and opened again, and looked at."""

import random
import re
import shutil
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services import parts, wiring
from services.coordination.calendar import Calendar
from services.requests import vault
from shared.adapters.sql_view import SqlView
from shared.flow.handle import Failed
from shared.flow.ports import Bus, Unavailable
from shared.flow.system import Progress, System
from shared.flow.verify import verify
from tests.fakes import Counts, SetClock, seeded_mint
from tests.simulation.faults import Calm, FaultyBus, FragileStore, PowerCut
from tests.simulation.history import TENANTS, DayPassed, Step, Told

MORNING = datetime(2016, 11, 30, 0, 0, tzinfo=UTC)
LAST_MORNING = datetime(2016, 12, 1, 0, 0, tzinfo=UTC)
MOST_ROUNDS = 1_000

ORDER_OF_TELLING = {"version", "seq", "recorded"}
"""Columns that say in which order things were told; they may differ."""
TABLES_OF_TELLING = {"recent_visits"}
NO_YEN = {"base_yen": 0, "startup_yen": 0}
"""A grant of nothing is one that was taken back; whether it was there for a while depends on the order, too."""
OF_NO_ACCOUNT_WHEN_VOID = {"category", "district_id", "helpers_trained", "relative", "agreed_record"}
"""What the register says later is not stated any more of a visit that is void."""


class World:
    """One process after another on the same files."""

    def __init__(self, folder: Path, fate: Calm, bus: Bus) -> None:
        self.folder = folder
        self.fate = fate
        self.bus = bus
        self.clock = SetClock(MORNING)
        self.power_cuts = 0
        self.open()

    def open(self) -> None:
        self.stores = {
            service.name: FragileStore(self.folder / f"{service.name}.db", service.decider.contract, Calm())
            for service in parts.SERVICES
        }
        self.system: System = wiring.build_system(self.stores, self.bus, self.clock, Counts(), Progress())
        self.calendar = Calendar(self.system, seeded_mint(0))
        self.loops = {**self.system.steps(), "calendar": self.calendar.step}
        for store in self.stores.values():
            store.meets(self.fate)

    def close(self) -> None:
        self.system.close()

    def cut_power(self) -> None:
        """All that was in memory is gone; the next process begins with the files."""
        self.power_cuts += 1
        self.close()
        if isinstance(self.bus, FaultyBus):
            self.bus.disconnect()
        self.open()

    def tell(self, steps: Sequence[Told]) -> None:
        for outcome in self.system.handle(steps[0].service, [step.request for step in steps]):
            assert not isinstance(outcome, Failed), outcome

    def rest(self) -> None:
        """Announce the heads, then call every loop until none has anything to do."""
        self.system.announce()
        for _ in range(MOST_ROUNDS):
            done = [step() for step in self.loops.values()]
            if not any(done):
                return
        raise AssertionError("the loops never come to rest")


def play_in_one_pass(world: World, steps: Sequence[Step]) -> None:
    """Without haste: everything told one by one, then everything settled."""
    for step in steps:
        if isinstance(step, Told):
            world.tell([step])
    world.clock.instant = LAST_MORNING
    world.rest()


def play(world: World, steps: Sequence[Step], rng: random.Random) -> None:
    """In any interleaving with the loops. Whoever gets no answer asks again, with the same key."""
    waiting = deque(steps)
    while waiting:
        try:
            _do_something(world, waiting, rng)
        except PowerCut:
            world.cut_power()
        except Unavailable:
            continue


def _do_something(world: World, waiting: deque[Step], rng: random.Random) -> None:
    dice = rng.random()
    if dice < 0.02:
        world.system.announce()
    elif dice < 0.7:
        rng.choice(list(world.loops.values()))()
    elif isinstance(waiting[0], DayPassed):
        world.clock.pass_days(1)
        waiting.popleft()
    else:
        together = _same_service(waiting, rng.randint(1, 6))
        world.tell(together)
        for _ in together:
            waiting.popleft()


def _same_service(waiting: deque[Step], most: int) -> list[Told]:
    together: list[Told] = []
    for step in waiting:
        if len(together) == most or not isinstance(step, Told):
            break
        if together and step.service != together[0].service:
            break
        together.append(step)
    return together


def come_to_rest(world: World) -> None:
    """The storm is over: no more faults, the last day has come, everything settles."""
    world.clock.instant = LAST_MORNING
    world.rest()


# ------------------------------------------------------------------------------------------ what is there in the end


def assert_sound(world: World) -> None:
    """Every ledger verifies, nobody is parked, every subscription has reached the heads."""
    assert world.system.parked() == []
    heads = world.system.heads(TENANTS)
    assert world.system.behind(heads) == set()
    seen: dict[tuple[str, str], list[Any]] = {}
    for store in world.stores.values():
        for name, _, source, position in store.all_positions():
            seen.setdefault(source, []).append((name, position))
    for service, store in world.stores.items():
        for tenant in TENANTS:
            found = verify(store, tenant, seen.get((service, tenant), ()))
            assert found.breaks == ()
            assert (found.events, found.head) == (heads[tenant][service].seq, heads[tenant][service])


def shown(world: World) -> list[str]:
    """Every row of every view, people under their office numbers, without what depends on the order of telling."""
    names = _office_numbers(world)
    return sorted(
        row
        for part in world.system.parts.values()
        for consumer in part.consumers
        if isinstance(consumer.subscription.view, SqlView)
        for row in _rows(part.store, consumer.subscription.view, names)
    )


def _office_numbers(world: World) -> dict[str, str]:
    with world.stores["requests"].reading(*world.stores["requests"].heads()) as connection:
        rows = connection.execute(sa.select(vault.people.c.person, vault.people.c.office_id)).all()
    return {row.person: row.office_id for row in rows}


def _rows(store: Any, view: SqlView, names: dict[str, str]) -> list[str]:
    found = []
    with store.reading(*store.heads()) as connection:
        for name, table in view.tables(store.generation_within(connection, view.name)).items():
            if name in TABLES_OF_TELLING:
                continue
            columns = [column for column in table.columns if column.name not in ORDER_OF_TELLING]
            rows = [_of_account(dict(row)) for row in connection.execute(sa.select(*columns)).mappings()]
            found += [f"{name} {row}" for row in rows if not NO_YEN.items() <= row.items()]
    return [
        re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", lambda id_: names.get(id_[0], "nobody"), row)
        for row in found
    ]


def _of_account(row: dict[str, Any]) -> dict[str, Any]:
    if "void" in (row.get("status"), row.get("reason")):
        return {name: value for name, value in row.items() if name not in OF_NO_ACCOUNT_WHEN_VOID}
    return row


def empty_files(folder: Path) -> Path:
    """The files of a system in which nothing has happened yet, to begin from."""
    World(folder, Calm(), FaultyBus(Calm(), random.Random(0))).close()
    return folder


def begun_from(template: Path, folder: Path) -> Path:
    shutil.copytree(template, folder)
    return folder
