"""SQLite's way to the events of a stream: its last one is known, and each names the one before it (`docs/adr/0026`).

`streams` and `earlier` are kept by a trigger on the ledger, follow from it alone and can be made anew from it.
"""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

import sqlalchemy as sa

from shared.adapters.sql_store import as_events, columns_of
from shared.adapters.sql_tables import refusing
from shared.flow.ports import Damaged, Stream
from shared.kernel.messages import Contract, Event

LOAD_STREAMS = f"""
WITH RECURSIVE found (tenant, stream, last, seq) AS (
    SELECT streams.tenant, streams.stream, streams.version, streams.seq
    FROM json_each(?) AS wanted CROSS JOIN json_each(wanted.value) AS name CROSS JOIN streams
    WHERE streams.tenant = wanted.key AND streams.stream = name.value
    UNION ALL
    SELECT found.tenant, found.stream, found.last, earlier.before
    FROM found CROSS JOIN earlier
    WHERE earlier.tenant = found.tenant AND earlier.seq = found.seq AND earlier.before < found.seq
)
SELECT found.tenant, found.stream, found.last, {columns_of("ledger")}
FROM found LEFT JOIN ledger ON ledger.tenant = found.tenant AND ledger.seq = found.seq
ORDER BY found.tenant, found.stream, ledger.version
"""
"""Rows for `by_stream`; the parameter is JSON, {tenant: [stream, …]}."""

BALANCED = """
WITH last AS (SELECT count(*) AS streams, sum(version) AS events, sum(seq) AS numbers FROM streams WHERE tenant = ?1),
     links AS (SELECT count(*) AS events, sum(before) AS numbers FROM earlier WHERE tenant = ?1)
SELECT heads.seq = last.events
   AND heads.seq = last.streams + links.events
   AND heads.seq * (heads.seq + 1) / 2 = last.numbers + coalesce(links.numbers, 0)
FROM heads, last, links WHERE heads.tenant = ?1
"""
"""Whether every number up to a tenant's head is there once, as a stream's last or as an earlier one, in sum."""

FIRST_ASTRAY = """
SELECT min(seq) FROM (
    SELECT event.seq FROM ledger AS event
    LEFT JOIN streams ON streams.tenant = event.tenant AND streams.stream = event.stream
    LEFT JOIN earlier ON earlier.tenant = event.tenant AND earlier.seq = event.seq
    LEFT JOIN ledger AS former ON former.tenant = event.tenant AND former.seq = earlier.before
    WHERE event.tenant = ?1 AND (
        streams.version IS NULL OR streams.version < event.version
        OR iif(event.version = 1, earlier.seq IS NOT NULL,
               former.stream IS NOT event.stream OR former.version IS NOT event.version - 1)
    )
    UNION ALL
    SELECT streams.seq FROM streams
    LEFT JOIN ledger ON ledger.tenant = streams.tenant AND ledger.seq = streams.seq
    WHERE streams.tenant = ?1 AND (ledger.stream IS NOT streams.stream OR ledger.version IS NOT streams.version)
)
"""
"""The number of a tenant's first event to which its stream does not lead, or to which one leads in vain."""

_STREAMS = """
CREATE TABLE streams (
    tenant TEXT NOT NULL, stream TEXT NOT NULL, version INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (tenant, stream)
) WITHOUT ROWID
"""
_EARLIER = """
CREATE TABLE earlier (
    tenant TEXT NOT NULL, seq INTEGER NOT NULL, before INTEGER NOT NULL CHECK (before < seq),
    PRIMARY KEY (tenant, seq)
) WITHOUT ROWID
"""
_FILL_STREAMS = "INSERT INTO streams SELECT tenant, stream, max(version), seq FROM ledger GROUP BY tenant, stream"
_FILL_EARLIER = """
INSERT INTO earlier SELECT tenant, seq, before
FROM (SELECT tenant, seq, lag(seq) OVER (PARTITION BY tenant, stream ORDER BY version) AS before FROM ledger)
WHERE before IS NOT NULL
"""
_ON_APPENDING = """
CREATE TRIGGER ledger_goes_on AFTER INSERT ON ledger BEGIN
    INSERT INTO earlier SELECT NEW.tenant, NEW.seq, seq FROM streams
    WHERE tenant = NEW.tenant AND stream = NEW.stream;
    INSERT INTO streams VALUES (NEW.tenant, NEW.stream, NEW.version, NEW.seq)
    ON CONFLICT (tenant, stream) DO UPDATE SET version = excluded.version, seq = excluded.seq;
END
"""
_ONCE_ONLY = """
CREATE TRIGGER streams_go_on BEFORE UPDATE ON streams
WHEN NEW.tenant <> OLD.tenant OR NEW.stream <> OLD.stream OR NEW.version <= OLD.version
BEGIN SELECT RAISE(ABORT, 'a version of a stream is given once only'); END
"""
_TABLES = {"streams": _STREAMS, "earlier": _EARLIER}
_TRIGGERS = {
    "ledger_goes_on": _ON_APPENDING,
    "streams_go_on": _ONCE_ONLY,
    "streams_refuses_delete": refusing("DELETE", "streams"),
    "earlier_refuses_delete": refusing("DELETE", "earlier"),
    "earlier_refuses_update": refusing("UPDATE", "earlier"),
}
_UNMADE = ("DROP TRIGGER IF EXISTS ledger_goes_on", "DROP TABLE IF EXISTS streams", "DROP TABLE IF EXISTS earlier")

_place = attrgetter("stream", "version")
_ALL_THERE = sa.text("SELECT count(*) FROM sqlite_master WHERE name IN :names").bindparams(
    sa.bindparam("names", [*_TABLES, *_TRIGGERS], expanding=True)
)
_LEFT_BEHIND = sa.text(
    "SELECT count(*) FROM heads JOIN ledger ON ledger.tenant = heads.tenant AND ledger.seq = heads.seq "
    "LEFT JOIN streams ON streams.tenant = ledger.tenant AND streams.stream = ledger.stream "
    "WHERE streams.seq IS NOT ledger.seq"
)


def keep_streams(connection: sa.Connection) -> None:
    """See that both tables follow the ledger. When something of them is missing, or a ledger has gone on without
    them, they are made anew from it: so also in a store from before they were kept.
    """
    if connection.scalar(_ALL_THERE) == len(_TABLES) + len(_TRIGGERS) and not connection.scalar(_LEFT_BEHIND):
        return
    for statement in (*_UNMADE, *_TABLES.values(), _FILL_STREAMS, _FILL_EARLIER, *_TRIGGERS.values()):
        connection.exec_driver_sql(statement)


def by_stream(contract: Contract, rows: Iterable[Any]) -> dict[Stream, list[Event]]:
    """The events of each stream in version order, from the rows of LOAD_STREAMS. Damaged when one is missing."""
    found: dict[Stream, list[Event]] = {}
    for (tenant, stream, last), of_stream in groupby(rows, itemgetter(0, 1, 2)):
        events = as_events(contract, [row[3:] for row in of_stream if row[3] is not None])
        if list(map(_place, events)) != [(stream, version) for version in range(1, last + 1)]:
            raise Damaged(
                f"{contract.service} の台帳: {tenant} の {stream} の事実がそろっていません。"
                f"yui audit verify --tenant {tenant} で、どこが欠けているかを確かめてください。"
            )
        found[tenant, stream] = events
    return found
