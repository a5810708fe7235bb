"""Rows looked up by their keys in one question, whatever the number of keys and of municipalities."""

import json
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

Place = tuple[str, str]
"""A municipality, and a key within it."""


def rows_at(
    connection: sa.Connection, columns: Sequence[sa.Column[Any]], key: sa.Column[Any], places: Collection[Place]
) -> Sequence[Any]:
    """These columns of the rows at the given places: `tenant` and then `key`, a text, begin a key of their table."""
    if not places:
        return ()
    ask = _of_sqlite if connection.dialect.name == "sqlite" else _of_postgresql
    wanted, tenant, number, given = ask(places)
    same = sa.and_(key.table.c.tenant == tenant, key == number)
    return connection.execute(sa.select(*columns).select_from(wanted).join(key.table, same), given).all()


Asked = tuple[sa.FromClause, sa.ColumnElement[Any], sa.ColumnElement[Any], dict[str, Any]]
"""A table of the places, its two columns, and its parameters."""


def _of_sqlite(places: Collection[Place]) -> Asked:
    """The table is made first: SQLite would go through all rows of each municipality instead."""
    by_tenant = sa.func.json_each(sa.bindparam("places")).table_valued("key", "value", name="by_tenant")
    numbers = sa.func.json_each(by_tenant.c.value).table_valued("value", name="numbers")
    pairs = sa.select(by_tenant.c.key.label("tenant"), numbers.c.value.label("number"))
    wanted = pairs.select_from(by_tenant.join(numbers, sa.true())).cte("wanted").prefix_with("MATERIALIZED")
    given: dict[str, list[str]] = {}
    for tenant, number in sorted(places):
        given.setdefault(tenant, []).append(number)
    return wanted, wanted.c.tenant, wanted.c.number, {"places": json.dumps(given)}


def _of_postgresql(places: Collection[Place]) -> Asked:
    arrays = [sa.bindparam(name, type_=sa.ARRAY(sa.Text)) for name in ("tenants", "numbers")]
    wanted = sa.func.unnest(*arrays).table_valued("tenant", "number", name="wanted").render_derived()
    tenants, numbers = zip(*sorted(places), strict=True)
    return wanted, wanted.c.tenant, wanted.c.number, {"tenants": list(tenants), "numbers": list(numbers)}
