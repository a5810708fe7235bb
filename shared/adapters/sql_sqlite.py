"""A service's store on SQLite through SQLAlchemy Core: one file, WAL, `synchronous=FULL`."""

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
from shared.adapters.sql_connections import driver_of
from shared.adapters.sql_faults import reachable
from shared.adapters.sql_store import COLUMNS, EVENT_COLUMNS, READ, SqlLedger, SqlTransaction, as_events, fetch
from shared.adapters.sql_streams import BALANCED, FIRST_ASTRAY, LOAD_STREAMS, by_stream, keep_streams
from shared.adapters.sql_tables import heads, metadata
from shared.flow.ports import Position, Source, Stream, Stretch
from shared.kernel.messages import START, Contract, Event, Head

SQLITE_VERSION = sqlite3.sqlite_version
WRITER_CACHE_KIB = 4_096
READER_CACHE_KIB = 2_048
CHECKPOINT_PAGES = 16_000

_HEADS = "SELECT tenant, seq, hash FROM heads WHERE tenant IN (SELECT value FROM json_each(?))"
_POSITIONS = (
    'SELECT source, tenant, seq, hash, "partition", "offset" FROM positions '
    "WHERE subscription = ? AND generation = ? AND tenant IN (SELECT value FROM json_each(?))"
)
_APPEND = f"INSERT INTO ledger ({EVENT_COLUMNS}) VALUES ({', '.join('?' * 12)})"
_row = attrgetter(*COLUMNS)


class SqliteTransaction(SqlTransaction):
    """The whole file is one writer's; nothing more is to be locked."""

    def lock_heads(self, tenants: Collection[str]) -> dict[str, Head]:
        rows = fetch(self.connection, _HEADS, (json.dumps(sorted(tenants)),))
        return dict.fromkeys(tenants, START) | {tenant: Head(seq, hash_) for tenant, seq, hash_ in rows}

    def load(self, streams: Collection[Stream]) -> dict[Stream, list[Event]]:
        wanted: dict[str, list[str]] = {}
        for tenant, stream in dict.fromkeys(streams):
            wanted.setdefault(tenant, []).append(stream)
        return by_stream(self.contract, fetch(self.connection, LOAD_STREAMS, (json.dumps(wanted),)))

    def append(self, appended: Sequence[Event]) -> None:
        if not appended:
            return
        insert_values(self.connection, _APPEND, list(map(_row, appended)))
        last = {event.tenant: {"tenant": event.tenant, "seq": event.seq, "hash": event.hash} for event in appended}
        upsert(self.connection, heads, list(last.values()))
        self.appended = True

    def positions(self, subscription: str, generation: int, sources: Collection[Source]) -> dict[Source, Position]:
        tenants = json.dumps([tenant for _, tenant in sources])
        rows = fetch(self.connection, _POSITIONS, (subscription, generation, tenants))
        return {(row[0], row[1]): Position(*row[2:]) for row in rows if (row[0], row[1]) in sources}


class SqliteStore(SqlLedger):
    """See `shared.flow.ports.Store`. `committed` is called after every commit that appended or moved something.

    `synchronous` is SQLite's: with FULL a power cut loses nothing committed. `turns` is shared by all who write in this
    process (`docs/adr/0016`); it is held while a transaction works, not while it commits. Tenants are not looked at:
    who can read the file can read all of it.
    """

    def __init__(
        self,
        path: Path,
        contract: Contract,
        committed: Callable[[bool], None] = lambda appended: None,
        synchronous: str = "FULL",
        turns: FairLock | None = None,
        *,
        made: bool = False,
    ) -> None:
        """`made`: somebody else has opened it, and it is only read: nothing is made, mended or waited for."""
        super().__init__(contract)
        self.path = path
        self._committed = committed
        self._turns = turns or FairLock()
        self._writing = Lock()
        self._writer = _engine(path, "BEGIN IMMEDIATE", WRITER_CACHE_KIB, synchronous)
        self._reader = _engine(path, "BEGIN", READER_CACHE_KIB, synchronous)
        if made:
            return
        with reachable(self.path), self._writer.begin() as connection:
            metadata.create_all(connection)
            keep_streams(connection)

    @contextmanager
    def begin(self, _tenants: Collection[str], *, urgent: bool = False) -> Iterator[SqliteTransaction]:
        within_a_turn = self._turns.is_mine
        with self._turns.turn(urgent=urgent):
            try:
                with self._writing:
                    with reachable(self.path), self._writer.begin() as connection:
                        tx = SqliteTransaction(connection, self.contract)
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

    def _rows(self, sql: str, parameters: tuple[Any, ...] = (), _tenants: Collection[str] = ()) -> list[Any]:
        """It needs no transaction around it."""
        with reachable(self.path), self._reader.connect() as connection:
            return fetch(connection, sql, parameters)

    def stream(self, tenant: str, stream: str) -> list[Event]:
        rows = self._rows(LOAD_STREAMS, (json.dumps({tenant: [stream]}),))
        return by_stream(self.contract, rows).get((tenant, stream), [])

    def astray(self, tenant: str) -> int | None:
        if self._rows(BALANCED, (tenant,)) in ([], [(1,)]):
            return None
        seq: int | None = self._rows(FIRST_ASTRAY, (tenant,))[0][0]
        return seq

    def read(self, tenant: str, after: int, limit: int) -> list[Event]:
        return self.read_each({tenant: Stretch(after, limit)})

    def read_each(self, stretches: Mapping[str, Stretch]) -> list[Event]:
        with reachable(self.path), self._reader.connect() as connection:
            try:
                return self._read_each(connection, stretches)
            except sqlite3.OperationalError as error:
                if "decode to UTF-8" not in str(error):
                    raise
            driver = driver_of(connection)
            driver.text_factory = _whatever_stands_there
            try:
                return self._read_each(connection, stretches)
            finally:
                driver.text_factory = str

    def _read_each(self, connection: sa.Connection, stretches: Mapping[str, Stretch]) -> list[Event]:
        rows = [row for tenant, stretch in stretches.items() for row in fetch(connection, READ, (tenant, *stretch))]
        return as_events(self.contract, rows)

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()


def _whatever_stands_there(raw: bytes) -> str:
    """Text that somebody has changed into something else: what cannot be read as a character becomes a mark."""
    return raw.decode(errors="replace")


def _engine(path: Path, begin: str, cache_kib: int, synchronous: str) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": 30},
    )

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
