"""The account list of files, with no store."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.points.earnings import assess
from services.points.simulate import RefusedRow, Simulation, simulate
from services.points.statement import account_list
from shared.kernel.ages import ages_on
from shared.kernel.contracts.requests import ActivityFacts, HelperOnDay, UserOnDay, VisitFacts
from shared.kernel.csv_reading import BadRow
from shared.kernel.kinds import ActivityRow, PersonRow, VisitRow
from tests.controls import ACTIVITY, ACTIVITY_ROW, HELPER_ROW, USER_ROW, VISIT, VISIT_ROW
from tests.unit.points.schemes_and_earnings import Ledger, kosaka, kosaka_rules

KOSAKA_RULES = kosaka_rules()
CLUB = replace(ACTIVITY_ROW, kind="参加")
PEOPLE = [USER_ROW, HELPER_ROW]
BIRTHS = {row.person_id: row.birth_date for row in PEOPLE}
YEAR_END = date(2017, 3, 31)


def run(
    activities: list[ActivityRow] | None = None,
    visits: list[VisitRow] | None = None,
    people: list[PersonRow] | None = None,
    through: date = YEAR_END,
) -> Simulation:
    """The rows in files with a header: the first row is on line 2."""
    return simulate(
        KOSAKA_RULES,
        list(enumerate(activities or [], start=2)),
        list(enumerate(PEOPLE if people is None else people, start=2)),
        list(enumerate(visits or [], start=2)),
        through,
    )


def earned(simulation: Simulation) -> dict[str, int]:
    return {row["person_id"]: row["earned"] for row in simulation.accounts["accounts"]}


def refused(simulation: Simulation) -> list[tuple[Any, ...]]:
    return [(file, row.line, row.column) for file, row in simulation.refused]


def test_empty_files_make_an_empty_list() -> None:
    assert run() == Simulation({"rules": ["kosaka-2015@2015-04-01"], "accounts": []}, [])


def test_participants_and_helpers_both_earn_also_for_service_b() -> None:
    simulation = run([CLUB], [VISIT_ROW])

    assert earned(simulation) == {"U1": 1, "H1": 2}
    assert simulation.refused == []


def test_under_65_on_the_day_is_listed_with_its_reason() -> None:
    young = replace(HELPER_ROW, birth_date=date(1951, 10, 4))
    (row,) = run([CLUB], people=[young]).accounts["accounts"]

    assert (row["earned"], row["unearned"]) == (0, [{"activity_id": "A1", "points": 1, "reason": "under_age"}])


def test_the_hundred_and_first_stamp_of_a_year_is_over_the_cap() -> None:
    stamps = [replace(CLUB, activity_id=f"A{number:03}") for number in range(101)]
    (row,) = run(stamps).accounts["accounts"]

    assert (row["balance"], row["redeemable_points"], row["redeemable_yen"]) == (100, 100, 5000)
    assert row["unearned"] == [{"activity_id": "A100", "points": 1, "reason": "over_cap"}]


def test_what_lies_behind_the_day_asked_for_does_not_show() -> None:
    assert run([CLUB], through=date(2016, 10, 2)).accounts["accounts"] == []


def test_the_same_row_twice_counts_once() -> None:
    simulation = run([CLUB, CLUB], [VISIT_ROW, VISIT_ROW], [*PEOPLE, USER_ROW])

    assert (earned(simulation), simulation.refused) == ({"U1": 1, "H1": 2}, [])


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"user_id": "X"}, "user_id"),
        ({"helper_ids": ("H1", "X")}, "helper_ids"),
        ({"helper_ids": ("U1",)}, "helper_ids"),
    ],
)
def test_a_visit_of_unknown_people_or_of_the_user_alone_is_named_with_its_line(
    changed: dict[str, Any], column: str
) -> None:
    simulation = run([CLUB], [replace(VISIT_ROW, visit_id="V0", **changed), VISIT_ROW])

    assert refused(simulation) == [("visits", 2, column)]
    assert earned(simulation) == {"U1": 1, "H1": 2}


def test_an_activity_of_an_unknown_person_is_named_with_its_line() -> None:
    simulation = run([CLUB, replace(CLUB, activity_id="A2", person_id="X")])

    assert simulation.refused == [
        RefusedRow(
            "activities",
            BadRow(3, "person_id", "対象者番号「X」は対象者のファイルにありません。先に登録してください。"),
        )
    ]


def test_a_day_before_birth_is_named_with_its_line() -> None:
    assert refused(
        run([replace(CLUB, done_on=date(1950, 1, 31))], [replace(VISIT_ROW, served_on=date(1930, 1, 1))])
    ) == [
        ("activities", 2, "done_on"),
        ("visits", 2, "served_on"),
    ]


def test_the_same_number_with_other_content_is_named_with_its_line() -> None:
    simulation = run(
        [CLUB, replace(CLUB, minutes=10)],
        [VISIT_ROW, replace(VISIT_ROW, minutes=10)],
        [*PEOPLE, replace(USER_ROW, birth_date=date(2000, 1, 1))],
    )

    assert refused(simulation) == [
        ("people", 4, "person_id"),
        ("activities", 3, "activity_id"),
        ("visits", 3, "visit_id"),
    ]
    assert earned(simulation) == {"U1": 1, "H1": 2}


@pytest.mark.parametrize("order", [1, -1])
def test_the_row_of_a_person_with_the_latest_care_from_holds_wherever_it_stands(order: int) -> None:
    later = replace(USER_ROW, care_from=date(2017, 1, 1), birth_date=date(2000, 1, 1))

    assert earned(run(visits=[VISIT_ROW], people=[*PEOPLE, later][::order])) == {"U1": 0, "H1": 1}


def test_a_japanese_menu_and_its_ids_are_the_same_row() -> None:
    simulation = run(visits=[replace(VISIT_ROW, menu=("調理",)), replace(VISIT_ROW, menu=("cooking",))])

    assert (earned(simulation), simulation.refused) == ({"U1": 1, "H1": 1}, [])


def test_rows_that_could_not_be_read_are_handed_on() -> None:
    bad = BadRow(7, "minutes", "分数「-5」は使えません。")

    assert simulate(KOSAKA_RULES, [bad], [bad], [bad], YEAR_END).refused == [
        RefusedRow("people", bad),
        RefusedRow("activities", bad),
        RefusedRow("visits", bad),
    ]


VISITS = st.lists(
    st.builds(
        lambda number, day, start: replace(VISIT_ROW, visit_id=f"V{number}", served_on=day, started_at=start),
        st.integers(1, 30),
        st.dates(date(2016, 9, 1), date(2017, 5, 31)),
        st.sampled_from(["09:00", "10:00"]),
    ),
    max_size=20,
    unique_by=lambda row: row.visit_id,
)
ACTIVITIES = st.lists(
    st.builds(
        lambda number, day, start: replace(CLUB, activity_id=f"A{number}", done_on=day, started_at=start),
        st.integers(1, 30),
        st.dates(date(2016, 9, 1), date(2017, 5, 31)),
        st.sampled_from([None, "09:00"]),
    ),
    max_size=20,
    unique_by=lambda row: row.activity_id,
)


def visit_facts(row: VisitRow) -> VisitFacts:
    ages = {person: ages_on(born, row.served_on) for person, born in BIRTHS.items()}
    helpers = tuple(
        HelperOnDay(person=helper, registered=True, trained=True, relative=False, ages=ages[helper])
        for helper in row.helper_ids
    )
    return replace(
        VISIT,
        visit_id=row.visit_id,
        served_on=row.served_on,
        started_at=row.started_at,
        user=UserOnDay(person=row.user_id, category="support1", ages=ages[row.user_id]),
        helpers=helpers,
    )


def activity_facts(row: ActivityRow) -> ActivityFacts:
    return replace(
        ACTIVITY,
        activity_id=row.activity_id,
        person=row.person_id,
        kind=row.kind,
        done_on=row.done_on,
        started_at=row.started_at,
        ages=ages_on(BIRTHS[row.person_id], row.done_on),
    )


@given(VISITS, ACTIVITIES, st.data())
def test_a_simulation_is_what_the_ledger_says_whatever_the_order(
    visits: list[VisitRow], activities: list[ActivityRow], data: st.DataObject
) -> None:
    facts: list[VisitFacts | ActivityFacts] = [*map(visit_facts, visits), *map(activity_facts, activities)]
    ledger = Ledger().handle(kosaka())
    for fact in data.draw(st.permutations(facts)):
        ledger.handle(*assess(fact, void=False))
    entries = {person: ledger.entries(person).values() for person in BIRTHS}

    assert run(activities, visits).accounts == account_list(entries, YEAR_END, ledger.state("rules").book)
