"""An earning leaves an account, because it has moved to another one."""

from datetime import date

import pytest

from services.points.account import EMPTY
from services.points.commands import WithdrawEarning
from services.points.decider import UnknownClaim, evolve_account
from services.points.events import PointEntry, PointsAssessed, PointsReassessed
from tests.unit.points.schemes_and_earnings import (
    PERSON,
    POINTS,
    Ledger,
    assess,
    document,
    earning,
    enact,
    happened,
    said,
)

WITHDRAW = WithdrawEarning(PERSON, "salon", "A1")
SECOND = earning("A2", date(2016, 10, 5))


def withdrawn(*entries: PointEntry) -> PointsAssessed:
    return PointsAssessed(person=PERSON, earning=None, void=False, withdrawn="salon:A1", entries=entries)


def moved_up() -> PointEntry:
    """The second earning, as if it had been alone from the beginning."""
    return Ledger().handle(enact(document(caps_month=1)), assess(SECOND)).entries()["A2", "salon"]


def test_what_is_not_there_cannot_leave() -> None:
    POINTS.given(*happened(enact(document()))).when(WITHDRAW).unchanged()


@pytest.mark.parametrize(("kind", "other"), [("salon", "visit_user"), ("visit_user", "salon")])
def test_only_the_kind_that_is_named_leaves(kind: str, other: str) -> None:
    ledger = Ledger().handle(assess(earning()), assess(earning(kind="visit_user")))
    ledger.decide(WithdrawEarning(PERSON, kind, "A1"))

    assert list(ledger.entries()) == [("A1", other)]


def test_it_leaves_without_touching_others_where_no_cap_was_met() -> None:
    given = POINTS.given(*happened(enact(document(caps_month=2)), assess(earning()), assess(SECOND)))

    given.when(WITHDRAW).then(withdrawn())


def test_it_leaves_without_touching_others_when_it_had_earned_nothing() -> None:
    before = [assess(earning(outcome="no_show")), assess(SECOND), assess(earning("A3", date(2016, 10, 6)))]
    given = POINTS.given(*happened(enact(document(caps_month=1)), *before))

    given.when(WITHDRAW).then(withdrawn())


def test_the_next_one_moves_up_into_its_place_under_a_cap() -> None:
    given = POINTS.given(*happened(enact(document(caps_month=1)), assess(earning()), assess(SECOND)))

    given.when(WITHDRAW).then(withdrawn(moved_up()))


def test_a_newly_enacted_scheme_is_applied_to_those_who_stay() -> None:
    given = POINTS.given(*happened(assess(earning()), assess(SECOND), enact(document(caps_month=1))))

    given.when(WITHDRAW).then(withdrawn(moved_up()))


def test_the_account_is_then_as_if_it_had_never_been_there() -> None:
    ledger = Ledger().handle(enact(document(caps_month=1)), assess(earning()), assess(SECOND), WITHDRAW)

    never_there = Ledger().handle(enact(document(caps_month=1)), assess(SECOND))
    assert said(ledger.state(f"account-{PERSON}")) == said(never_there.state(f"account-{PERSON}"))


def test_a_ledger_that_withdraws_what_it_never_held_is_named() -> None:
    with pytest.raises(UnknownClaim, match="A1"):
        evolve_account(EMPTY, withdrawn())


def test_a_ledger_with_a_result_for_what_it_never_held_is_named() -> None:
    with pytest.raises(UnknownClaim, match="A2"):
        evolve_account(EMPTY, PointsReassessed(person=PERSON, rules="town@2015-04-01", entries=(moved_up(),)))


def test_a_ledger_with_an_earning_that_never_had_a_result_is_named() -> None:
    fact = PointsAssessed(person=PERSON, earning=earning(), void=False, withdrawn=None, entries=())

    with pytest.raises(UnknownClaim, match="A1"):
        evolve_account(EMPTY, fact)
