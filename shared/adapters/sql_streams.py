"""SQLite's way to the events of a stream: its last one is known, and each names the one before it (`docs/adr/0026`)."""

import sqlalchemy as sa

from shared.adapters.sql_store import EVENT_COLUMNS
from shared.adapters.sql_tables import refusing

LOAD_STREAMS = f"""
WITH RECURSIVE found (tenant, seq) AS (
    SELECT streams.tenant, streams.seq
    FROM json_each(?) AS wanted CROSS JOIN json_each(wanted.value) AS name CROSS JOIN streams
    WHERE streams.tenant = wanted.key AND streams.stream = name.value
    UNION ALL
    SELECT found.tenant, earlier.before
    FROM found CROSS JOIN earlier
    WHERE earlier.tenant = found.tenant AND earlier.seq = found.seq AND earlier.before < found.seq
)
SELECT {", ".join([f"ledger.{column}" for column in EVENT_COLUMNS.split(", ")])}
FROM found CROSS JOIN ledger
WHERE ledger.tenant = found.tenant AND ledger.seq = found.seq
"""
"""The rows of EVENT_COLUMNS of these streams in no certain order; the parameter is JSON, {tenant: [stream, …]}."""

_STREAMS = """
CREATE TABLE streams (
    tenant TEXT NOT NULL, stream TEXT NOT NULL, version INTEGER NOT NULL, seq INTEGER NOT NULL,
    PRIMARY KEY (tenant, stream)
) WITHOUT ROWID
"""
_EARLIER = """
CREATE TABLE earlier (
    tenant TEXT NOT NULL, seq INTEGER NOT NULL, before INTEGER NOT NULL,
    PRIMARY KEY (tenant, seq)
) WITHOUT ROWID
"""
_STREAMS_OF_AN_OLDER_LEDGER = """
INSERT INTO streams SELECT tenant, stream, max(version), seq FROM ledger GROUP BY tenant, stream
"""
_EARLIER_OF_AN_OLDER_LEDGER = """
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


def create_streams(connection: sa.Connection) -> None:
    """Make them beside the ledger unless they are there; for a ledger from before they were kept, from what it has."""
    if sa.inspect(connection).has_table("streams"):
        return
    guards = [refusing("DELETE", "streams"), refusing("DELETE", "earlier"), refusing("UPDATE", "earlier")]
    filled = [_STREAMS, _EARLIER, _STREAMS_OF_AN_OLDER_LEDGER, _EARLIER_OF_AN_OLDER_LEDGER]
    for statement in (*filled, _ON_APPENDING, _ONCE_ONLY, *guards):
        connection.exec_driver_sql(statement)
