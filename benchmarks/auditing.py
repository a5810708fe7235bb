"""Verify and replay against merely reading the rows and hashing their bytes."""

from collections.abc import Callable
from hashlib import sha256
from time import perf_counter

import sqlalchemy as sa

from benchmarks.ratios import Ratio
from benchmarks.worlds import TAKAMATSU, settle_in, take_visits, world
from services.audit import replay_tenant, verify_tenant
from services.cli.session import Session
from shared.adapters.sql_tables import ledger

PAGE = 1_000


def measure(visits: int) -> list[Ratio]:
    with world() as session:
        ((code, lines),) = settle_in(session, [TAKAMATSU], visits)
        take_visits(session, code, lines)
        session.system.settle([code])
        bare = _bare(session, code)
        verified = _rate(lambda: sum(row["events"] for row in verify_tenant(session.system, code)["ledgers"]))
        replayed = _rate(lambda: _replayed(session, code))
    return [
        Ratio("audit verify / reading and hashing", verified, bare, "events/s", 0.5),
        Ratio("audit replay / reading and hashing", replayed, bare, "events/s", 0.2),
    ]


def _replayed(session: Session, code: str) -> int:
    document = replay_tenant(session.system, code, data=session.running.data)
    if not document["identical"]:
        raise RuntimeError(f"the replay differs: {document['differences'][:3]}")
    events: int = document["events"]
    return events


def _rate(call: Callable[[], int]) -> float:
    started = perf_counter()
    events = call()
    return events / (perf_counter() - started)


def _bare(session: Session, code: str) -> float:
    return _rate(lambda: sum(_read_and_hash(session, name, code) for name in session.system.parts))


def _read_and_hash(session: Session, service: str, code: str) -> int:
    count, after = 0, 0
    query = sa.select(ledger).where(ledger.c.tenant == code, ledger.c.seq > sa.bindparam("after"))
    query = query.order_by(ledger.c.seq).limit(PAGE)
    with session.system.store(service).reading(code) as connection:
        while rows := connection.execute(query, {"after": after}).all():
            for row in rows:
                sha256(row.data).digest()
            count += len(rows)
            after = rows[-1].seq
    return count
