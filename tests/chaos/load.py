"""Offices that bring their files again and again until all is taken, whatever happens to the processes meanwhile."""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event
from typing import Final

from services.distributed import Gateway
from services.requests.entries import ActivityVoidEntry, VisitVoidEntry
from shared.flow.handle import Request
from tests.chaos.commands import Programs, Wrong, hand_in, until_done
from tests.chaos.office_files import Brought, Step, cohort, first_steps
from tests.commands import Commands
from tests.threads import beside

CANNOT: Final = 2
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

    def going(self) -> AbstractContextManager[None]:
        """Brought meanwhile; then nothing new is begun, and everything begun is done."""
        return beside(*[partial(self._bring, group) for group in self.offices])

    def bring(self, offices: Sequence[Office]) -> None:
        """One cohort of each, here and now."""
        for office in offices:
            while step := office.next_step(more=not office.brought):
                self._until_done(office.tenant, step)

    def _bring(self, offices: Sequence[Office], enough: Event) -> None:
        bringing = list(offices)
        while bringing:
            for office in list(bringing):
                step = office.next_step(more=not enough.is_set())
                if step is None:
                    bringing.remove(office)
                else:
                    self._until_done(office.tenant, step)

    def _until_done(self, tenant: str, step: Step) -> None:
        taken = self._void if step.kind.startswith("void") else self._import
        again = until_done(partial(taken, tenant, step), f"{tenant} {step.kind}")
        self.counts["steps done"] += 1
        self.counts["steps interrupted and repeated"] += again

    def _import(self, tenant: str, step: Step) -> bool:
        file = self.folder / f"{tenant}.csv"
        file.write_text(step.text, encoding="utf-8")
        correct = ("--correct", "転記誤り") if step.corrects else ()
        arguments = ("import", step.kind, str(file), "--tenant", tenant, "--no-wait", "--json", *correct)
        as_program = self.counts["steps done"] % PROGRAM_EVERY == 0
        answer = (self.programs if as_program else Commands(self.gateway, self.folder)).yui(*arguments)
        if answer.code < 0 or answer.code == CANNOT:
            log.info("%s %s: %s %s", tenant, step.kind, answer.code, answer.err.strip())
            return False
        if answer.code or answer.json["refused"]:
            raise Wrong(f"yui {' '.join(arguments)}: {answer}")
        self.counts["rows brought"] += step.text.count("\n") - 1
        return True

    def _void(self, tenant: str, step: Step) -> bool:
        entry = VisitVoidEntry if step.kind == "void visits" else ActivityVoidEntry
        requests = [
            Request(tenant, entry(number, "重複"), "clerk", "chaos", "chaos", f"{step.kind} {number}")
            for number in step.text.split("\n")
        ]
        return hand_in(self.gateway, requests)
