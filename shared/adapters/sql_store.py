"""A service's store on SQLite through SQLAlchemy Core: one file, WAL, `synchronous=FULL`."""

import dataclasses
import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path
from threading import Lock
from typing import Any

import sqlalchemy as sa

from shared.adapters.fair_lock import FairLock
from shared.adapters.sql_bulk import insert_values, upsert
from shared.adapters.sql_faults import reachable
from shared.adapters.sql_tables import (
    answers,
    generations,
    heads,
    metadata,
    parked,
    positions,
    published,
    quarantined,
)
from shared.flow.ports import Answer, Parked, Position, Quarantined, Source, Stream
from shared.kernel.messages import START, Contract, Event, Head

SQLITE_VERSION = sqlite3.sqlite_version
WRITER_CACHE_KIB = 8_192
READER_CACHE_KIB = 2_048
CHECKPOINT_PAGES = 16_000

_EVENT_COLUMNS = (
    "tenant, seq, stream, version, type, time, actor, cause, correlation, data, prevhash, hash"  # in Event's order
)
_READ = f"SELECT {_EVENT_COLUMNS} FROM ledger WHERE tenant = ? AND seq > ? ORDER BY seq LIMIT ?"
_LOAD = (
    f"SELECT {_EVENT_COLUMNS} FROM ledger WHERE tenant = ? AND stream IN (SELECT value FROM json_each(?)) "
    "ORDER BY stream, version"
)
_HEADS = "SELECT tenant, seq, hash FROM heads WHERE tenant IN (SELECT value FROM json_each(?))"
_GENERATION = "SELECT generation FROM generations WHERE view = ?"
_ALL_HEADS = "SELECT tenant, seq, hash FROM heads"
_HEAD = "SELECT seq, hash FROM heads WHERE tenant = ?"
_UNPUBLISHED = (
    "SELECT heads.tenant, coalesce(published.seq, 0) FROM heads LEFT JOIN published ON heads.tenant = published.tenant "
    "WHERE heads.seq > coalesce(published.seq, 0) LIMIT ?"
)
_POSITION = (
    "SELECT seq FROM positions WHERE subscription = ? AND source = ? AND tenant = ? AND generation = "
    "coalesce((SELECT generation FROM generations WHERE view = ?), 1)"
)
_ALL_PARKED = "SELECT subscription, tenant, source, seq, reason, since FROM parked"
_PARKED = "SELECT tenant FROM parked WHERE subscription = ?"
_POSITIONS = (
    'SELECT source, tenant, seq, hash, "partition", "offset" FROM positions '
    "WHERE subscription = ? AND generation = ? AND tenant IN (SELECT value FROM json_each(?))"
)
_APPEND = f"INSERT INTO ledger ({_EVENT_COLUMNS}) VALUES ({', '.join('?' * 12)})"
_row = attrgetter(*_EVENT_COLUMNS.split(", "))


class SqlTransaction:
    """One write transaction, see `shared.flow.ports.Transaction`."""

    def __init__(self, connection: sa.Connection, contract: Contract) -> None:
        self.connection = connection
        self._contract = contract
        self.calls: list[Callable[[], None]] = []
        self.appended = False

    def lock_heads(self, tenants: Collection[str]) -> dict[str, Head]:
        rows = _fetch(self.connection, _HEADS, (json.dumps(sorted(tenants)),))
        return dict.fromkeys(tenants, START) | {tenant: Head(seq, hash_) for tenant, seq, hash_ in rows}

    def load(self, streams: Collection[Stream]) -> dict[Stream, list[Event]]:
        wanted: dict[str, list[str]] = {}
        for tenant, stream in streams:
            wanted.setdefault(tenant, []).append(stream)
        found: dict[Stream, list[Event]] = {}
        for tenant, names in wanted.items():
            for event in _events(self.connection, self._contract, _LOAD, (tenant, json.dumps(names))):
                found.setdefault((tenant, event.stream), []).append(event)
        return found

    def append(self, events: Sequence[Event]) -> None:
        if not events:
            return
        insert_values(self.connection, _APPEND, list(map(_row, events)))
        last = {event.tenant: {"tenant": event.tenant, "seq": event.seq, "hash": event.hash} for event in events}
        upsert(self.connection, heads, list(last.values()))
        self.appended = True

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
        rows = _fetch(self.connection, _GENERATION, (view,))
        return rows[0][0] if rows else 1

    def positions(self, subscription: str, generation: int, sources: Collection[Source]) -> dict[Source, Position]:
        tenants = json.dumps([tenant for _, tenant in sources])
        rows = _fetch(self.connection, _POSITIONS, (subscription, generation, tenants))
        return {(row[0], row[1]): Position(*row[2:]) for row in rows if (row[0], row[1]) in sources}

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

    def parked_tenants(self, subscription: str) -> set[str]:
        return {row[0] for row in _fetch(self.connection, _PARKED, (subscription,))}

    def park(self, row: Parked) -> None:
        upsert(self.connection, parked, [dataclasses.asdict(row)])

    def unpark(self, subscription: str, tenant: str) -> bool:
        gone = self.connection.execute(
            sa.delete(parked).where(parked.c.subscription == subscription, parked.c.tenant == tenant)
        )
        return gone.rowcount > 0

    def quarantine(self, row: Quarantined) -> None:
        self.connection.execute(sa.insert(quarantined).values(**dataclasses.asdict(row)))

    def switch(self, view: str, generation: int) -> None:
        upsert(self.connection, generations, [{"view": view, "generation": generation}])
        of = positions.c
        self.connection.execute(sa.delete(positions).where(of.subscription == view, of.generation != generation))

    def forget(self, view: str, generation: int) -> None:
        of = positions.c
        self.connection.execute(sa.delete(positions).where(of.subscription == view, of.generation == generation))

    def publish_checkpoint(self, checkpoints: Mapping[str, int]) -> None:
        upsert(self.connection, published, [{"tenant": tenant, "seq": seq} for tenant, seq in checkpoints.items()])

    def on_commit(self, call: Callable[[], None]) -> None:
        self.calls.append(call)


class SqlStore:
    """See `shared.flow.ports.Store`. `committed` is called after every commit that appended or moved something.

    `synchronous` is SQLite's: with FULL a power cut loses nothing committed. `turns` is shared by all who write in this
    process (`docs/adr/0016`); it is held while a transaction works, not while it commits.
    """

    def __init__(
        self,
        path: Path,
        contract: Contract,
        committed: Callable[[bool], None] = lambda appended: None,
        synchronous: str = "FULL",
        turns: FairLock | None = None,
    ) -> None:
        self.contract = contract
        self.path = path
        self._committed = committed
        self._turns = turns or FairLock()
        self._writing = Lock()
        self._writer = _engine(path, "BEGIN IMMEDIATE", WRITER_CACHE_KIB, synchronous)
        self._reader = _engine(path, "BEGIN", READER_CACHE_KIB, synchronous)
        with reachable(self.path), self._writer.begin() as connection:
            metadata.create_all(connection)

    @property
    def service(self) -> str:
        return self.contract.service

    @contextmanager
    def begin(self, _tenants: Collection[str], *, urgent: bool = False) -> Iterator[SqlTransaction]:
        within_a_turn = self._turns.is_mine
        with self._turns.turn(urgent=urgent):
            try:
                with self._writing:
                    with reachable(self.path), self._writer.begin() as connection:
                        tx = SqlTransaction(connection, self.contract)
                        yield tx
                        self._turns.step_aside()  # the disk is all that the commit waits for
                    while tx.calls:
                        tx.calls.pop(0)()
            finally:
                if within_a_turn:
                    self._turns.come_back(urgent=urgent)
        self._committed(tx.appended)

    @contextmanager
    def reading(self, *_tenants: str) -> Iterator[sa.Connection]:
        with reachable(self.path), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def _glance(self) -> Iterator[sa.Connection]:
        """A connection for one statement, which needs no transaction around it."""
        with reachable(self.path), self._reader.connect() as connection:
            yield connection

    def read(self, tenant: str, after: int, limit: int) -> list[Event]:
        try:
            with self._glance() as connection:
                return _events(connection, self.contract, _READ, (tenant, after, limit))
        except sqlite3.OperationalError as error:
            if "decode to UTF-8" not in str(error):
                raise
        with self._glance() as connection:
            driver: Any = connection.connection.driver_connection
            driver.text_factory = _whatever_stands_there
            try:
                return _events(connection, self.contract, _READ, (tenant, after, limit))
            finally:
                driver.text_factory = str

    def heads(self) -> dict[str, Head]:
        with self._glance() as connection:
            return {tenant: Head(seq, hash_) for tenant, seq, hash_ in _fetch(connection, _ALL_HEADS)}

    def head(self, tenant: str) -> Head:
        with self._glance() as connection:
            rows = _fetch(connection, _HEAD, (tenant,))
        return Head(*rows[0]) if rows else START

    def stream(self, tenant: str, stream: str) -> list[Event]:
        with self._glance() as connection:
            return _events(connection, self.contract, _LOAD, (tenant, json.dumps([stream])))

    def generation_within(self, connection: sa.Connection, view: str) -> int:
        return live_generation(connection, view)

    def positions_within(self, connection: sa.Connection, subscription: str) -> dict[Source, int]:
        of = positions.c
        rows = connection.execute(
            sa.select(of.source, of.tenant, of.seq).where(
                of.subscription == subscription, of.generation == live_generation(connection, subscription)
            )
        )
        return {(row.source, row.tenant): row.seq for row in rows}

    def unpublished(self, limit: int) -> list[tuple[str, int]]:
        with self._glance() as connection:
            return [(tenant, seq) for tenant, seq in _fetch(connection, _UNPUBLISHED, (limit,))]

    def all_positions(self) -> list[tuple[str, int, Source, Position]]:
        with self.reading() as connection:
            rows = connection.execute(sa.select(positions)).all()
        return [
            (
                row.subscription,
                row.generation,
                (row.source, row.tenant),
                Position(row.seq, row.hash, row.partition, row.offset),
            )
            for row in rows
        ]

    def position(self, subscription: str, source: Source) -> int:
        with self._glance() as connection:
            rows = _fetch(connection, _POSITION, (subscription, *source, subscription))
        return rows[0][0] if rows else 0

    def all_parked(self) -> list[Parked]:
        with self._glance() as connection:
            return [Parked(*row) for row in _fetch(connection, _ALL_PARKED)]

    def all_quarantined(self) -> list[Quarantined]:
        columns = [column for column in quarantined.columns if column.name != "number"]
        with self.reading() as connection:
            return [Quarantined(**row) for row in connection.execute(sa.select(*columns)).mappings()]

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()


def live_generation(connection: sa.Connection, view: str) -> int:
    """The generation of a view's tables that readers use; 1 until a rebuild has switched it."""
    found = connection.exec_driver_sql(_GENERATION, (view,)).first()
    return found[0] if found else 1


def _fetch(connection: sa.Connection, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
    """Rows as the driver gives them. SQLAlchemy's result costs more than such a query itself, and a step makes many."""
    driver: Any = connection.connection.driver_connection
    rows: list[Any] = driver.execute(sql, parameters).fetchall()
    return rows


def _events(connection: sa.Connection, contract: Contract, sql: str, parameters: tuple[Any, ...]) -> list[Event]:
    rows = _fetch(connection, sql, parameters)
    service, decode = contract.service, contract.decode
    return [Event(service, *row, decode) for row in rows]  # type: ignore[call-arg] # a row has the twelve columns


def _whatever_stands_there(raw: bytes) -> str:
    """Text that somebody has changed into something else: what cannot be read as a character becomes a mark."""
    return raw.decode(errors="replace")


def _engine(path: Path, begin: str, cache_kib: int, synchronous: str) -> sa.Engine:
    engine = sa.create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 30})

    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={synchronous}",
            f"cache_size=-{cache_kib}",
            f"wal_autocheckpoint={CHECKPOINT_PAGES}",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    sa.event.listen(engine, "connect", prepare)
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine
