"""A service's store on PostgreSQL through SQLAlchemy Core and psycopg: a schema of its own, row-level security."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from shared.adapters.sql_bulk import arrays, insert_arrays, upsert
from shared.adapters.sql_connections import driver_of, together
from shared.adapters.sql_migrate import check_schema, password_of, with_driver
from shared.adapters.sql_policies import naming_everybody, role_name
from shared.adapters.sql_server_faults import reachable_server
from shared.adapters.sql_signals import appended, moved
from shared.adapters.sql_store import (
    COLUMNS,
    EVENT_COLUMNS,
    GENERATION,
    PARKED,
    SqlLedger,
    SqlTransaction,
    as_events,
    columns_of,
    fetch,
    of_psycopg,
)
from shared.adapters.sql_tables import heads, ledger
from shared.flow.ports import Position, Source, Stream, Stretch, Unavailable
from shared.kernel.messages import START, Contract, Event, Head

log = logging.getLogger("yui.postgres")

POOL = 5
MOST_OVER_THE_POOL = 5
POOL_SECONDS = 10
IDLE_SECONDS = 15
"""A process frozen inside a transaction holds its locks for so long; then the server ends the transaction."""
LOCK_SECONDS = 20

_row = attrgetter(*COLUMNS)
_BEGIN = (
    "SELECT set_config('yui.tenants', %b, true), "
    f"set_config('idle_in_transaction_session_timeout', '{IDLE_SECONDS}s', true), "
    f"set_config('lock_timeout', '{LOCK_SECONDS}s', true), "
    "set_config('enable_sort', 'off', true), set_config('jit', 'off', true)"
)
"""Without sorting, the load of streams goes through the index that has their order also while the planner knows nothing
of a young table. It would take the primary key and read the whole ledger of a municipality for each stream."""
_SEE = "SELECT set_config('yui.tenants', %b, true)"
_READ_EACH = (
    f"SELECT {columns_of('found')} "
    "FROM unnest(?::text[], ?::bigint[], ?::bigint[]) AS wanted (tenant, after, size), LATERAL ("
    f"SELECT {EVENT_COLUMNS} FROM ledger WHERE tenant = wanted.tenant AND seq > wanted.after ORDER BY seq "
    "LIMIT wanted.size) AS found"
)
_STREAM = f"SELECT {EVENT_COLUMNS} FROM ledger WHERE tenant = ? AND stream = ? ORDER BY version"
_LOAD = (
    f"SELECT {columns_of('found')} "
    "FROM unnest(?::text[], ?::text[]) AS wanted (tenant, stream), LATERAL ("
    f"SELECT {EVENT_COLUMNS} FROM ledger WHERE tenant = wanted.tenant AND stream = wanted.stream ORDER BY version"
    ") AS found"
)
"""The order by inside asks for one look into the index for each stream, see `_BEGIN`."""
_APPEND = f"INSERT INTO ledger ({EVENT_COLUMNS}) SELECT * FROM {arrays(ledger, COLUMNS)}"
_NEW_HEADS = (
    "INSERT INTO heads (tenant, seq, hash) SELECT tenant, 0, %b FROM unnest(%b::text[]) AS tenant "
    "ON CONFLICT (tenant) DO NOTHING"
)
_HEADS = "SELECT tenant, seq, hash FROM heads WHERE tenant = ANY (?::text[]) ORDER BY tenant FOR UPDATE"
_NEW_POSITIONS = (
    'INSERT INTO positions (subscription, generation, source, tenant, seq, hash, "partition", "offset") '
    "SELECT %b, %b, source, tenant, 0, %b, 0, 0 FROM unnest(%b::text[], %b::text[]) AS new (source, tenant) "
    "ON CONFLICT DO NOTHING"
)
_POSITIONS = (
    'SELECT source, tenant, seq, hash, "partition", "offset" FROM positions '
    "WHERE subscription = %b AND generation = %b AND source = %b AND tenant = ANY (%b::text[]) "
    "ORDER BY tenant FOR UPDATE"
)


def url_of(database_url: str, secrets_folder: Path, service: str, role: str) -> sa.URL:
    """Where to sign in as a role of a service; `database_url` names no user."""
    password = password_of(secrets_folder, service, role)
    return with_driver(database_url).set(username=role_name(service, role), password=password)


def open_engine(database_url: str, secrets_folder: Path, service: str, role: str, pool: int = POOL) -> sa.Engine:
    """Connections of a role to the schema of a service. `database_url` names no user. Nothing connects yet."""
    options = f"-c search_path={service}"
    if role == "migrator":
        options += f" -c role={role_name(service, 'owner')}"
    engine = sa.create_engine(
        url_of(database_url, secrets_folder, service, role),
        pool_size=pool,
        max_overflow=MOST_OVER_THE_POOL,
        pool_timeout=POOL_SECONDS,
        use_native_hstore=False,
        hide_parameters=True,
        connect_args={
            "options": options,
            "application_name": role_name(service, role),
            "connect_timeout": 5,
            "tcp_user_timeout": 10_000,
        },
    )
    _replace_lost(engine)
    return engine


def _replace_lost(engine: sa.Engine) -> None:
    """What the server has closed while it lay in the pool is noticed when it is taken out, and connected anew.

    The socket tells; asking the server each time, as `pool_pre_ping` does, takes as long as a statement.
    """
    sa.event.listen(engine, "checkout", _refuse_lost)


def _refuse_lost(connection: Any, _record: object, _proxy: object) -> None:
    try:
        connection.pgconn.consume_input()  # the server's last word
        connection.pgconn.consume_input()  # the end
    except psycopg.OperationalError as error:
        raise sa.exc.DisconnectionError(str(error)) from error


class PostgresTransaction(SqlTransaction):
    """`known` are rows of heads and positions that are there already: they need not be made before they are locked.

    New rows are made in sorted order, then all are locked in sorted order: no two transactions wait for each other.
    """

    def __init__(self, connection: sa.Connection, contract: Contract, known: Collection[tuple[object, ...]]) -> None:
        super().__init__(connection, contract)
        self._known = known
        self.learned: set[tuple[object, ...]] = set()

    def lock_heads(self, tenants: Collection[str]) -> dict[str, Head]:
        wanted = sorted(tenants)
        new = [tenant for tenant in wanted if (tenant,) not in self._known]
        if new:
            self.connection.exec_driver_sql(_NEW_HEADS, (START.hash, new))
            self.learned.update([(tenant,) for tenant in new])
        return {tenant: Head(seq, hash_) for tenant, seq, hash_ in fetch(self.connection, _HEADS, (wanted,))}

    def load(self, streams: Collection[Stream]) -> dict[Stream, list[Event]]:
        wanted = list(streams)
        tenants, names = [tenant for tenant, _ in wanted], [stream for _, stream in wanted]
        found: dict[Stream, list[Event]] = {}
        for event in as_events(self.contract, fetch(self.connection, _LOAD, (tenants, names))):
            found.setdefault((event.tenant, event.stream), []).append(event)
        return found

    def append(self, appended: Sequence[Event]) -> None:
        if not appended:
            return
        columns = [list(column) for column in zip(*map(_row, appended), strict=True)]
        last = {event.tenant: {"tenant": event.tenant, "seq": event.seq, "hash": event.hash} for event in appended}
        with together(self.connection):
            insert_arrays(self.connection, _APPEND, columns)
            upsert(self.connection, heads, list(last.values()))
        self.appended = True

    def positions(self, subscription: str, generation: int, sources: Collection[Source]) -> dict[Source, Position]:
        """The rows stay locked: whoever else applies the same subscription waits, and then sees what was reached."""
        wanted = sorted(sources)
        places = [(subscription, generation, *source) for source in wanted]
        self._make(subscription, generation, [place[2:] for place in places if place not in self._known])
        rows = self._locked(subscription, generation, wanted)
        if len(rows) < len(wanted):
            if self.generation(subscription) > generation:
                raise Unavailable(f"{subscription} has just been switched to another generation")
            self._make(subscription, generation, wanted)
            rows = self._locked(subscription, generation, wanted)
        self.learned.update(places)
        return {(row[0], row[1]): Position(*row[2:]) for row in rows if row[2]}

    def _make(self, subscription: str, generation: int, new: Sequence[Source]) -> None:
        if new:
            sources, tenants = [source for source, _ in new], [tenant for _, tenant in new]
            self.connection.exec_driver_sql(_NEW_POSITIONS, (subscription, generation, START.hash, sources, tenants))

    def _locked(self, subscription: str, generation: int, wanted: Sequence[Source]) -> list[Any]:
        """Source by source, in order: a list of pairs would be compared with every row."""
        with together(self.connection) as driver:
            answers = [
                driver.execute(_POSITIONS, (subscription, generation, source, [pair[1] for pair in pairs]), binary=True)
                for source, pairs in groupby(wanted, itemgetter(0))
            ]
        return [row for answer in answers for row in answer.fetchall()]

    def _forget(self, *those: sa.ColumnElement[bool]) -> None:
        """A generation goes as a whole, like its tables: who has a position in it need not be known before."""
        with naming_everybody(self.connection, "positions"):
            super()._forget(*those)

    def standing(self, subscription: str) -> tuple[int, set[str]]:
        with together(self.connection) as driver:
            generation = driver.execute(of_psycopg(GENERATION), (subscription,), binary=True)
            parked = driver.execute(of_psycopg(PARKED), (subscription,), binary=True)
        found = generation.fetchone()
        return found[0] if found else 1, {row[0] for row in parked.fetchall()}


class PostgresLedger(SqlLedger):
    """A ledger to be read: by auditors, and by the workers of the services that follow it."""

    def __init__(self, engine: sa.Engine, contract: Contract) -> None:
        super().__init__(contract)
        self._engine = engine
        self._may_read: dict[tuple[str, str], bool] = {}
        self._glances = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._snapshots = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def check(self) -> None:
        """Raise WrongSchema when the database is older or newer than this program."""
        check_schema(self._engine, self.service)

    def server_version(self) -> str:
        return str(self._rows("SHOW server_version")[0][0])

    def stream(self, tenant: str, stream: str) -> list[Event]:
        return as_events(self.contract, self._rows(_STREAM, (tenant, stream), [tenant]))

    def astray(self, tenant: str) -> int | None:  # noqa: ARG002 - the index is the database's own
        return None

    def read_each(self, stretches: Mapping[str, Stretch]) -> list[Event]:
        after, sizes = [[stretch[part] for stretch in stretches.values()] for part in (0, 1)]
        rows = self._rows(_READ_EACH, (list(stretches), after, sizes), stretches)
        return as_events(self.contract, rows)

    @contextmanager
    def reading(self, *tenants: str) -> Iterator[sa.Connection]:
        with reachable_server(), self._snapshots.connect() as connection, _whole(connection):
            with together(connection) as driver:  # with the beginning of the transaction
                driver.execute(_SEE, (_joined(tenants),))
            yield connection

    def _rows(self, sql: str, parameters: tuple[Any, ...] = (), tenants: Collection[str] = ()) -> list[Any]:
        """In one go: what is sent together is one transaction, outside of which `tenants` see nothing."""
        with reachable_server(), self._glances.connect() as connection, _whole(connection):
            if not tenants:
                return fetch(connection, sql, parameters)
            with together(connection) as driver:
                driver.execute(_SEE, (_joined(tenants),))
                cursor = driver.execute(of_psycopg(sql), parameters, binary=True)
            rows: list[Any] = cursor.fetchall()
            return rows

    def _readable(self, table: str, column: str, empty: str) -> str:
        """Asked once: what is set aside is looked at after every commit that somebody waits for."""
        if (table, column) not in self._may_read:
            answer = self._rows("SELECT has_column_privilege(?, ?, 'SELECT')", (table, column))
            self._may_read[table, column] = answer[0][0]
        return column if self._may_read[table, column] else empty

    def close(self) -> None:
        self._engine.dispose()


class PostgresStore(PostgresLedger):
    """See `shared.flow.ports.Store`. `committed` is called after every commit of this process.

    A commit that appended, moved a position, parked or unparked is told on a channel (see `sql_signals`) once it is
    through: PostgreSQL lets transactions that notify commit one by one, and each would wait for the disk of the one
    before.
    """

    def __init__(
        self,
        engine: sa.Engine,
        contract: Contract,
        committed: Callable[[bool], None] = lambda appended: None,
    ) -> None:
        super().__init__(engine, contract)
        self._committed = committed
        self._known: set[tuple[object, ...]] = set()

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """One process at a time; the others wait. Who goes away, however that happens, lets the next one in."""
        key = f"yui {self.service} {what}"
        with reachable_server(), self._glances.connect() as connection, _whole(connection):
            fetch(connection, "SELECT 1 FROM pg_advisory_lock(hashtext(?))", (key,))
            yield
            fetch(connection, "SELECT pg_advisory_unlock(hashtext(?))", (key,))

    @contextmanager
    def begin(self, tenants: Collection[str], *, urgent: bool = False) -> Iterator[PostgresTransaction]:  # noqa: ARG002 - who waits for a municipality waits in the order the server has
        with reachable_server():
            with self._engine.connect() as connection, _whole(connection):
                with together(connection) as driver:  # with the beginning of the transaction
                    driver.execute(_BEGIN, (_joined(tenants),))
                tx = PostgresTransaction(connection, self.contract, self._known)
                yield tx
                driver_of(connection).commit()
                if tx.appended or tx.moved:
                    self._tell(connection, appended(self.service) if tx.appended else moved(self.service))
            self._known |= tx.learned
            while tx.calls:
                tx.calls.pop(0)()
        self._committed(tx.appended)

    @staticmethod
    def _tell(connection: sa.Connection, channel: str) -> None:
        """Who does not hear of a commit looks by itself before long."""
        try:
            with together(connection) as driver:
                driver.execute("SELECT pg_notify(%b, '')", (channel,))
                driver.commit()
        except psycopg.OperationalError as error:
            log.info("%s was not told: %s", channel, error)
            connection.invalidate(error)


@contextmanager
def _whole(connection: sa.Connection) -> Iterator[None]:
    """A connection on which something went wrong is not given back to the pool: the server may have let go of it, or
    not know statements that the driver takes for prepared. What was written twice leaves as the error of SQLite.
    """
    try:
        yield
    except psycopg.IntegrityError as error:
        raise sa.exc.IntegrityError(None, None, error) from error
    except psycopg.Error as error:
        connection.invalidate(error)
        raise


def _joined(tenants: Iterable[str]) -> str:
    """What is no code of a municipality belongs to none, so that nobody names two in one."""
    return ",".join([tenant for tenant in tenants if tenant.isalnum()])
