"""The assessment of files, with no store: what an import into an empty register would come to."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.billing.simulate import RefusedRow, Simulation, simulate
from shared.kernel.csv_reading import BadRow
from shared.kernel.dates import Month
from shared.kernel.kinds import OrganisationRow, PersonRow, VisitRow
from tests.controls import HELPER_ROW, ORGANISATION_ROW, USER_ROW, VISIT_ROW
from tests.unit.billing.visits_and_rules import TAKAMATSU, WORKED_DAYS

OCTOBER = Month(2016, 10)
MARCH = Month(2017, 3)
AnyRow = OrganisationRow | PersonRow | VisitRow


def visit_row(visit_id: str = "V1", **changed: Any) -> VisitRow:
    return replace(VISIT_ROW, visit_id=visit_id, **changed)


WORKED_ROWS = [visit_row(f"V{day:02d}", served_on=date(2016, 10, day)) for day in WORKED_DAYS]
REGISTER = [USER_ROW, HELPER_ROW]


def lines(rows: Sequence[Any] | None) -> list[Any] | None:
    """Rows as lines of a file; its header is the first."""
    if rows is None:
        return None
    return [row if isinstance(row, BadRow) else (line, row) for line, row in enumerate(rows, start=2)]


def simulated(
    visits: Sequence[Any],
    organisations: Sequence[Any] | None = None,
    people: Sequence[Any] | None = None,
    through: Month | None = MARCH,
) -> Simulation:
    return simulate(TAKAMATSU, lines(visits) or [], lines(organisations), lines(people), through)


def yen(simulation: Simulation) -> dict[str, int]:
    return {row["visit_id"]: row["subsidy_yen"] for row in simulation.document["visits"]}


def reasons(simulation: Simulation) -> dict[str, str]:
    return {row["visit_id"]: row["reason"] for row in simulation.document["visits"]}


def refusals(simulation: Simulation) -> list[tuple[str, int, str]]:
    return [(refused.file, refused.row.line, refused.row.column) for refused in simulation.refused]


def test_the_worked_case_from_a_file() -> None:
    found = simulated(WORKED_ROWS)
    assert list(yen(found).values()) == [500, 500, 500, 500, 500, 0, 0]
    assert (found.document["total_yen"], found.refused) == (2_500, [])
    assert found.document["visits"][0]["user_id"] == "U1"


@given(st.permutations(WORKED_ROWS * 2))
def test_the_order_of_a_file_and_doubled_lines_do_not_matter(rows: list[VisitRow]) -> None:
    assert simulated(rows) == simulated(WORKED_ROWS)


def test_without_a_file_of_people_everyone_is_eligible_and_trained() -> None:
    assert reasons(simulated([visit_row(user_id="nobody", helper_ids=("nowhere",))])) == {"V1": "paid"}


def test_with_a_file_of_people_the_standing_on_the_day_counts() -> None:
    ineligible = replace(USER_ROW, care_level="care1", care_from=date(2016, 10, 15))
    late = replace(HELPER_ROW, person_id="H2", trained_on=date(2016, 10, 20))
    found = simulated(
        [
            visit_row("V1", served_on=date(2016, 10, 14)),
            visit_row("V2", served_on=date(2016, 10, 15)),
            visit_row("V3", helper_ids=("H1", "H2")),
            visit_row("V4", helper_ids=("H3",)),
        ],
        people=[*REGISTER, ineligible, late, replace(HELPER_ROW, person_id="H3", relatives=("U1",))],
    )
    assert reasons(found) == {"V1": "paid", "V2": "not_eligible", "V3": "helper_not_trained", "V4": "relative"}


def test_organisations_bring_base_and_start_up_through_the_last_month() -> None:
    found = simulated(WORKED_ROWS, [ORGANISATION_ROW], through=Month(2016, 11))
    totals = [(row["month"], row["service"], row["total_yen"]) for row in found.document["months"]]
    assert totals == [
        ("2016-10", "day", 225_000),
        ("2016-10", "visit", 227_500),
        ("2016-11", "day", 25_000),
        ("2016-11", "visit", 25_000),
    ]


def test_without_organisations_there_is_no_base() -> None:
    assert [row["base_yen"] for row in simulated(WORKED_ROWS).document["months"]] == [0]


def test_visits_after_the_last_month_are_left_out() -> None:
    rows = [visit_row("V1", served_on=date(2016, 10, 31)), visit_row("V2", served_on=date(2016, 11, 1))]
    assert list(yen(simulated(rows, through=OCTOBER))) == ["V1"]
    assert list(yen(simulated(rows, through=None))) == ["V1", "V2"]


def test_a_japanese_menu_and_its_ids_are_the_same_row() -> None:
    found = simulated([visit_row(menu=("ゴミ出し",)), visit_row(menu=("rubbish",))])
    assert (len(found.document["visits"]), found.refused) == (1, [])


# ------------------------------------------------------------------------------------------ refused rows


def test_a_line_that_could_not_be_read_is_handed_on() -> None:
    bad = BadRow(2, "minutes", "分数「-5」は分数として読めません。")
    found = simulated([bad, *WORKED_ROWS])
    assert found.refused == [RefusedRow("visits", bad)]
    assert found.document["total_yen"] == 2_500


def test_the_same_number_with_other_content_is_refused_and_the_first_counts() -> None:
    found = simulated([visit_row(), visit_row(minutes=30)])
    assert refusals(found) == [("visits", 3, "visit_id")]
    assert yen(found) == {"V1": 500}


def test_other_content_is_refused_also_beyond_the_last_month() -> None:
    later = visit_row(served_on=date(2016, 12, 1))
    found = simulated([visit_row(), later], through=OCTOBER)
    assert refusals(found) == [("visits", 3, "visit_id")]
    assert refusals(simulated([later, visit_row()], through=OCTOBER)) == [("visits", 3, "visit_id")]


def test_an_organisation_that_is_not_in_its_file_is_refused() -> None:
    found = simulated([visit_row(organisation_id="O9")], [ORGANISATION_ROW])
    assert refusals(found) == [("visits", 2, "organisation_id")]
    assert found.document["visits"] == []


def test_people_who_are_not_in_their_file_are_refused() -> None:
    found = simulated([visit_row(user_id="U9"), visit_row(helper_ids=("H1", "H9"))], people=REGISTER)
    assert refusals(found) == [("visits", 2, "user_id"), ("visits", 3, "helper_ids")]


def test_a_user_cannot_be_the_helper() -> None:
    assert refusals(simulated([visit_row(helper_ids=("U1",))])) == [("visits", 2, "helper_ids")]


def test_a_visit_before_somebody_was_born_is_refused() -> None:
    child = replace(HELPER_ROW, person_id="H2", birth_date=date(2016, 10, 4))
    found = simulated([visit_row(helper_ids=("H1", "H2"))], people=[*REGISTER, child])
    assert refusals(found) == [("visits", 2, "served_on")]


def test_the_birth_date_of_the_latest_row_counts() -> None:
    wrong = replace(USER_ROW, birth_date=date(2017, 1, 1), care_from=date(2016, 3, 1))
    assert refusals(simulated([visit_row()], people=[wrong, *REGISTER])) == []
    assert refusals(simulated([visit_row()], people=[*REGISTER, wrong])) == []


def test_the_same_organisation_again_is_taken_once_and_another_content_is_refused() -> None:
    renamed = replace(ORGANISATION_ROW, name="木太")
    found = simulated([], [ORGANISATION_ROW, ORGANISATION_ROW, renamed], through=OCTOBER)
    assert refusals(found) == [("organisations", 4, "organisation_id")]
    assert found.document["total_yen"] == 450_000


def test_the_same_person_and_day_with_other_content_is_refused_and_the_first_counts() -> None:
    other = replace(USER_ROW, care_level="care1")
    found = simulated([visit_row()], people=[*REGISTER, USER_ROW, other])
    assert refusals(found) == [("people", 5, "person_id")]
    assert reasons(found) == {"V1": "paid"}


def test_unreadable_lines_of_the_other_files_are_handed_on_too() -> None:
    bad = BadRow(2, "birth_date", "生年月日「x」は日付として読めません。")
    found = simulated([visit_row()], [replace(bad, column="name")], [bad])
    assert refusals(found) == [
        ("organisations", 2, "name"),
        ("people", 2, "birth_date"),
        ("visits", 2, "organisation_id"),
    ]
