"""The account list: balances, what is carried, what can be exchanged."""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.points.commands import ReassessAccount
from services.points.statement import account_list
from tests.unit.points.schemes_and_earnings import (
    OTHER_PERSON,
    PERSON,
    Command,
    Ledger,
    assess,
    document,
    earning,
    enact,
)

STEPS = {"step_points": 10, "yen": 500, "max_yen": None}
ROW = {
    "person_id": PERSON,
    "point_year": "2016",
    "earned": 0,
    "unearned": [],
    "carried_in": 0,
    "redeemed": 0,
    "carried_out": 0,
    "expired": 0,
    "balance": 0,
    "redeemable_points": 0,
    "redeemable_yen": 0,
}
NUMBERS = [name for name, value in ROW.items() if value == 0]


def statement(ledger: Ledger, on: date) -> dict[str, Any]:
    people = [PERSON, OTHER_PERSON]
    return account_list({person: ledger.entries(person).values() for person in people}, on, ledger.state("rules").book)


def rows(ledger: Ledger, on: date) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = statement(ledger, on)["accounts"]
    return found


def done(count: int, first: date, name: str = "A") -> Iterable[Command]:
    return [assess(earning(f"{name}{number:02}", first + timedelta(days=number))) for number in range(count)]


def test_nothing_has_happened() -> None:
    assert statement(Ledger(), date(2016, 10, 3)) == {"rules": [], "accounts": []}


def test_a_row_tells_what_was_earned_and_what_was_not() -> None:
    ledger = Ledger().handle(
        enact(document(caps_day=1)),
        assess(earning("A2", outcome="no_show")),
        assess(earning("A1", kind="dance")),
        assess(earning("A9")),
        assess(earning("A1", started_at="11:00")),
    )

    assert statement(ledger, date(2016, 10, 3)) == {
        "rules": ["town@2015-04-01"],
        "accounts": [
            ROW
            | {
                "earned": 1,
                "balance": 1,
                "unearned": [
                    {"activity_id": "A1", "points": 0, "reason": "no_rate"},
                    {"activity_id": "A1", "points": 1, "reason": "over_cap"},
                    {"activity_id": "A2", "points": 0, "reason": "not_done"},
                ],
            }
        ],
    }


def test_what_was_done_later_does_not_show_yet() -> None:
    ledger = Ledger().handle(enact(document()), assess(earning()))

    assert rows(ledger, date(2016, 10, 2)) == []


def test_a_scheme_of_the_future_does_not_show_yet() -> None:
    ledger = Ledger().handle(enact(document()), enact(document("town-2017", date(2017, 4, 1))))

    assert statement(ledger, date(2017, 3, 31))["rules"] == ["town@2015-04-01"]
    assert statement(ledger, date(2017, 4, 1))["rules"] == ["town@2015-04-01", "town-2017@2017-04-01"]


def test_without_a_scheme_everything_is_listed_as_without_a_rule() -> None:
    unearned = [{"activity_id": "A1", "points": 0, "reason": "no_rule"}]

    assert rows(Ledger().handle(assess(earning())), date(2017, 4, 1)) == [ROW | {"unearned": unearned}]


def test_rows_are_sorted_by_person_and_point_year() -> None:
    ledger = Ledger().handle(
        enact(document()),
        assess(earning("A1", date(2017, 5, 1)), person=OTHER_PERSON),
        assess(earning("A2", date(2017, 4, 1))),
        assess(earning("A3", date(2016, 4, 1))),
    )

    assert [(row["person_id"], row["point_year"]) for row in rows(ledger, date(2017, 5, 1))] == [
        (PERSON, "2016"),
        (PERSON, "2017"),
        (OTHER_PERSON, "2017"),
    ]


def test_everything_is_carried_from_year_to_year_also_through_quiet_ones() -> None:
    ledger = Ledger().handle(
        enact(document(carry_over="all")), *done(3, date(2015, 5, 1)), *done(2, date(2018, 5, 1), "B")
    )

    assert [[row[name] for name in NUMBERS] for row in rows(ledger, date(2018, 12, 31))] == [
        [3, 0, 0, 3, 0, 0, 0, 0],
        [0, 3, 0, 3, 0, 0, 0, 0],
        [0, 3, 0, 3, 0, 0, 0, 0],
        [2, 3, 0, 0, 0, 5, 0, 0],
    ]


def test_nothing_is_carried_before_the_year_is_over() -> None:
    ledger = Ledger().handle(enact(document(carry_over="all")), *done(3, date(2016, 5, 1)))

    assert [row["balance"] for row in rows(ledger, date(2017, 3, 31))] == [3]
    assert [row["balance"] for row in rows(ledger, date(2017, 4, 1))] == [0, 3]


def test_where_nothing_is_carried_the_points_stay_in_their_year() -> None:
    ledger = Ledger().handle(enact(document(carry_over="none", exchange=STEPS)), *done(12, date(2016, 5, 1)))

    assert rows(ledger, date(2017, 4, 1)) == [
        ROW | {"earned": 12, "balance": 12, "redeemable_points": 10, "redeemable_yen": 500}
    ]


@pytest.mark.parametrize(("points", "carried"), [(4, 4), (5, 0)])
def test_a_balance_below_the_limit_is_carried_whole(points: int, carried: int) -> None:
    ledger = Ledger().handle(enact(document(carry_over={"below": 5})), *done(points, date(2016, 5, 1)))

    first, *following = rows(ledger, date(2017, 4, 1))

    assert (first["carried_out"], first["balance"]) == (carried, points - carried)
    assert [row["carried_in"] for row in following] == [carried] * bool(carried)


@pytest.mark.parametrize(
    ("points", "max_yen", "redeemable"),
    [(9, None, (0, 0)), (10, None, (10, 500)), (29, None, (20, 1000)), (29, 999, (10, 500)), (29, 400, (0, 0))],
)
def test_points_are_exchanged_in_full_steps_up_to_the_maximum(
    points: int, max_yen: int | None, redeemable: tuple[int, int]
) -> None:
    scheme = document(exchange={"step_points": 10, "yen": 500, "max_yen": max_yen})
    (row,) = rows(Ledger().handle(enact(scheme), *done(points, date(2016, 5, 1))), date(2016, 12, 31))

    assert (row["redeemable_points"], row["redeemable_yen"]) == redeemable


def test_a_year_is_settled_by_the_scheme_in_force_at_its_end() -> None:
    ledger = Ledger().handle(
        enact(document(carry_over="none")),
        enact(document("town-2017", date(2017, 2, 1), carry_over="all", exchange=STEPS)),
        *done(12, date(2016, 5, 1)),
    )

    assert [row["redeemable_points"] for row in rows(ledger, date(2017, 1, 31))] == [0]
    assert [row["redeemable_points"] for row in rows(ledger, date(2017, 2, 1))] == [10]
    assert [row["carried_out"] for row in rows(ledger, date(2017, 4, 1))] == [12, 0]


def test_a_year_in_which_the_scheme_ended_is_settled_by_the_last_one() -> None:
    ended = document(until=date(2016, 12, 31), carry_over="all", exchange=STEPS)
    ledger = Ledger().handle(enact(ended), *done(12, date(2016, 5, 1)))

    first, second = rows(ledger, date(2017, 4, 1))

    assert (first["carried_out"], second["carried_in"], second["redeemable_points"]) == (12, 12, 0)


def test_another_start_of_the_point_year_ends_the_running_one() -> None:
    ledger = Ledger().handle(
        enact(document(carry_over="all")),
        enact(document("town-2017", date(2017, 9, 1), starts_month=9, carry_over="all")),
        *done(1, date(2016, 12, 1)),
        *done(2, date(2017, 5, 1), "B"),
        *done(3, date(2017, 9, 1), "C"),
    )

    assert [(row["point_year"], row["earned"], row["carried_in"]) for row in rows(ledger, date(2017, 9, 30))] == [
        ("2016", 1, 0),
        ("2017", 2, 1),
        ("2017-09", 3, 3),
    ]


DAYS = st.dates(date(2015, 4, 1), date(2019, 3, 31))
CARRIED = st.sampled_from(["all", "none", {"below": 3}])


@given(st.lists(DAYS, max_size=20), CARRIED, CARRIED, st.sampled_from([4, 9]), DAYS)
def test_every_row_adds_up_and_what_one_year_carries_out_the_next_carries_in(
    days: list[date], before: Any, after: Any, starts_month: int, on: date
) -> None:
    ledger = Ledger().handle(
        *[assess(earning(f"A{number:02}", day)) for number, day in enumerate(days)],
        enact(document(carry_over=before, exchange=STEPS, caps_point_year=12)),
        enact(document("later", date(2017, 9, 1), carry_over=after, starts_month=starts_month)),
        ReassessAccount(PERSON, "town@2015-04-01"),
    )
    found = rows(ledger, on)

    assert sum(row["earned"] for row in found) == sum(
        entry.earned_points for entry in ledger.entries().values() if entry.done_on <= on
    )
    for row, following in zip_longest(found, found[1:]):
        assert (
            row["carried_in"] + row["earned"] == row["redeemed"] + row["carried_out"] + row["expired"] + row["balance"]
        )
        assert min(row[name] for name in NUMBERS) >= 0
        assert row["redeemable_points"] <= row["balance"]
        assert row["carried_out"] == (following["carried_in"] if following and row["carried_out"] else 0)
