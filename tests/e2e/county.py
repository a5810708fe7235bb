"""The real processes of docker-compose.yml, and commands on them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deploy.compose import Fleet
from services.cli.console import Console
from services.cli.main import run as run_command
from services.distributed import Gateway, open_gateway
from services.settings import distributed
from tests.controls import TAKAMATSU
from tests.e2e.office import Answer

SMALL = {"KAFKA_HEAP_OPTS": "-Xms256m -Xmx256m"}


@dataclass
class County:
    """A fleet, and its system as commands see it."""

    fleet: Fleet
    folder: Path
    gateway: Gateway
    files: int = field(default=0)

    def yui(self, *arguments: str) -> Answer:
        out: list[str] = []
        err: list[str] = []
        console = Console(out.append, err.append, self.folder, terminal=False)
        return Answer(run_command(arguments, console, self.gateway), "".join(out), "".join(err))

    def done(self, *arguments: str) -> Answer:
        answer = self.yui(*arguments)
        assert answer.code == 0, answer
        return answer

    def take(self, kind: str, content: str, *options: str, tenant: str = TAKAMATSU) -> Any:
        """Import this content; the report."""
        self.files += 1
        path = self.folder / f"file-{self.files}.csv"
        path.write_text(content, encoding="utf-8")
        return self.done("import", kind, path.name, "--tenant", tenant, "--json", *options).json

    def metrics_of(self, process: str) -> str:
        return httpx.get(self.fleet.metrics_url(process)).raise_for_status().text


@contextmanager
def county(folder: Path) -> Iterator[County]:
    """All processes that need no person to look at them."""
    with Fleet(folder / "fleet") as fleet:
        settings = distributed({**os.environ, **fleet.environment_of("gateway")})
        assert settings is not None
        gateway = open_gateway(settings)
        gateway.start()
        try:
            yield County(fleet, folder, gateway)
        finally:
            gateway.stop()
