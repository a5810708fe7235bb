"""A replay by several processes: `python -m services.replaying DATA TENANT SERVICES ELSEWHERE` is one of them, with the
names of services between commas.

Replays only read, so they do it beside whoever owns the stores. A process prints its result as JSON.
"""

import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import NamedTuple

import msgspec

from services.parts import SERVICES, ServiceParts
from shared.adapters import collector
from shared.adapters.sql_scratch import scratch
from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.replay import Replayed, replay
from shared.flow.subscriptions import Subscription
from shared.flow.system import System
from shared.kernel.deciding import Decider

READING, DECIDING, SHOWING, STARTING = 5, 15, 6, 400_000
"""Microseconds (measured) to read an event, to decide it anew, to show it to a view; until a process has started."""
DECIDING_OF = {"billing": 23, "points": 17}
AT_WORK = 1.1
"""How much longer it takes a process that has done other things before (measured): its memory lies scattered."""
MOST_PROCESSES = 4
"""Services are shared out whole: more would hardly have less to do."""


class Work(NamedTuple):
    """What replaying one service takes: microseconds of its own, and the ledgers that it reads."""

    effort: int
    ledgers: Collection[str]


def replay_together(system: System, data: Path, tenant: str, services: Sequence[str]) -> list[Replayed]:
    """The results of these services: some replayed by this process, the others by so many more as make it sooner.

    Raises RuntimeError with what a process said when it ended badly.
    """
    heads = {name: system.store(name).head(tenant).seq for name in system.parts}
    works = {name: _work(system, name, heads) for name in services}
    ours, *others = shares(works, heads, min(processors(), MOST_PROCESSES))
    with ThreadPoolExecutor(max(1, len(others))) as processes:
        waiting = [
            processes.submit(replay_in_process, data, tenant, share, _without(services, share)) for share in others
        ]
        mine = replay(system.parts, tenant, ours, scratch, elsewhere=_without(services, ours))
        return [mine, *[result.result() for result in waiting]]


def _without(services: Sequence[str], share: Sequence[str]) -> list[str]:
    return [name for name in services if name not in share]


def processors() -> int:
    return len(os.sched_getaffinity(0))


def shares(works: Mapping[str, Work], heads: Mapping[str, int], number: int) -> list[list[str]]:
    """Names in at most so many shares, so that the last is done as early as can be; the first is this process's own.

    Whoever has several services reads a ledger that they have in common once. `heads`: the events of each ledger.
    """

    def takes(share: Sequence[str]) -> int:
        read = {ledger for name in share for ledger in works[name].ledgers}
        return sum(works[name].effort for name in share) + READING * sum(heads[ledger] for ledger in read)

    def done(division: Sequence[Sequence[str]]) -> float:
        ours, *others = division
        return max([AT_WORK * takes(ours), *[STARTING + takes(share) for share in others if share]])

    return [share for share in min(_divisions(list(works), number), key=done) if share]


def _divisions(names: Sequence[str], number: int) -> Iterator[list[list[str]]]:
    """All ways to put the names into so many shares, with somebody in the first."""
    for places in product(range(number), repeat=len(names)):
        if 0 in places:
            yield [[name for name, at in zip(names, places, strict=True) if at == place] for place in range(number)]


def _work(system: System, service: str, heads: Mapping[str, int]) -> Work:
    followed = [row for row in system.parts[service].subscriptions.values() if row.view]
    shown = {source for subscription in followed for source in subscription.sources}
    deciding = DECIDING_OF.get(service, DECIDING) * heads[service]
    return Work(deciding + SHOWING * sum(heads[source] for source in shown), {service, *shown})


def replay_in_process(data: Path, tenant: str, services: Sequence[str], elsewhere: Sequence[str]) -> Replayed:
    """The result of another process, which opens the stores in `data` for reading. RuntimeError when it ends badly."""
    names = [",".join(services), ",".join(elsewhere)]
    command = [sys.executable, "-m", "services.replaying", str(data), tenant, *names]
    ran = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - this very program
    if ran.returncode:
        raise RuntimeError(f"{', '.join(services)}: {ran.stderr.decode(errors='replace')}")
    return msgspec.json.decode(ran.stdout, type=Replayed)


class _Reading(NamedTuple):
    """A service whose store is only read. See `shared.flow.replay.Replaying`."""

    store: SqliteStore
    decider: Decider
    subscriptions: Mapping[str, Subscription]


def main(data: str, tenant: str, services: str, elsewhere: str) -> None:
    parts = {part.name: _opened(Path(data), part) for part in SERVICES}
    collector.calm()
    result = replay(parts, tenant, services.split(","), scratch, elsewhere=elsewhere.split(","))
    sys.stdout.buffer.write(msgspec.json.encode(result))
    for part in parts.values():
        part.store.close()


def _opened(data: Path, part: ServiceParts) -> _Reading:
    store = SqliteStore(part.file(data), part.decider.contract, made=True)
    return _Reading(store, part.decider, {row.name: row for row in part.subscriptions})


if __name__ == "__main__":
    main(*sys.argv[1:])
