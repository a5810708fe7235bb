"""The step against others: the `eventsourcing` library's projection runner, bare COPY, an idle Faust agent."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import psycopg
import sqlalchemy as sa
from psycopg import sql

from benchmarks.distributed import projection
from benchmarks.distributed.ground import Ground, Place
from benchmarks.distributed.step import Cost, Stuck, stepping
from benchmarks.distributed.visits import confirmed_visits
from benchmarks.ratios import Ratio
from benchmarks.worlds import TAKAMATSU
from shared.adapters.sql_tables import ledger

COLUMNS = [column.name for column in ledger.columns]
ROWS_A_TRANSACTION = 500
FAUST_SECONDS = 300
ROOT = Path(__file__).resolve().parents[2]


def projection_runner(ground: Ground, whole: Cost) -> Ratio:
    """A fraction of the visits: it takes them one a transaction."""
    visits = whole.visits // 4
    with ground.place(topics=()) as place:
        rate = visits / projection.seconds(place.admin_url, confirmed_visits([TAKAMATSU], visits))
    return Ratio("step / projection runner of eventsourcing 9.5", whole.rate, rate, "visits/s", 10)


def copying(ground: Ground, visits: int) -> Ratio:
    """COPY of the very rows that the step put into the ledger, 500 a transaction, into a table without any guard."""
    with ground.place() as place, stepping(place, [TAKAMATSU]) as step:
        step.load(confirmed_visits([TAKAMATSU], visits))
        before = step.billing.head(TAKAMATSU).seq
        whole = step.run(visits)
        events = step.billing.read(TAKAMATSU, before, 2 * visits)
        rows = [tuple([getattr(event, name) for name in COLUMNS]) for event in events]
        rate = len(rows) / _copy_seconds(place, rows)
    return Ratio("step / bare COPY into an unguarded ledger", whole.rate, rate, "rows/s", 0.2)


def _copy_seconds(place: Place, rows: Sequence[tuple[object, ...]]) -> float:
    types = [column.type.compile(sa.dialects.postgresql.dialect()).lower() for column in ledger.columns]  # type: ignore[no-untyped-call]
    names = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    with psycopg.connect(place.admin_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE public.bare (LIKE billing.ledger INCLUDING INDEXES)")
        started = perf_counter()
        for at in range(0, len(rows), ROWS_A_TRANSACTION):
            with (
                connection.transaction(),
                connection.cursor() as cursor,
                cursor.copy(sql.SQL("COPY public.bare ({}) FROM STDIN (FORMAT BINARY)").format(names)) as copy,
            ):
                copy.set_types(types)
                for row in rows[at : at + ROWS_A_TRANSACTION]:
                    copy.write_row(row)
        return perf_counter() - started


def idle_faust(ground: Ground, visits: int) -> Ratio:
    """The same topic, read by a Faust agent that takes batches of 500 and drops them."""
    with ground.place() as place, stepping(place, [TAKAMATSU]) as step:
        step.load(confirmed_visits([TAKAMATSU], visits))
        whole = step.run(visits)
        command = [sys.executable, "-m", "benchmarks.distributed.idle_agent"]
        topic = place.kafka.events_topic("requests")
        done = subprocess.run(
            [*command, place.kafka.servers[0], topic, str(visits)],
            capture_output=True,
            check=False,
            cwd=ROOT,
            text=True,
            timeout=FAUST_SECONDS,
        )
    if done.returncode:
        raise Stuck(done.stderr[-2_000:])
    return Ratio("step / idle Faust agent, batches of 500", whole.rate, json.loads(done.stdout), "visits/s", 1)
