"""Begins each day for every municipality, once, days slept through included (decision 8)."""

from collections.abc import Callable

from services.coordination.commands import BeginDay
from shared.flow.handle import Accepted, Request
from shared.flow.system import System
from shared.kernel.dates import business_date


class Calendar:
    """`step()` looks whether a day has begun that some municipality has not recorded."""

    SERVICE = "coordination"

    def __init__(self, system: System, mint: Callable[[], str]) -> None:
        self._system = system
        self._mint = mint
        self._begun: dict[str, object] = {}

    def step(self) -> int:
        today = business_date(self._system.clock.now())
        tenants = [tenant for tenant in self._system.store(self.SERVICE).heads() if self._begun.get(tenant) != today]
        if not tenants:
            return 0
        requests = [
            Request(tenant, BeginDay(today), "calendar", f"calendar:{today}", self._mint()) for tenant in tenants
        ]
        outcomes = self._system.handle(self.SERVICE, requests)
        for request, outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, Accepted):
                self._begun[request.tenant] = today
        return 0
