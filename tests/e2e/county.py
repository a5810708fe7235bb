"""The real processes of docker-compose.yml, and commands on them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.compose import Fleet
from services.cli.session import gateway
from services.distributed import Gateway
from services.settings import distributed
from tests.commands import Commands
from tests.controls import TAKAMATSU

SMALL = {"KAFKA_HEAP_OPTS": "-Xms256m -Xmx256m"}


@dataclass(frozen=True)
class County(Commands):
    """A fleet, and its system as commands see it."""

    running: Gateway
    fleet: Fleet

    def take(self, kind: str, content: str, *options: str, tenant: str = TAKAMATSU) -> Any:
        """Import this content; the report."""
        return self.done("import", kind, self.file(content), "--tenant", tenant, "--json", *options).json

    def metrics_of(self, process: str) -> str:
        return httpx.get(self.fleet.metrics_url(process)).raise_for_status().text


@contextmanager
def county(folder: Path) -> Iterator[County]:
    """All processes that need no person to look at them."""
    with Fleet(folder / "fleet") as fleet, gateway_of(fleet) as running:
        yield County(running, folder, fleet)


@contextmanager
def gateway_of(fleet: Fleet) -> Iterator[Gateway]:
    """The system of a fleet, as its commands see it."""
    settings = distributed({**os.environ, **fleet.environment_of("gateway")})
    assert settings is not None
    with gateway(settings) as running:
        yield running
