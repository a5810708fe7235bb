"""The real processes of docker-compose.yml, and commands on them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE, run
from typing import Any

import httpx
import psycopg

from deploy.compose import Fleet
from services.cli.session import gateway
from services.distributed import Gateway
from services.settings import distributed
from tests.commands import Answer, Commands
from tests.controls import TAKAMATSU
from tests.e2e.office import PATIENCE_SECONDS, YUI

SMALL = {"KAFKA_HEAP_OPTS": "-Xms256m -Xmx256m"}


@dataclass(frozen=True)
class County(Commands):
    """A fleet, and its system as commands see it."""

    running: Gateway
    fleet: Fleet

    def take(self, kind: str, content: str, *options: str, tenant: str = TAKAMATSU) -> Any:
        """Import this content by a program of its own, as an operator does; the report."""
        answer = self.program("import", kind, self.file(content), "--tenant", tenant, "--json", *options)
        assert answer.code == 0, answer
        return answer.json

    def program(self, *arguments: str) -> Answer:
        """The real program on the fleet; what it says beside its answer is kept with the logs."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("YUI_")}
        with (self.fleet.logs / "commands.log").open("a+", encoding="utf-8") as said:
            before = said.tell()
            ended = run(
                [str(YUI), *arguments],
                cwd=self.folder,
                env=inherited | self.fleet.environment_of("gateway"),
                stdout=PIPE,
                stderr=said,
                text=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
            said.seek(before)
            return Answer(ended.returncode, ended.stdout, said.read())

    @contextmanager
    def refusing(self, table: str, check: str) -> Iterator[None]:
        """Meanwhile the database takes no row into `table` that does not pass the check."""
        admin = Path(self.fleet.environment_of("migrate")["YUI_DATABASE_ADMIN_URL_FILE"]).read_text(encoding="utf-8")
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT refusing CHECK ({check}) NOT VALID".encode())
            try:
                yield
            finally:
                connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT refusing".encode())

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
