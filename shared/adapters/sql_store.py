"""What the stores on SQLite and on PostgreSQL share: the bookkeeping of a transaction, and the questions of readers."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import sqlalchemy as sa

from shared.adapters.sql_bulk import insert_if_new, upsert
from shared.adapters.sql_connections import driver_of
from shared.adapters.sql_tables import answers, generations, parked, positions, published, quarantined
from shared.flow.ports import Answer, Parked, Position, Quarantined, Source, Stream, Stretch
from shared.kernel.messages import START, Contract, Event, Head

COLUMNS = (
    "tenant",
    "seq",
    "stream",
    "version",
    "type",
    "time",
    "actor",
    "cause",
    "correlation",
    "data",
    "prevhash",
    "hash",
)
"""Of an event, in the order of its attributes and of the ledger's columns."""
EVENT_COLUMNS = ", ".join(COLUMNS)
READ = f"SELECT {EVENT_COLUMNS} FROM ledger WHERE tenant = ? AND seq > ? ORDER BY seq LIMIT ?"
GENERATION = "SELECT generation FROM generations WHERE view = ?"
_ALL_HEADS = "SELECT tenant, seq, hash FROM heads WHERE seq > 0"
_HEADS_OF = "SELECT tenant, seq, hash FROM heads WHERE tenant IN ({})"
_UNPUBLISHED = (
    "SELECT heads.tenant, coalesce(published.seq, 0), heads.seq - coalesce(published.seq, 0) FROM heads "
    "LEFT JOIN published ON heads.tenant = published.tenant WHERE heads.seq > coalesce(published.seq, 0)"
)
_POSITIONS_OF = (
    "SELECT source, tenant, seq FROM positions WHERE subscription = ? AND generation = "
    "coalesce((SELECT generation FROM generations WHERE view = ?), 1) AND source IN ({}) AND tenant IN ({})"
)
_ALL_POSITIONS = (
    'SELECT subscription, generation, source, tenant, seq, hash, "partition", "offset" FROM positions WHERE seq > 0'
)
_ALL_PARKED = "SELECT subscription, tenant, source, seq, {}, since FROM parked"
PARKED = "SELECT tenant FROM parked WHERE subscription = ?"
_ALL_QUARANTINED = "SELECT subscription, place, {}, reason, since FROM quarantined ORDER BY number"


class SqlTransaction(ABC):
    """One write transaction, see `shared.flow.ports.Transaction`. What differs between the databases is abstract."""

    def __init__(self, connection: sa.Connection, contract: Contract) -> None:
        self.connection = connection
        self.contract = contract
        self.calls: list[Callable[[], None]] = []
        self.appended = False
        self.moved = False

    @abstractmethod
    def lock_heads(self, tenants: Collection[str]) -> dict[str, Head]: ...

    @abstractmethod
    def load(self, streams: Collection[Stream]) -> dict[Stream, list[Event]]: ...

    @abstractmethod
    def append(self, events: Sequence[Event]) -> None: ...

    @abstractmethod
    def positions(self, subscription: str, generation: int, sources: Collection[Source]) -> dict[Source, Position]: ...

    def answers(self, keys: Collection[Stream]) -> dict[Stream, Answer]:
        rows = self.connection.execute(
            sa.select(answers).where(sa.tuple_(answers.c.tenant, answers.c.key).in_(sorted(keys)))
        )
        return {(row.tenant, row.key): Answer(row.input_hash, row.body) for row in rows}

    def remember(self, answers_given: Mapping[Stream, Answer], at: str) -> None:
        rows = [
            {"tenant": tenant, "key": key, "input_hash": answer.input_hash, "body": answer.body, "answered_at": at}
            for (tenant, key), answer in answers_given.items()
        ]
        self.connection.execute(sa.insert(answers), rows)

    def generation(self, view: str) -> int:
        rows = fetch(self.connection, GENERATION, (view,))
        return rows[0][0] if rows else 1

    def move(self, subscription: str, generation: int, moved: Mapping[Source, Position]) -> None:
        rows = [
            {
                "subscription": subscription,
                "generation": generation,
                "source": source,
                "tenant": tenant,
                "seq": position.seq,
                "hash": position.hash,
                "partition": position.partition,
                "offset": position.offset,
            }
            for (source, tenant), position in moved.items()
        ]
        upsert(self.connection, positions, rows)
        self.moved = True

    def standing(self, subscription: str) -> tuple[int, set[str]]:
        parked = fetch(self.connection, PARKED, (subscription,))
        return self.generation(subscription), {row[0] for row in parked}

    def park(self, row: Parked) -> None:
        upsert(self.connection, parked, [dataclasses.asdict(row)])
        self.moved = True

    def unpark(self, subscription: str, tenant: str) -> bool:
        gone = self.connection.execute(
            sa.delete(parked).where(parked.c.subscription == subscription, parked.c.tenant == tenant)
        )
        self.moved |= gone.rowcount > 0
        return gone.rowcount > 0

    def quarantine(self, row: Quarantined) -> None:
        insert_if_new(self.connection, quarantined, ("subscription", "place"), dataclasses.asdict(row))

    def switch(self, view: str, generation: int) -> None:
        upsert(self.connection, generations, [{"view": view, "generation": generation}])
        self._forget(positions.c.subscription == view, positions.c.generation != generation)
        self.moved = True

    def forget(self, view: str, generation: int) -> None:
        self._forget(positions.c.subscription == view, positions.c.generation == generation)

    def _forget(self, *those: sa.ColumnElement[bool]) -> None:
        self.connection.execute(sa.delete(positions).where(*those))

    def publish_checkpoint(self, checkpoints: Mapping[str, int]) -> None:
        upsert(self.connection, published, [{"tenant": tenant, "seq": seq} for tenant, seq in checkpoints.items()])

    def on_commit(self, call: Callable[[], None]) -> None:
        self.calls.append(call)


class SqlLedger(ABC):
    """What can be asked of a service's database, see `shared.flow.ports.LedgerReader` and the questions of `Store`."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    @property
    def service(self) -> str:
        return self.contract.service

    @abstractmethod
    def reading(self, *tenants: str) -> AbstractContextManager[sa.Connection]: ...

    @abstractmethod
    def _rows(self, sql: str, parameters: tuple[Any, ...] = (), tenants: Collection[str] = ()) -> list[Any]:
        """The rows of one statement. Without tenants it sees what belongs to none."""

    @abstractmethod
    def close(self) -> None: ...

    def read(self, tenant: str, after: int, limit: int) -> list[Event]:
        return as_events(self.contract, self._rows(READ, (tenant, after, limit), [tenant]))

    @abstractmethod
    def stream(self, tenant: str, stream: str) -> list[Event]: ...

    def heads(self) -> dict[str, Head]:
        return {tenant: Head(seq, hash_) for tenant, seq, hash_ in self._rows(_ALL_HEADS)}

    def head(self, tenant: str) -> Head:
        return self.heads_of([tenant])[tenant]

    def heads_of(self, tenants: Collection[str]) -> dict[str, Head]:
        rows = self._rows(_HEADS_OF.format(_marks(tenants)), tuple(tenants)) if tenants else []
        return dict.fromkeys(tenants, START) | {tenant: Head(seq, hash_) for tenant, seq, hash_ in rows}

    def generation_within(self, connection: sa.Connection, view: str) -> int:
        return live_generation(connection, view)

    def positions_within(self, connection: sa.Connection, subscription: str) -> dict[Source, int]:
        of = positions.c
        live = of.generation == live_generation(connection, subscription)
        rows = connection.execute(
            sa.select(of.source, of.tenant, of.seq).where(of.subscription == subscription, live, of.seq > 0)
        )
        return {(row.source, row.tenant): row.seq for row in rows}

    def unpublished(self) -> dict[str, Stretch]:
        return {tenant: Stretch(after, size) for tenant, after, size in self._rows(_UNPUBLISHED)}

    def all_positions(self) -> list[tuple[str, int, Source, Position]]:
        rows = self._rows(_ALL_POSITIONS)
        return [(row[0], row[1], (row[2], row[3]), Position(*row[4:])) for row in rows]

    def position(self, subscription: str, source: Source) -> int:
        return self.positions_of(subscription, [source])[source]

    def positions_of(self, subscription: str, sources: Collection[Source]) -> dict[Source, int]:
        if not sources:
            return {}
        services, tenants = [sorted(set(names)) for names in zip(*sources, strict=True)]
        wanted = _POSITIONS_OF.format(_marks(services), _marks(tenants))
        rows = self._rows(wanted, (subscription, subscription, *services, *tenants))
        reached = {(service, tenant): seq for service, tenant, seq in rows}
        return {source: reached.get(source, 0) for source in sources}

    @abstractmethod
    def read_each(self, stretches: Mapping[str, Stretch]) -> list[Event]: ...

    def all_parked(self) -> list[Parked]:
        return [Parked(*row) for row in self._rows(_ALL_PARKED.format(self._readable("parked", "reason", "''")))]

    def all_quarantined(self) -> list[Quarantined]:
        raw = self._readable("quarantined", "raw", "''::bytea")
        return [Quarantined(*row) for row in self._rows(_ALL_QUARANTINED.format(raw))]

    def _readable(self, table: str, column: str, empty: str) -> str:  # noqa: ARG002 - where there are roles, some may not
        """The column of a table, or what stands for it where it may not be read."""
        return column


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))


def live_generation(connection: sa.Connection, view: str) -> int:
    """The generation of a view's tables that readers use; 1 until a rebuild has switched it."""
    rows = fetch(connection, GENERATION, (view,))
    return rows[0][0] if rows else 1


def fetch(connection: sa.Connection, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
    """Rows as the driver gives them; parameters stand as `?`. SQLAlchemy's result costs more than such a query itself,
    and a step makes many.
    """
    driver = driver_of(connection)
    if connection.dialect.name == "sqlite":
        rows: list[Any] = driver.execute(sql, parameters).fetchall()
    else:
        rows = driver.execute(of_psycopg(sql), parameters, binary=True).fetchall()
    return rows


@cache
def of_psycopg(sql: str) -> str:
    """A statement whose parameters stand as `?`, as psycopg wants it."""
    return sql.replace("?", "%b")


def columns_of(table: str) -> str:
    """EVENT_COLUMNS, each with its table before it."""
    return ", ".join([f"{table}.{column}" for column in COLUMNS])


def as_events(contract: Contract, rows: Iterable[Any]) -> list[Event]:
    """Rows of EVENT_COLUMNS."""
    service, decode = contract.service, contract.decode
    return [Event(service, *row, decode) for row in rows]  # type: ignore[call-arg] # a row has the twelve columns
