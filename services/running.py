"""The system that a command or a page works with, in whatever mode it runs."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from prometheus_client import CollectorRegistry

from services.reporting.windows import Signals
from shared.flow.ports import Store
from shared.flow.published import Published
from shared.flow.system import System
from shared.web.board import Board


class Running(Protocol):
    @property
    def system(self) -> System: ...

    @property
    def registry(self) -> CollectorRegistry: ...

    @property
    def signals(self) -> Board[Signals]: ...

    @property
    def data(self) -> Path | None:
        """The folder of the stores in the embedded mode."""

    @property
    def versions(self) -> Mapping[str, str]:
        """Of what stores and carries the events, by name."""

    def failures(self) -> dict[str, str]:
        """What does not work now, by name, in a few words. Unavailable when a store cannot be asked."""

    def degraded(self) -> dict[str, str]:
        """The same of what nothing that is recorded or shown of the ledgers waits for."""

    def check_bus(self) -> None:
        """Unavailable when what carries the events cannot be asked; WrongSchema when it has another form."""

    def published(self, tenant: str) -> Mapping[str, Published] | None:
        """What the bus has kept of a municipality's ledgers, by service; None when it keeps nothing."""

    def building(self, service: str) -> AbstractContextManager[Store]:
        """The store through which the views of a service may be built anew; who comes second waits."""

    def wake(self, subscription: str) -> None:
        """Have a subscription look at once whether there is something to do."""
