"""Read models of `coordination`: municipalities and their districts."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.coordination.events import (
    DayBegan,
    DistrictDefined,
    MunicipalityJoined,
    MunicipalityProfiled,
    MunicipalityRenamed,
)
from shared.adapters.sql_store import live_generation
from shared.adapters.sql_view import Row, Shape, SqlView, Tables, upsert
from shared.kernel.messages import Event

MUNICIPALITY_FACTS = (MunicipalityJoined, MunicipalityRenamed, MunicipalityProfiled, DayBegan)
FIGURES = (
    "prefecture",
    "population",
    "population_as_of",
    "elderly_population",
    "daily_living_areas",
    "support_centers",
    "sogo_jigyo_start",
    "source",
)


def _project(connection: sa.Connection, tables: Tables, events: Sequence[Event]) -> None:
    for event in events:
        upsert(connection, tables["municipalities"], [{"tenant": event.tenant, **_row(event)}])


def _row(event: Event) -> Row:
    match event.fact:
        case MunicipalityJoined(name=name) | MunicipalityRenamed(name=name):
            return {"name": name}
        case MunicipalityProfiled(profile=profile):
            return {figure: getattr(profile, figure) for figure in FIGURES}
        case DayBegan(on=on):
            return {"today": on}
        case fact:
            raise TypeError(f"{type(fact).__name__} is not a fact of a municipality")


MUNICIPALITIES = SqlView(
    "coordination.municipalities",
    (
        Shape(
            "municipalities",
            (),
            (
                sa.Column("name", sa.Text),
                sa.Column("today", sa.Date),
                sa.Column("prefecture", sa.Text),
                sa.Column("population", sa.Integer),
                sa.Column("population_as_of", sa.Text),
                sa.Column("elderly_population", sa.Integer),
                sa.Column("daily_living_areas", sa.Integer),
                sa.Column("support_centers", sa.Integer),
                sa.Column("sogo_jigyo_start", sa.Text),
                sa.Column("source", sa.Text),
            ),
        ),
    ),
    _project,
)


def _project_districts(connection: sa.Connection, tables: Tables, events: Sequence[Event]) -> None:
    rows = [
        {"tenant": event.tenant, "district_id": event.fact.district_id, "name": event.fact.name} for event in events
    ]
    upsert(connection, tables["districts"], rows)


DISTRICTS = SqlView(
    "coordination.districts",
    (Shape("districts", (sa.Column("district_id", sa.Text),), (sa.Column("name", sa.Text, nullable=False),)),),
    _project_districts,
)

DISTRICT_FACTS = (DistrictDefined,)


def list_municipalities(connection: sa.Connection) -> list[Any]:
    """All municipalities by code, with the figures of their source."""
    table = MUNICIPALITIES.tables(live_generation(connection, MUNICIPALITIES.name))["municipalities"]
    return list(connection.execute(sa.select(table).order_by(table.c.tenant)))


def get_municipality(connection: sa.Connection, tenant: str) -> Any | None:
    table = MUNICIPALITIES.tables(live_generation(connection, MUNICIPALITIES.name))["municipalities"]
    return connection.execute(sa.select(table).where(table.c.tenant == tenant)).first()


def list_districts(connection: sa.Connection, tenant: str) -> list[Any]:
    table = DISTRICTS.tables(live_generation(connection, DISTRICTS.name))["districts"]
    query = sa.select(table.c.district_id, table.c.name).where(table.c.tenant == tenant)
    return list(connection.execute(query.order_by(table.c.district_id)))
