"""A row of every table that belongs to a municipality, made up from the types of its columns."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa

from services.parts import SERVICES, ServiceParts
from shared.adapters.sql_policies import see
from shared.adapters.sql_tables import metadata as kept
from shared.adapters.sql_view import SqlView
from tests.servers_postgres import Database

DAY = date(2016, 10, 3)
TEXTS = {"month": "2016-10", "served_on": str(DAY), "status": "confirmed", "outcome": "done"}
BY_TYPE: dict[type, Any] = {sa.Text: "x", sa.Date: DAY, sa.Boolean: True, sa.LargeBinary: b"x", sa.Integer: 1}


def tables(service: ServiceParts) -> Iterator[sa.Table]:
    """All tables of a service's schema that hold what belongs to one municipality."""
    yield from [table for table in kept.sorted_tables if "tenant" in table.columns]
    for metadata in service.tables:
        yield from metadata.sorted_tables
    for subscription in service.subscriptions:
        if isinstance(subscription.view, SqlView):
            yield from subscription.view.tables(1).values()


def fill(database: Database, tenants: Iterable[str]) -> None:
    """A row of each table for each tenant, written by the migrator."""
    for service in SERVICES:
        for tenant in tenants:
            with database.engine(service.name, "migrator").begin() as connection:
                see(connection, tenant)
                for table in tables(service):
                    connection.execute(sa.insert(table).values(**row(table, tenant)))


def row(table: sa.Table, tenant: str) -> dict[str, Any]:
    counted = [column for column in table.columns if column.autoincrement is True]
    return {column.name: _value(column) for column in table.columns if column not in counted} | {"tenant": tenant}


def _value(column: sa.Column[Any]) -> Any:
    if isinstance(column.type, sa.Text):
        return TEXTS.get(column.name, "x")
    return next(value for type_, value in BY_TYPE.items() if isinstance(column.type, type_))
