"""What is done to the processes of a fleet while they work."""

import logging
import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

from deploy.compose import Fleet
from deploy.compose.programs import YUI
from tests.chaos.commands import Programs
from tests.chaos.messages import Messages
from tests.chaos.plan import OURS, Disturbance, What

AT_ONCE: Final = 8
AWAY_SECONDS: Final = 1.0
SERVER_SECONDS: Final = 240.0
FROZEN_SECONDS: Final = 5.0
"""Longer than a member of a group may be silent, see `storm.SESSION_MS`."""
ZOMBIE_SECONDS: Final = 3.0
"""So long both work, the woken one and who has taken its place."""
DOUBLED_SECONDS: Final = 8.0
ABSENT_SECONDS: Final = 60.0
REST_SECONDS: Final = 0.1
EFFECT_SECONDS: Final = 90.0
"""A disturbance that finds nothing to disturb is done again for so long."""

log = logging.getLogger("yui.chaos")


@dataclass
class Disturber:
    """`do` returns at once; what takes its time goes on aside until `finish`, which raises what went wrong there.

    `quiet` are two municipalities in whose names messages are forged.
    """

    fleet: Fleet
    programs: Programs
    messages: Messages
    quiet: Sequence[str]
    folder: Path
    rng: random.Random
    done: Counter[str] = field(default_factory=Counter)
    kills: int = 0
    _aside: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE))
    _begun: list[Future[None]] = field(default_factory=list)
    _frozen: set[str] = field(default_factory=set)
    _counting: Lock = field(default_factory=Lock)
    _servers: dict[str, Lock] = field(default_factory=lambda: {"postgres": Lock(), "kafka": Lock()})

    def __post_init__(self) -> None:
        messages = self.messages
        self._acts: dict[What, Callable[[str], int]] = {
            "restart PostgreSQL": lambda _: self._restart("postgres", None),
            "crash PostgreSQL": lambda _: self._restart("postgres", signal.SIGQUIT),
            "restart Kafka": lambda _: self._restart("kafka", None),
            "crash Kafka": lambda _: self._restart("kafka", signal.SIGKILL),
            "kill an import": lambda _: self._kill_an_import(),
            "freeze a worker": self._freeze,
            "double a relay": self._double,
            "leave messages out": self._leave_out,
            "repeat messages": messages.repeat,
            "reverse messages": messages.reverse,
            "garble messages": messages.garble,
            "unknown tenant": lambda _: messages.unknown_tenant(),
            "unknown type": lambda _: messages.unknown_type(self.quiet[0]),
            "version from the future": lambda _: messages.future_version(self.quiet[1]),
        }

    def do(self, disturbance: Disturbance) -> None:
        match disturbance.what:
            case "kill":
                self._kill(disturbance.target)
            case what:
                self._begun.append(self._aside.submit(self._act, what, disturbance.target))

    def finish(self) -> None:
        self._aside.shutdown()
        for begun in self._begun:
            begun.result()

    # -------------------------------------------------------------------------------------- counting

    def _act(self, what: What, target: str) -> None:
        """Count what the act says it has done. What never took effect is not in `done`."""
        log.info("%s %s", what, target)
        self._count(what, taking_effect(lambda: self._acts[what](target), EFFECT_SECONDS))

    def _count(self, what: str, number: int = 1, *, kills: int = 0) -> None:
        with self._counting:
            self.kills += kills
            if number:
                self.done[what] += number

    # ----------------------------------------------------------------------------------------- acts

    def _kill(self, wanted: str) -> None:
        """That process, or the next one that is running and not frozen."""
        at = OURS.index(wanted)
        for name in (*OURS[at:], *OURS[:at]):
            if name in self._frozen:
                continue
            try:
                self.fleet.kill(name)
            except LookupError:
                continue
            self._count(f"SIGKILL of {name}", kills=1)
            return

    def _kill_an_import(self) -> int:
        killed = self.programs.kill_one(self.rng.choice)
        self._count("SIGKILL of an import", killed, kills=killed)
        return killed

    def _leave_out(self, service: str) -> int:
        self._kill(f"relay-{service}")
        return self.messages.leave_out(service)

    def _restart(self, server: str, number: int | None) -> int:
        with self._servers[server]:
            self.fleet.restart(server, number=number, away_seconds=AWAY_SECONDS, seconds=SERVER_SECONDS)
        return 1

    def _freeze(self, name: str) -> int:
        """Another process takes its place meanwhile; then both are there."""
        self._frozen.add(name)
        frozen = self._signal(name, signal.SIGSTOP)
        twin = self._twin("work", name.removeprefix("work-"))
        time.sleep(FROZEN_SECONDS)
        woken = frozen == self._signal(name, signal.SIGCONT)
        self._frozen.discard(name)
        time.sleep(ZOMBIE_SECONDS)
        both_worked = _end(twin)
        return int(woken and both_worked)

    def _double(self, name: str) -> int:
        twin = self._twin("relay", name.removeprefix("relay-"))
        time.sleep(DOUBLED_SECONDS)
        return int(_end(twin))

    def _twin(self, verb: str, service: str) -> subprocess.Popen[str]:
        role = {"YUI_DATABASE_ROLE": "worker"}
        return self.programs.start([str(YUI), verb, service], self.folder / f"twin-{verb}-{service}.log", **role)

    def _signal(self, name: str, number: int) -> int:
        """The id of the process that got it; one that is being started again is waited for."""
        until = time.monotonic() + ABSENT_SECONDS
        while True:
            try:
                return self.fleet.kill(name, number)
            except LookupError:
                if time.monotonic() > until:
                    raise
                time.sleep(REST_SECONDS)


def taking_effect(act: Callable[[], int], seconds: float) -> int:
    """What the act says it has done, again and again while that is nothing; 0 when it was nothing for so long."""
    until = time.monotonic() + seconds
    while not (number := act()) and time.monotonic() < until:
        time.sleep(REST_SECONDS)
    return number


def _end(twin: subprocess.Popen[str]) -> bool:
    """Whether it has been there until now: one that finds no database at its start is gone."""
    there = twin.poll() is None
    twin.kill()
    twin.wait()
    return there
