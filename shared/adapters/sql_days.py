"""One person's rows in a table that lies in the order of days.

Rows come in about in the order of the days they speak of. A table or an index that begins with the person has each new
row touch a page of its own, and the more of them the larger it is; one that begins with the day fills a few pages and
leaves them behind. A person is then looked up day after day: some microseconds for each day that anything happened on.
"""

import sqlalchemy as sa


def rows_of_person(table: sa.Table, day: str, tenant: str, person: str) -> sa.Select[tuple[object, ...]]:
    """`table` has an index on (tenant, `day`, person).

    The index alone is asked for the rows' keys: SQLite, knowing nothing of the numbers of rows, would otherwise go
    through the table for each day.
    """
    of, later = table.alias("of_person"), table.alias("later")
    days = sa.select(sa.func.min(later.c[day]).label("day")).where(later.c.tenant == tenant).cte("days", recursive=True)
    following = sa.select(sa.func.min(later.c[day])).where(later.c.tenant == tenant, later.c[day] > days.c.day)
    days = days.union_all(sa.select(following.scalar_subquery()).where(days.c.day.is_not(None)))
    same_row = sa.and_(*[column == of.c[column.name] for column in table.primary_key])
    return (
        sa.select(table)
        .join(of, same_row)
        .where(of.c.tenant == tenant, of.c[day].in_(sa.select(days.c.day)), of.c.person == person)
    )
