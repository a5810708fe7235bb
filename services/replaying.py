"""A replay by several processes: `python -m services.replaying DATA TENANT SERVICE…` is one of them.

Replays only read, so they do it beside whoever owns the stores. A process prints its result as JSON.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from services.wiring import open_embedded
from shared.adapters import collector
from shared.adapters.sql_scratch import scratch
from shared.flow.replay import Replayed, replay
from shared.flow.system import System

WORTH_A_PROCESS = 20_000
"""Events from which on the half second that a process takes to start is won back."""
DECIDING, SHOWING = 2, 1
"""What it takes to decide an event anew, against showing it to a view (measured)."""


def replay_together(system: System, data: Path, tenant: str, services: Sequence[str]) -> list[Replayed]:
    """The results of these services: some replayed by this process, the others by as many as there are processors.

    Raises RuntimeError with what a process said when it ended badly.
    """
    heads = {name: system.store(name).head(tenant).seq for name in system.parts}
    worth = processors() if sum(heads[name] for name in services) >= WORTH_A_PROCESS else 1
    ours, *others = shares({name: _effort(system, name, heads) for name in services}, worth)
    with ThreadPoolExecutor(max(1, len(others))) as processes:
        waiting = [processes.submit(_replay_in_process, data, tenant, share) for share in others]
        mine = replay(system, tenant, {name: system.parts[name] for name in ours}, scratch)
        return [mine, *[result.result() for result in waiting]]


def processors() -> int:
    return len(os.sched_getaffinity(0))


def shares(efforts: Mapping[str, int], number: int) -> list[list[str]]:
    """Names in at most so many shares of about the same effort, the largest first."""
    taken: list[list[str]] = [[] for _ in range(number)]

    def weight(share: Sequence[str]) -> int:
        return sum(efforts[name] for name in share)

    for name in sorted(efforts, key=lambda name: -efforts[name]):
        min(taken, key=weight).append(name)
    return sorted([share for share in taken if share], key=weight, reverse=True)


def _effort(system: System, service: str, heads: Mapping[str, int]) -> int:
    followed = [consumer.subscription for consumer in system.parts[service].consumers if consumer.subscription.view]
    shown = {source for subscription in followed for source in subscription.sources}
    return DECIDING * heads[service] + SHOWING * sum(heads[source] for source in shown)


def _replay_in_process(data: Path, tenant: str, services: Sequence[str]) -> Replayed:
    command = [sys.executable, "-m", "services.replaying", str(data), tenant, *services]
    ran = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - this very program
    if ran.returncode:
        raise RuntimeError(f"{', '.join(services)}: {ran.stderr.decode(errors='replace')}")
    return msgspec.json.decode(ran.stdout, type=Replayed)


def main(data: str, tenant: str, *services: str) -> None:
    system = open_embedded(Path(data)).system
    collector.calm()
    result = replay(system, tenant, {name: system.parts[name] for name in services}, scratch)
    sys.stdout.buffer.write(msgspec.json.encode(result))
    system.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
