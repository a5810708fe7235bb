"""From the file to settled ledgers and views, against ready rows put into one ledger table."""

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import sqlalchemy as sa

from benchmarks.ratios import Ratio, seconds_of
from benchmarks.worlds import TAKAMATSU, settle_in, take_visits, world
from services.cli.session import Session
from services.parts import SERVICES
from shared.adapters.sql_sqlite import SqliteStore
from shared.adapters.sql_tables import ledger
from shared.flow.verify import pages

COLUMNS = [column.name for column in ledger.columns]
BATCH = 500
BARE_RUNS = 3
"""The bare inserts take a moment only: their median counts."""


def measure(visits: int) -> Ratio:
    with world() as session:
        ((code, lines),) = settle_in(session, [TAKAMATSU], visits)
        before = session.system.store("requests").head(code).seq
        ours = visits / seconds_of(lambda: _whole(session, code, lines))
        rows = _ready_rows(session, code, before)
        bare = median(_bare_inserts(rows) for _ in range(BARE_RUNS))
    return Ratio("whole path, visits / ready rows into one ledger table", ours, bare, "1/s", 0.05)


def _whole(session: Session, code: str, lines: list[str]) -> None:
    take_visits(session, code, lines)
    session.system.settle([code])


def _ready_rows(session: Session, code: str, after: int) -> list[dict[str, Any]]:
    events = (event for page in pages(session.system.store("requests"), code) for event in page if event.seq > after)
    return [{name: getattr(event, name) for name in COLUMNS} for event in events]


def _bare_inserts(rows: list[dict[str, Any]]) -> float:
    """Rows a second by SQLAlchemy Core, 500 a transaction, the same table with its index and triggers."""
    contract = SERVICES[0].decider.contract
    with tempfile.TemporaryDirectory(prefix="yui-bench-") as folder:
        store = SqliteStore(Path(folder) / "ledger.db", contract)
        seconds = seconds_of(lambda: _insert(store, rows))
        store.close()
    return len(rows) / seconds


def _insert(store: SqliteStore, rows: list[dict[str, Any]]) -> None:
    statement = sa.insert(ledger)
    for start in range(0, len(rows), BATCH):
        with store.begin({row["tenant"] for row in rows}) as tx:
            tx.connection.execute(statement, rows[start : start + BATCH])
