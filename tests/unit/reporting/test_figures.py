"""The figures after each event of each source, above all the reversing ones."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from services.reporting import queries, views
from services.reporting.queries import Figures, Period, VisitFilter
from shared.adapters.sql_tables import metadata
from shared.kernel.contracts import billing, coordination, points, requests
from shared.kernel.contracts.billing import SubsidyReassessed
from shared.kernel.contracts.requests import (
    OrganisationCorrected,
    VisitCorrected,
    VisitPlanned,
    VisitRestated,
    VisitVoided,
)
from shared.kernel.messages import Contract
from tests.controls import ORGANISATION, ORGANISATION_KNOWN, REASON_REF, SERVED_ON, TAKAMATSU, USER, VISIT, visit_facts
from tests.projecting import Placed, events_of, rows_after
from tests.unit.reporting.story import MONTH, PAID, SECOND, assessed, confirmed, district, earned, granted, reassessed

OCTOBER = Period(MONTH, MONTH)
HALF_YEAR = Period("2016-10", "2017-03")
PLANNED = VisitPlanned(
    visit_id="V1",
    organisation_id="O1",
    service="visit",
    menu=("cooking",),
    planned_on=SERVED_ON,
    started_at="10:00",
    user=USER,
    helpers=(),
)


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as opened:
        metadata.create_all(opened)
        views.FIGURES.open(opened, 1)
        yield opened
    engine.dispose()


def tell(connection: sa.Connection, contract: Contract, *facts: Placed) -> None:
    views.FIGURES.project(connection, 1, events_of(contract, facts))


def total(connection: sa.Connection, period: Period = OCTOBER) -> dict[str, int]:
    figures = queries.figures_of(connection, TAKAMATSU, period).total
    return {name: value for name, value in _numbers(figures).items() if value}


def _numbers(figures: Figures) -> dict[str, int]:
    return {name: getattr(figures, name) for name in figures.__struct_fields__ if name not in {"key", "name"}}


def by(connection: sa.Connection, dimension: Any) -> list[tuple[str, str, int, int, int]]:
    rows = queries.figures_of(connection, TAKAMATSU, HALF_YEAR).by[dimension]
    return [(row.key, row.name, row.visits, row.total_yen, row.points) for row in rows]


def requests_rows(*facts: Placed) -> list[dict[str, Any]]:
    return [row for row in rows_after(views.FIGURES, requests.CONTRACT, *facts) if "status" in row]


def test_a_done_visit_counts_once_with_its_person(connection: sa.Connection) -> None:
    tell(connection, requests.CONTRACT, confirmed(), confirmed(visit_facts(visit_id="V3")))
    assert total(connection) == {"visits": 2, "people": 1}


def test_a_visit_that_did_not_take_place_does_not_count(connection: sa.Connection) -> None:
    tell(connection, requests.CONTRACT, confirmed(visit_facts(outcome="no_show")))
    assert total(connection) == {}


def test_a_plan_does_not_count_until_it_is_confirmed(connection: sa.Connection) -> None:
    tell(connection, requests.CONTRACT, ("visit-V1", PLANNED))
    assert total(connection) == {}
    tell(connection, requests.CONTRACT, ("visit-V1", PLANNED), confirmed())
    assert total(connection) == {"visits": 1, "people": 1}


def test_a_voided_visit_counts_no_more() -> None:
    (row,) = requests_rows(confirmed(), ("visit-V1", VisitVoided(was=VISIT, reason_ref=REASON_REF)))
    assert (row["visit_id"], row["status"]) == ("V1", "void")


def test_a_corrected_visit_moves_to_the_month_of_its_right_day() -> None:
    right = visit_facts(served_on=date(2016, 11, 2))
    (row,) = requests_rows(confirmed(), ("visit-V1", VisitCorrected(visit=right, was=VISIT, reason_ref=REASON_REF)))
    assert (row["served_on"], row["month"]) == ("2016-11-02", "2016-11")


def test_a_restated_visit_moves_to_its_right_district() -> None:
    right = visit_facts(district_id="D9")
    (row,) = requests_rows(confirmed(), ("visit-V1", VisitRestated(visit=right, was=VISIT)))
    assert row["district_id"] == "D9"


def test_an_assessment_brings_the_yen_of_a_visit(connection: sa.Connection) -> None:
    tell(connection, requests.CONTRACT, confirmed())
    tell(connection, billing.CONTRACT, assessed(PAID))
    assert total(connection) == {"visits": 1, "people": 1, "per_visit_yen": 500}


def test_a_reassessment_takes_the_place_of_the_one_before(connection: sa.Connection) -> None:
    tell(connection, requests.CONTRACT, confirmed())
    over = replace(PAID, subsidy_yen=0, reason="over_cap")
    again = SubsidyReassessed(user=USER, month=MONTH, rules="takamatsu-2016@2016-10-01", assessments=(over,))
    tell(connection, billing.CONTRACT, assessed(PAID), ("user_month-1", again))
    assert total(connection) == {"visits": 1, "people": 1}


def test_a_withdrawn_assessment_leaves_the_visit_without_yen_until_its_new_one(connection: sa.Connection) -> None:
    tell(connection, requests.CONTRACT, confirmed())
    tell(connection, billing.CONTRACT, assessed(PAID), assessed(withdrawn="V1"))
    assert total(connection) == {"visits": 1, "people": 1}
    tell(connection, billing.CONTRACT, assessed(PAID), assessed(withdrawn="V1"), assessed(PAID))
    assert total(connection)["per_visit_yen"] == 500


def test_grants_of_a_month_are_added_and_replaced(connection: sa.Connection) -> None:
    tell(connection, billing.CONTRACT, granted(25_000, 200_000), granted(25_000, 0))
    assert total(connection) == {"base_yen": 25_000}


def test_points_are_counted_replaced_and_withdrawn(connection: sa.Connection) -> None:
    tell(connection, points.CONTRACT, earned(2), earned(1, "salon", "A1"))
    assert total(connection) == {"points": 3}
    tell(connection, points.CONTRACT, earned(2), earned(1), earned(1, withdrawn="visit_helper:V1"))
    assert total(connection) == {"points": 1}


def test_points_decided_anew_take_the_place_of_the_ones_before(connection: sa.Connection) -> None:
    tell(connection, points.CONTRACT, earned(2), reassessed(5))
    assert total(connection) == {"points": 5}


def test_figures_are_split_by_month_organisation_and_district(connection: sa.Connection) -> None:
    tell(connection, coordination.CONTRACT, district("D1", "太田"), district("D2", "牟礼"))
    tell(connection, requests.CONTRACT, ("organisation-O1", ORGANISATION_KNOWN), confirmed(), confirmed(SECOND))
    tell(connection, billing.CONTRACT, assessed(PAID), granted(25_000))
    tell(connection, points.CONTRACT, earned(2), earned(1, "salon", "A1"))
    assert by(connection, "month") == [("2016-10", "2016-10", 1, 25_500, 3), ("2016-11", "2016-11", 1, 0, 0)]
    assert by(connection, "organisation_id") == [("O1", "太田コミュニティ協議会", 2, 25_500, 2)]
    assert by(connection, "district_id") == [
        ("", "", 1, 0, 0),
        ("D1", "太田", 0, 25_000, 0),
        ("D2", "牟礼", 1, 500, 2),
    ]


def test_an_organisation_is_shown_under_its_corrected_name(connection: sa.Connection) -> None:
    right = replace(ORGANISATION, name="太田南コミュニティ協議会")
    corrected = OrganisationCorrected(organisation=right, was=ORGANISATION, reason_ref=REASON_REF)
    tell(connection, requests.CONTRACT, ("organisation-O1", ORGANISATION_KNOWN), ("organisation-O1", corrected))
    assert queries.organisation_names(connection, TAKAMATSU) == {"O1": "太田南コミュニティ協議会"}


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (VisitFilter(), ["V2", "V1"]),
        (VisitFilter(month="2016-10"), ["V1"]),
        (VisitFilter(organisation_id="O9"), []),
        (VisitFilter(status="confirmed", reason="paid"), ["V1"]),
        (VisitFilter(text="2"), ["V2"]),
        (VisitFilter(text="%"), []),
    ],
)
def test_visits_are_listed_latest_first_and_narrowed(
    connection: sa.Connection, only: VisitFilter, expected: Sequence[str]
) -> None:
    tell(connection, requests.CONTRACT, confirmed(), confirmed(SECOND))
    tell(connection, billing.CONTRACT, assessed(PAID))
    rows = queries.list_visits(connection, TAKAMATSU, only, None, 10)
    assert [row.visit_id for row in rows] == expected


def test_a_list_goes_on_behind_its_last_row(connection: sa.Connection) -> None:
    tell(connection, requests.CONTRACT, *[confirmed(visit_facts(visit_id=f"V{number}")) for number in range(5)])
    first = queries.list_visits(connection, TAKAMATSU, VisitFilter(), None, 2)
    last = first[-1]
    rest = queries.list_visits(connection, TAKAMATSU, VisitFilter(), (last.served_on, last.visit_id), 10)
    assert [row.visit_id for row in (*first, *rest)] == ["V4", "V3", "V2", "V1", "V0"]


def test_the_last_events_are_kept_and_old_ones_make_room(connection: sa.Connection) -> None:
    many = [confirmed(visit_facts(visit_id=f"V{number:04d}")) for number in range(views.RECENT_SLOTS + 10)]
    tell(connection, requests.CONTRACT, *many)
    rows = queries.list_recent(connection, TAKAMATSU, 1_000)
    assert len(rows) == views.RECENT_SLOTS
    assert [row.visit_id for row in rows[:2]] == ["V0265", "V0264"]


def test_a_voided_visit_is_among_the_last_events(connection: sa.Connection) -> None:
    tell(connection, requests.CONTRACT, confirmed(), ("visit-V1", VisitVoided(was=VISIT, reason_ref=REASON_REF)))
    assert [(row.type, row.status) for row in queries.list_recent(connection, TAKAMATSU, 5)] == [
        (VisitVoided.TYPE, "void"),
        ("yui.requests.visit_confirmed.v1", "void"),
    ]


def test_nothing_recorded_is_no_month_and_no_figures(connection: sa.Connection) -> None:
    assert queries.latest_month(connection, TAKAMATSU) is None
    assert queries.served_span(connection, TAKAMATSU) is None
    assert by(connection, "month") == []
    assert total(connection) == {}


def test_the_span_reaches_from_the_first_to_the_last_visit(connection: sa.Connection) -> None:
    tell(connection, requests.CONTRACT, confirmed(), confirmed(SECOND))
    assert queries.served_span(connection, TAKAMATSU) == ("2016-10", "2016-11")
    assert queries.latest_month(connection, TAKAMATSU) == "2016-11"
