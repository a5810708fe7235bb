"""Servers to measure on: one PostgreSQL that waits for its disk, one Kafka; every measurement gets a database and
topics of its own.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from deploy.kafka import server as kafka
from deploy.postgres import server as postgres
from deploy.servers import Running
from services.parts import SERVICES
from shared.adapters.kafka_settings import KafkaSettings
from shared.adapters.kafka_topics import declare
from shared.adapters.sql_migrate import migrate

MEASURED = ("requests", "billing")
PARTITIONS = 12
POSTGRES_SETTINGS = ("shared_buffers=512MB", "max_wal_size=4GB")


@dataclass(frozen=True)
class Place:
    """One database, migrated, and the topics of one measurement."""

    url: str
    secrets: Path
    kafka: KafkaSettings
    admin_url: str
    server: psutil.Process

    def as_admin(self, *statements: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def server_seconds(self) -> float:
        """Processor time of the database server so far, of its processes that are alive."""
        children = [child.cpu_times() for child in self.server.children()]
        return sum(times.user + times.system for times in children)


@dataclass
class Ground:
    folder: Path
    postgres: postgres.Running
    kafka: Running

    def __post_init__(self) -> None:
        self._numbers = count(1)
        migrate(self.postgres.admin_url, self.secrets, SERVICES)

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    @contextmanager
    def place(self, partitions: int = PARTITIONS, topics: Sequence[str] = MEASURED) -> Iterator[Place]:
        """Copied from the migrated database; dropped again, so that the next one begins like this one."""
        number = next(self._numbers)
        name = f"place{number}"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier("yui")))
        settings = KafkaSettings((self.kafka.address,), prefix=f"{name}.", partitions=partitions)
        declare(settings, topics)
        url = f"postgresql://{self.postgres.address}/{name}"
        admin_url = self.postgres.admin_url.rpartition("/")[0] + f"/{name}"
        try:
            yield Place(url, self.secrets, settings, admin_url, psutil.Process(self.postgres.process.pid))
        finally:
            self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _run(self, statement: sql.SQL | sql.Composed) -> None:
        admin = self.postgres.admin_url.rpartition("/")[0] + "/postgres"
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that servers under other users may look into; removed with what they have left there."""
    folder = Path(tempfile.mkdtemp(prefix="yui-bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def ground() -> Iterator[Ground]:
    """Both servers, ended with the block."""
    with scratch() as folder:
        for each in ("postgres", "kafka"):
            (folder / each).mkdir()
        database = postgres.start(folder / "postgres", settings=POSTGRES_SETTINGS)
        try:
            broker = kafka.start(folder / "kafka", heap="512m")
            try:
                yield Ground(folder, database, broker)
            finally:
                broker.stop()
        finally:
            database.stop()
