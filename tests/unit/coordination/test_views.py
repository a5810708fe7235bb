from datetime import date

import pytest
import sqlalchemy as sa

from services.coordination import views
from services.coordination.events import (
    CONTRACT,
    DayBegan,
    DistrictDefined,
    MunicipalityProfiled,
    MunicipalityRenamed,
)
from shared.adapters.sql_tables import metadata
from tests.controls import TAKAMATSU
from tests.projecting import events_of, rows_after
from tests.unit.coordination.specs import JOINED, PROFILE

HERE = ("municipality", JOINED)
PROFILED = ("municipality", MunicipalityProfiled(profile=PROFILE))
DISTRICTS = (
    ("district-D2", DistrictDefined(district_id="D2", name="木太")),
    ("district-D1", DistrictDefined(district_id="D1", name="太田")),
)


def test_a_municipality_is_shown_when_it_joins() -> None:
    (row,) = rows_after(views.MUNICIPALITIES, CONTRACT, HERE)
    assert (row["name"], row["today"], row["population"]) == ("高松市", None, None)


def test_it_is_shown_under_its_new_name() -> None:
    renamed = ("municipality", MunicipalityRenamed(name="新高松市", was="高松市"))
    (row,) = rows_after(views.MUNICIPALITIES, CONTRACT, HERE, PROFILED, renamed)
    assert (row["name"], row["population"]) == ("新高松市", 428_074)


def test_its_figures_and_its_day_are_shown() -> None:
    began = [("calendar", DayBegan(on=date(2016, 10, day))) for day in (1, 2)]
    (row,) = rows_after(views.MUNICIPALITIES, CONTRACT, HERE, PROFILED, *began)
    assert {name: row[name] for name in views.FIGURES} == {name: getattr(PROFILE, name) for name in views.FIGURES}
    assert row["today"] == date(2016, 10, 2)


def test_its_districts_are_shown_under_their_last_name() -> None:
    renamed = ("district-D1", DistrictDefined(district_id="D1", name="太田南"))
    assert rows_after(views.DISTRICTS, CONTRACT, *DISTRICTS, renamed) == [
        {"district_id": "D1", "name": "太田南"},
        {"district_id": "D2", "name": "木太"},
    ]


def test_a_fact_of_something_else_is_no_row_of_a_municipality() -> None:
    with pytest.raises(TypeError, match="DistrictDefined"):
        rows_after(views.MUNICIPALITIES, CONTRACT, DISTRICTS[0])


def test_queries_answer_from_the_live_generation() -> None:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
        for view, facts in ((views.MUNICIPALITIES, (HERE,)), (views.DISTRICTS, DISTRICTS)):
            view.open(connection, 1)
            view.project(connection, 1, events_of(CONTRACT, facts))
        assert [row.name for row in views.list_municipalities(connection)] == ["高松市"]
        municipality = views.get_municipality(connection, TAKAMATSU)
        assert municipality is not None
        assert municipality.name == "高松市"
        assert views.get_municipality(connection, "999997") is None
        assert [tuple(row) for row in views.list_districts(connection, TAKAMATSU)] == [("D1", "太田"), ("D2", "木太")]
    engine.dispose()
