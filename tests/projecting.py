"""What a view shows after these facts: projected one by one, all at once, and twice over from the start."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from shared.adapters.sql_view import SqlView
from shared.flow.subscriptions import View
from shared.kernel.messages import START, Contract, Event, Fact, chain_hash
from tests.controls import TAKAMATSU

Placed = tuple[str, Fact]
"""(stream, fact)"""


def events_of(contract: Contract, facts: Sequence[Placed], tenant: str = TAKAMATSU) -> list[Event]:
    """A chained ledger that holds these facts."""
    made: list[Event] = []
    last, versions = START, dict[str, int]()
    for stream, fact in facts:
        versions[stream] = versions.get(stream, 0) + 1
        event = Event(
            contract.service,
            tenant,
            last.seq + 1,
            stream,
            versions[stream],
            fact.TYPE,
            "2016-11-01T01:02:03.000Z",
            "tester",
            "test",
            "correlation",
            msgspec.json.encode(fact),
            last.hash,
            b"",
            contract.decode,
        )
        event.hash = chain_hash(event, last.hash)
        last = event.head
        made.append(event)
    return made


def all_rows(view: View, connection: sa.Connection, generation: int, tenant: str) -> list[tuple[Any, ...]]:
    """The rows of all its tables, the table's name first."""
    tables = view.rows(connection, generation, tenant)
    return [(name, *row) for name, pages in tables.items() for page in pages for row in page]


def rows_after(view: SqlView, contract: Contract, *facts: Placed) -> list[dict[str, Any]]:
    """The view's rows, without the tenant; the same projected one by one or all at once, beside another tenant."""
    events, theirs = events_of(contract, facts), events_of(contract, facts, "999997")
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        for generation in (1, 2):
            view.open(connection, generation)
        view.project(connection, 1, [*events, *theirs])
        for event in events:
            view.project(connection, 2, [event])
        assert all_rows(view, connection, 1, TAKAMATSU) == all_rows(view, connection, 2, TAKAMATSU)
        found = []
        for table in view.tables(1).values():
            rows = connection.execute(sa.select(table).where(table.c.tenant == TAKAMATSU).order_by(*table.primary_key))
            found += [{name: value for name, value in row.items() if name != "tenant"} for row in rows.mappings()]
    engine.dispose()
    return found
