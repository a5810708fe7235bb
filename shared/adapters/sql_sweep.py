"""The buckets that a service has decided, to be decided anew, stretch by stretch, when rules change backwards.

Progress is an event of the service (`SweepAdvanced`), so a sweep goes on where it was, whatever happens.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from shared.adapters.sql_view import upsert
from shared.kernel.messages import Event, Fact

STRETCH = 200
SEPARATOR = "/"


@dataclass(frozen=True, slots=True)
class Stretch:
    """The next buckets after a place; `last` is the place to go on from, `finished` when there are no more."""

    buckets: tuple[tuple[str, ...], ...]
    last: str
    finished: bool


@dataclass(frozen=True)
class Buckets:
    """`table` has the tenant and the bucket's key, in the order in which a sweep goes through them."""

    table: sa.Table

    def note(self, connection: sa.Connection, buckets: Iterable[tuple[str, ...]]) -> None:
        """(tenant, *key) of buckets that hold facts."""
        names = [column.name for column in self.table.primary_key]
        upsert(connection, self.table, [dict(zip(names, bucket, strict=True)) for bucket in dict.fromkeys(buckets)])

    def noting(
        self,
        connection: sa.Connection,
        events: Iterable[Event],
        fact: type[Fact],
        key: Callable[[Any], tuple[str, ...]],
    ) -> Iterator[Event]:
        """The events other than `fact`, each when the buckets are noted that were opened before it and none after it:
        a sweep is the same wherever a batch ends. A bucket is new exactly with the first event of its stream, a `fact`.
        """
        opened: list[tuple[str, ...]] = []
        for event in events:
            if event.type != fact.TYPE:
                self.note(connection, opened)
                opened = []
                yield event
            elif event.version == 1:
                opened.append((event.tenant, *key(event.fact)))
        self.note(connection, opened)

    def stretch(self, connection: sa.Connection, tenant: str, after: str) -> Stretch:
        """`after` is a bucket's key, or its first part, joined by `/`; everything behind it comes."""
        key = [column for column in self.table.primary_key if column.name != "tenant"]
        place = after.split(SEPARATOR)
        place += [""] * (len(key) - len(place))
        query = (
            sa.select(*key)
            .where(self.table.c.tenant == tenant, sa.tuple_(*key) > sa.tuple_(*place))
            .order_by(*key)
            .limit(STRETCH)
        )
        found = tuple([tuple(row) for row in connection.execute(query)])
        return Stretch(found, SEPARATOR.join(found[-1]) if found else after, len(found) < STRETCH)


def buckets(name: str, *key: str) -> tuple[sa.MetaData, Buckets]:
    metadata = sa.MetaData()
    columns = [sa.Column(column, sa.Text, primary_key=True) for column in ("tenant", *key)]
    return metadata, Buckets(sa.Table(name, metadata, *columns, sqlite_with_rowid=False))


def advance(stretch: Stretch, done: int, reassess: Any, advanced: Any) -> list[Any]:
    """The commands of one stretch: `reassess(*key)` for each bucket, then `advanced(last, done, finished)`."""
    commands = [reassess(*bucket) for bucket in stretch.buckets]
    return [*commands, advanced(stretch.last, done + len(stretch.buckets), stretch.finished)]
