"""One PostgreSQL for a whole test run; every test has a database of its own, copied from one already migrated."""

import atexit
import fcntl
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from uuid_utils import uuid7  # noqa: TID251 - names that no other test of this server has

from deploy.postgres.server import admin_url, start
from shared.adapters.sql_migrate import Keeping, migrate
from shared.adapters.sql_postgres import open_engine
from tests.shared_server import shared_server


def start_postgres(folder: Path) -> str:
    running = start(folder, durable=False)
    atexit.register(running.stop)
    return f"{folder}|{running.port}"


@dataclass
class Database:
    """A migrated database. `url` names no user; `secrets` holds the passwords of the roles."""

    name: str
    admin_url: str
    url: str
    secrets: Path
    engines: dict[tuple[str, str], sa.Engine] = field(default_factory=dict)

    def engine(self, service: str, role: str) -> sa.Engine:
        """One for each role; closed when the test is over."""
        if (service, role) not in self.engines:
            self.engines[service, role] = open_engine(self.url, self.secrets, service, role)
        return self.engines[service, role]

    def as_admin(self, *statements: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@dataclass(frozen=True)
class Server:
    """The run's server. Roles belong to all its databases, so their passwords lie in one folder."""

    folder: Path
    port: int

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    def admin_url_of(self, database: str) -> str:
        return admin_url(self.folder, self.port).rpartition("/")[0] + f"/{database}"

    def url_of(self, database: str) -> str:
        return f"postgresql://127.0.0.1:{self.port}/{database}"

    def template(self, name: str, services: Sequence[Keeping]) -> str:
        """A database with the schemas of these services, made once in a run."""
        with self.alone():
            if not self._run("SELECT 1 FROM pg_database WHERE datname = %s", name):
                self._run(f"CREATE DATABASE {name}_unfinished")
                migrate(self.admin_url_of(f"{name}_unfinished"), self.secrets, services)
                self._run(f"ALTER DATABASE {name}_unfinished RENAME TO {name}")
        return name

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[Database]:
        name = f"t{UUID(str(uuid7())).hex}"
        with self.alone():
            self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        made = Database(name, self.admin_url_of(name), self.url_of(name), self.secrets)
        try:
            yield made
        finally:
            for engine in made.engines.values():
                engine.dispose()
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Roles are the server's, not the database's: tests that make them at once would be in each other's way."""
        with (self.folder / "making").open("a") as making:
            fcntl.flock(making, fcntl.LOCK_EX)
            yield

    def _run(self, statement: str, *parameters: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.admin_url_of("postgres"), autocommit=True) as connection:
            done = connection.execute(statement.encode(), parameters)
            return done.fetchall() if done.description else []


@pytest.fixture(scope="session")
def postgres_server() -> Server:
    return running_postgres()


@cache
def running_postgres() -> Server:
    """It runs until this process ends."""
    lasting = ExitStack()
    atexit.register(lasting.close)
    folder, _, port = lasting.enter_context(shared_server("postgres", start_postgres)).rpartition("|")
    return Server(Path(folder), int(port))
