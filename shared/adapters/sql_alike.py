"""Two databases of SQLite compared by SQLite itself: a row takes it a third of what fetching it twice does."""

from collections.abc import Mapping

import sqlalchemy as sa

ANEW = "anew"

Tables = Mapping[str, sa.Table]


def alike(live: sa.Connection, recorded: Tables, anew: sa.Connection, derived: Tables, tenant: str) -> dict[str, int]:
    """How many rows a tenant has in each table of which both databases hold the same. `live` stays in its snapshot.

    Where one of them is no file of SQLite, of none: then the rows have to be looked at.
    """
    if not _sees(live, anew):
        return {}
    return {
        name: rows
        for name, table in recorded.items()
        if (rows := _rows_of(live, table, derived[name].to_metadata(sa.MetaData(), schema=ANEW), tenant)) is not None
    }


def _sees(live: sa.Connection, anew: sa.Connection) -> bool:
    """Attach the one to the other. While the snapshot is held nothing attached can be taken away again: the connection
    leaves its pool, and ends with its use.
    """
    if not live.dialect.name == anew.dialect.name == "sqlite":
        return False
    if ANEW not in _files(live):
        file = _files(anew)["main"]
        if not file:
            return False
        anew.commit()
        live.detach()
        live.exec_driver_sql(f"ATTACH ? AS {ANEW}", (file,))
    return True


def _files(connection: sa.Connection) -> dict[str, str]:
    return {name: file for _, name, file in connection.exec_driver_sql("PRAGMA database_list")}


def _rows_of(connection: sa.Connection, table: sa.Table, other: sa.Table, tenant: str) -> int | None:
    """The number of rows, None unless each has its like in the other table, which has no more."""
    key = sa.and_(*[column == other.c[column.name] for column in table.primary_key])
    same = [column.is_not_distinct_from(other.c[column.name]) for column in table.columns if not column.primary_key]
    pairs = sa.select(sa.func.count()).select_from(table.join(other, key)).where(table.c.tenant == tenant, *same)
    here, there = [
        sa.select(sa.func.count()).select_from(each).where(each.c.tenant == tenant) for each in (table, other)
    ]
    counts = {connection.scalar(query) for query in (here, there, pairs)}
    return counts.pop() if len(counts) == 1 else None
