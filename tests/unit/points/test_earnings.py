"""From visits and activities to earnings, and from their corrections to commands."""

from datetime import date

import pytest
from msgspec.structs import replace

from services.points.commands import AssessEarning, WithdrawEarning
from services.points.earnings import assess, earnings_of_activity, earnings_of_visit, moved
from services.points.events import Earning
from shared.kernel.contracts.requests import HelperOnDay, Service
from tests.controls import ACTIVITY, HELPER, HELPER_AGES, SERVED_ON, USER, USER_AGES, VISIT
from tests.unit.points.schemes_and_earnings import Ledger, document, enact

SECOND_HELPER = "0192a000-0000-7000-8000-0000000000b2"
SECOND = HelperOnDay(person=SECOND_HELPER, registered=True, trained=True, relative=False, ages=None)
VISIT_OF_TWO = replace(VISIT, helpers=(*VISIT.helpers, SECOND))


def of_visit(kind: str) -> Earning:
    return Earning(
        activity_id="V1",
        kind=kind,
        done_on=SERVED_ON,
        started_at="10:00",
        minutes=60,
        outcome="done",
        group_id=None,
        ages=USER_AGES if kind.endswith("user") else HELPER_AGES,
    )


@pytest.mark.parametrize("service", ["visit", "day"])
def test_the_user_and_every_helper_of_a_visit_have_a_share(service: Service) -> None:
    assert earnings_of_visit(replace(VISIT_OF_TWO, service=service)) == [
        (USER, of_visit(f"{service}_user")),
        (HELPER, of_visit(f"{service}_helper")),
        (SECOND_HELPER, replace(of_visit(f"{service}_helper"), ages=None)),
    ]


def test_whoever_takes_part_in_an_activity_has_a_share() -> None:
    expected = Earning(
        activity_id="A1",
        kind="salon",
        done_on=SERVED_ON,
        started_at="13:00",
        minutes=90,
        outcome="done",
        group_id="G1",
        ages=HELPER_AGES,
    )

    assert earnings_of_activity(replace(ACTIVITY, group_id="G1")) == [(HELPER, expected)]


@pytest.mark.parametrize(
    ("written", "kind"), [("visit_helper", "activity_visit_helper"), ("朝:体操", "朝：体操"), ("参加", "参加")]
)
def test_a_kind_is_never_taken_for_a_visit_nor_for_a_place(written: str, kind: str) -> None:
    ((_, earned),) = earnings_of_activity(replace(ACTIVITY, kind=written))

    assert earned.kind == kind


def test_what_becomes_known_is_assessed() -> None:
    assert assess(VISIT, void=False) == [
        AssessEarning(USER, of_visit("visit_user"), False),
        AssessEarning(HELPER, of_visit("visit_helper"), False),
    ]


def test_what_turns_out_not_to_count_is_assessed_as_void() -> None:
    assert [command.void for command in assess(ACTIVITY, void=True) if isinstance(command, AssessEarning)] == [True]


def test_another_date_is_decided_where_the_earning_is() -> None:
    now = replace(VISIT, served_on=date(2016, 10, 4))

    assert moved(VISIT, now) == assess(now, void=False)


def test_a_visit_leaves_the_accounts_of_those_who_have_no_share_any_more() -> None:
    now = replace(VISIT, helpers=(SECOND,))

    assert moved(VISIT, now) == [WithdrawEarning(HELPER, "visit_helper", "V1"), *assess(now, void=False)]


def test_a_visit_of_another_service_leaves_its_kind() -> None:
    now = replace(VISIT, service="day")

    assert moved(VISIT, now) == [
        WithdrawEarning(USER, "visit_user", "V1"),
        WithdrawEarning(HELPER, "visit_helper", "V1"),
        *assess(now, void=False),
    ]


def test_an_activity_moves_to_the_person_who_did_it() -> None:
    now = replace(ACTIVITY, person=USER)

    assert moved(ACTIVITY, now) == [WithdrawEarning(HELPER, "salon", "A1"), *assess(now, void=False)]


def test_after_a_move_the_points_stand_with_the_other_person_alone() -> None:
    now = replace(ACTIVITY, person=USER, kind="朝:体操")
    was = replace(ACTIVITY, kind="朝:体操")
    scheme = document(words={"朝：体操": "salon"})
    ledger = Ledger().handle(enact(scheme), *assess(was, void=False), *moved(was, now))

    assert (ledger.earned(HELPER), ledger.earned(USER)) == ({}, {"A1": 1})
