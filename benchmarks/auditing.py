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
ROUNDS = 3
"""Each is measured so often, in turn with the others: a machine's speed changes within seconds."""


def measure(visits: int) -> list[Ratio]:
    with world() as session:
        ((code, lines),) = settle_in(session, [TAKAMATSU], visits)
        take_visits(session, code, lines)
        session.system.settle([code])
        bare, verified, replayed = _rates(
            lambda: sum(_read_and_hash(session, name, code) for name in session.system.parts),
            lambda: sum(row["events"] for row in verify_tenant(session.system, code)["ledgers"]),
            lambda: _replayed(session, code),
        )
    return [
        Ratio("audit verify / reading and hashing", verified, bare, "events/s", 0.5),
        Ratio("audit replay / reading and hashing", replayed, bare, "events/s", 0.2),
    ]


def _rates(*calls: Callable[[], int]) -> list[float]:
    """Events a second of each call, which returns its events, over all rounds."""
    seconds, events = [0.0] * len(calls), [0] * len(calls)
    for _ in range(ROUNDS):
        for at, call in enumerate(calls):
            started = perf_counter()
            events[at] += call()
            seconds[at] += perf_counter() - started
    return [number / took for number, took in zip(events, seconds, strict=True)]


def _replayed(session: Session, code: str) -> int:
    document = replay_tenant(session.system, code, data=session.running.data)
    if not document["identical"]:
        raise RuntimeError(f"the replay differs: {document['differences'][:3]}")
    events: int = document["events"]
    return events


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
