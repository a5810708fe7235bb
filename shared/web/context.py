"""What pages and APIs are given by the composition root."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from shared.flow.handle import Outcome, Request
from shared.flow.ports import Clock, Store, Unavailable
from shared.flow.system import System
from shared.kernel.dates import business_date
from shared.web.bell import Bell
from shared.web.board import Board
from shared.web.problems import Problem
from shared.web.templating import Pages

LONGEST_WAIT_SECONDS = 2.0
ACTOR = "loopback"
"""Pages are served on loopback only and nobody signs in yet; what is done there is done under this name."""


class Named(Protocol):
    """A person as those may see them who are allowed to."""

    @property
    def office_id(self) -> str: ...

    @property
    def name(self) -> str | None: ...


class Municipality(Protocol):
    @property
    def tenant(self) -> str: ...

    @property
    def name(self) -> str: ...


Names = Callable[[str, Collection[str], str, str], Mapping[str, Named]]
"""(tenant, person ids, actor, purpose) → people by id. Empty when the owner of the names cannot be asked."""

Audit = Callable[[str], Mapping[str, Any]]
"""A tenant to the JSON document of `yui audit verify` or `replay`."""


@dataclass(frozen=True)
class Context:
    """`districts` and `organisations` give the names of a tenant's by their ids, from the services that own them;
    `visit_status` what `requests` knows of (tenant, visit id): planned, confirmed, void, or None for an unknown one.

    `signals`: what the live windows said last of each municipality.
    """

    system: System
    clock: Clock
    mint: Callable[[], str]
    names_of: Names
    find_municipality: Callable[[str], Municipality | None]
    districts: Callable[[str], Mapping[str, str]]
    organisations: Callable[[str], Mapping[str, str]]
    visit_status: Callable[[str, str], str | None]
    audits: Mapping[str, Audit]
    pages: Pages
    bell: Bell
    signals: Board[Any]

    @property
    def today(self) -> date:
        return business_date(self.clock.now())

    def store(self, service: str) -> Store:
        return self.system.store(service)

    def reading(self, service: str, *tenants: str) -> AbstractContextManager[Any]:
        return self.system.store(service).reading(*tenants)

    def tenants(self) -> Collection[str]:
        """The codes of all municipalities."""
        return self.store("coordination").heads().keys()

    def handle(self, service: str, request: Request) -> Outcome:
        return self.system.handle(service, [request], urgent=True)[0]

    def municipality(self, tenant: str) -> Municipality:
        """The municipality of a page or an API call. Raises Problem 404."""
        found = self.find_municipality(tenant)
        if found is None:
            raise Problem(
                404, "unknown_tenant", f"自治体「{tenant}」は登録されていません。自治体の一覧から選んでください。"
            )
        return found

    def town_or_none(self, tenant: str) -> Municipality | None:
        """The municipality that a page about a problem still names; None also while it cannot be asked."""
        try:
            return self.find_municipality(tenant) if tenant else None
        except Unavailable:
            return None

    def names(self, tenant: str, people: Collection[str | None], purpose: str) -> Mapping[str, Named]:
        ids = {person for person in people if person}
        return self.names_of(tenant, ids, ACTOR, purpose) if ids else {}

    def catch_up(self, service: str, tenant: str, view: str) -> None:
        """Wait up to two seconds until a service's own view shows all of its ledger: somebody edits what it shows."""
        self.wait_for(f"{service}:{self.store(service).head(tenant).seq}", tenant, (view,))

    def wait_for(self, after: str | None, tenant: str, subscriptions: Sequence[str]) -> bool:
        """Read your own write: wait up to two seconds until the subscriptions, each following the one before, have
        reached what `after` (`service:seq`) names. False when they have not.
        """
        source, _, seq = (after or "").partition(":")
        if source not in self.system.parts or not seq.isdecimal():
            return True
        at = min(int(seq), self.system.store(source).head(tenant).seq)
        for subscription in subscriptions:
            if not self.system.reached(subscription, source, tenant, at, LONGEST_WAIT_SECONDS):
                return False
            part = self.system.part_of(subscription)
            source, at = part.desk.decider.contract.service, part.store.head(tenant).seq
        return True
