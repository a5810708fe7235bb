"""Offices that bring their files again and again until all is taken, whatever happens to the processes meanwhile."""

import json
import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Final

from services.distributed import Gateway
from services.requests.entries import ActivityVoidEntry, VisitVoidEntry
from shared.flow.handle import Accepted, Request
from shared.flow.ports import Unavailable
from tests.chaos.commands import Programs, Wrong, yui
from tests.chaos.office_files import Brought, Step, cohort, first_steps

CANNOT: Final = 2
REST_SECONDS: Final = 0.3
MOST_TRIES: Final = 1_000
PROGRAM_EVERY: Final = 6
"""Every so many steps an import is a program of its own, which can be killed; its start takes longer than its work."""

log = logging.getLogger("yui.chaos")


@dataclass
class Office:
    """One municipality: what it has still to bring, and what is right once that is done."""

    seed: int
    tenant: str
    brought: list[Brought] = field(default_factory=list)
    _rest: list[Step] = field(default_factory=first_steps)
    _cohorts: Iterator[int] = field(default_factory=count)

    def next_step(self, *, more: bool) -> Step | None:
        """None when everything begun is done and no more is to begin."""
        if not self._rest and more:
            begun = cohort(self.seed, self.tenant, next(self._cohorts))
            self._rest, self.brought = list(begun.steps), [*self.brought, begun.right]
        return self._rest.pop(0) if self._rest else None


@dataclass
class Load:
    """A thread for each group of offices. `counts` says how often what was done or had to be done again."""

    gateway: Gateway
    programs: Programs
    folder: Path
    offices: Sequence[Sequence[Office]]
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[BaseException] = field(default_factory=list)
    _enough: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def start(self) -> None:
        self._threads = [Thread(target=self._bring, args=(group,), name="load") for group in self.offices]
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Begin nothing new; returns when everything begun is done. Raises what a thread has met."""
        self._enough.set()
        for thread in self._threads:
            thread.join()
        if self.faults:
            raise self.faults[0]

    def bring(self, offices: Sequence[Office]) -> None:
        """One cohort of each, here and now."""
        for office in offices:
            while step := office.next_step(more=not office.brought):
                self._until_done(office.tenant, step)

    def _bring(self, offices: Sequence[Office]) -> None:
        try:
            bringing = list(offices)
            while bringing:
                for office in list(bringing):
                    step = office.next_step(more=not self._enough.is_set())
                    if step is None:
                        bringing.remove(office)
                    else:
                        self._until_done(office.tenant, step)
        except BaseException as error:
            log.exception("load")
            self.faults.append(error)

    def _until_done(self, tenant: str, step: Step) -> None:
        for _ in range(MOST_TRIES):
            if self._void(tenant, step) if step.kind.startswith("void") else self._import(tenant, step):
                self.counts["steps done"] += 1
                return
            self.counts["steps interrupted and repeated"] += 1
            time.sleep(REST_SECONDS)
        raise Wrong(f"{tenant}: {step.kind} could not be brought in {MOST_TRIES} tries")

    def _import(self, tenant: str, step: Step) -> bool:
        file = self.folder / f"{tenant}.csv"
        file.write_text(step.text, encoding="utf-8")
        correct = ("--correct", "転記誤り") if step.corrects else ()
        arguments = ("import", step.kind, str(file), "--tenant", tenant, "--no-wait", "--json", *correct)
        as_program = self.counts["steps done"] % PROGRAM_EVERY == 0
        code, out, err = self.programs.yui(*arguments) if as_program else yui(self.gateway, self.folder, *arguments)
        if code < 0 or code == CANNOT:
            log.info("%s %s: %s %s", tenant, step.kind, code, err.strip())
            return False
        if code or json.loads(out)["refused"]:
            raise Wrong(f"yui {' '.join(arguments)}: {code}: {err} {out[-2000:]}")
        self.counts["rows brought"] += step.text.count("\n") - 1
        return True

    def _void(self, tenant: str, step: Step) -> bool:
        entry = VisitVoidEntry if step.kind == "void visits" else ActivityVoidEntry
        requests = [
            Request(tenant, entry(number, "重複"), "clerk", "chaos", "chaos", f"{step.kind} {number}")
            for number in step.text.split("\n")
        ]
        try:
            outcomes = self.gateway.system.handle("requests", requests)
        except Unavailable as error:
            log.info("%s %s: %s", tenant, step.kind, error)
            return False
        if not all(isinstance(outcome, Accepted) for outcome in outcomes):
            raise Wrong(f"{tenant}: {step.kind}: {outcomes}")
        return True
