"""All services on either database, brought to rest by hand, and what a watch over them sees."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import CollectorRegistry

from services.cli.imports import KINDS
from services.coordination.commands import BeginDay, JoinMunicipality
from services.distributed import CONTRACTS
from services.library import SERVICES as RULES
from services.library import packaged_rules
from services.parts import SERVICES, connect, open_tables
from shared.adapters.ids import mint
from shared.adapters.local_bus import LocalBus
from shared.adapters.metrics import PrometheusObserver
from shared.adapters.no_bus import NoBus
from shared.adapters.sql_postgres import PostgresStore
from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.handle import Accepted, Request
from shared.flow.ports import Bus, Store
from shared.flow.system import Progress, System
from shared.kernel.csv_reading import BadRow
from shared.kernel.dates import business_date
from tests.controls import TAKAMATSU
from tests.e2e.office import FIRST_OF_NOVEMBER, ORGANISATIONS, PEOPLE, WORKED_LINES, lines_of
from tests.fakes import SetClock
from tests.servers_postgres import running_postgres

Change = Callable[..., None]
"""(service, statements…): what nobody but the owner of the database can do"""


@dataclass(frozen=True)
class Books:
    """`system` does the work; `watched` is the same as the watch has it, which in PostgreSQL may only read."""

    system: System
    watched: System
    clock: SetClock
    change: Change

    def handle(self, service: str, *commands: object, still: str = "") -> None:
        """Whatever follows comes to rest, but for the subscription that stands `still`."""
        requests = [Request(TAKAMATSU, command, "clerk", "test", mint()) for command in commands]
        outcomes = self.system.handle(service, requests)
        assert all(isinstance(outcome, Accepted) for outcome in outcomes), outcomes
        self.rest(still)

    def take(self, kind: str, content: str, reason: str | None = None, still: str = "") -> None:
        parse, entry = KINDS[kind]
        rows = [row for row in parse(content) if not isinstance(row, BadRow)]
        self.handle("requests", *[entry(values, reason) for _, values in rows], still=still)

    def enact(self, rules_id: str) -> None:
        for rules in packaged_rules():
            if rules.rules_id == rules_id:
                command = RULES[rules.kind].enact(rules.rules_id, rules.effective_from, dict(rules.document))
                self.handle(rules.kind, command)

    def rest(self, still: str = "") -> None:
        steps = [step for name, step in self.system.steps().items() if name != still]
        while any([step() for step in steps]):
            pass


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Books]:
    stores = {
        name: SqliteStore(folder / f"{name}.db", contract, synchronous="OFF") for name, contract in CONTRACTS.items()
    }
    for service in SERVICES:
        open_tables(stores[service.name], service)

    def change(service: str, *statements: str) -> None:
        dropped = [f"DROP TRIGGER IF EXISTS ledger_refuses_{what}" for what in ("update", "delete")]
        with closing(sqlite3.connect(folder / f"{service}.db")) as connection, connection:
            for statement in [*dropped, *statements]:
                connection.execute(statement)

    yield _books(stores, stores, change)
    for store in stores.values():
        store.close()


@contextmanager
def on_postgres(_folder: Path) -> Iterator[Books]:
    server = running_postgres()
    with server.database(server.template("services", SERVICES)) as database:

        def stores(role: str) -> dict[str, Store]:
            return {name: PostgresStore(database.engine(name, role), contract) for name, contract in CONTRACTS.items()}

        def change(service: str, *statements: str) -> None:
            database.as_admin(f"SET search_path TO {service}", "ALTER TABLE ledger DISABLE TRIGGER ALL", *statements)

        yield _books(stores("migrator"), stores("auditor"), change)


BOOKS: Mapping[str, Callable[[Path], AbstractContextManager[Books]]] = {"sqlite": on_sqlite, "postgres": on_postgres}


def founded(books: Books) -> Books:
    """Takamatsu has joined, and has brought seven visits."""
    today = business_date(books.clock.now())
    books.handle("coordination", JoinMunicipality("高松市", today), BeginDay(today))
    books.enact("takamatsu-2016")
    for kind, content in (("organisations", ORGANISATIONS), ("people", PEOPLE), ("visits", lines_of(WORKED_LINES))):
        books.take(kind, content)
    return books


def _books(stores: Mapping[str, Store], read_only: Mapping[str, Store], change: Change) -> Books:
    clock = SetClock(FIRST_OF_NOVEMBER)
    return Books(_system(stores, LocalBus(), clock), _system(read_only, NoBus(), clock), clock, change)


def _system(stores: Mapping[str, Store], bus: Bus, clock: SetClock) -> System:
    observer = PrometheusObserver(CollectorRegistry())
    parts = {service.name: connect(service, stores[service.name], bus, stores, clock, observer) for service in SERVICES}
    return System(parts, clock, Progress())
