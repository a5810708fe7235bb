"""What billing does when requests tells of a visit."""

from datetime import date

from services.billing.commands import AssessVisit, WithdrawVisit
from services.billing.policies import (
    when_visit_confirmed_assess,
    when_visit_moved_assess,
    when_visit_voided_assess,
)
from shared.kernel.contracts.requests import VisitConfirmed, VisitCorrected, VisitRestated, VisitVoided
from tests.controls import USER
from tests.unit.billing.visits_and_rules import OTHER_USER, user, visit

WAS = visit()


def test_a_confirmed_visit_is_assessed() -> None:
    assert when_visit_confirmed_assess(VisitConfirmed(visit=WAS)) == [AssessVisit(WAS, void=False)]


def test_a_correction_in_the_same_month_of_the_same_user_is_assessed() -> None:
    now = visit(served_on=date(2016, 10, 31))
    fact = VisitCorrected(visit=now, was=WAS, reason_ref="r")
    assert when_visit_moved_assess(fact) == [AssessVisit(now, void=False)]


def test_a_visit_that_moves_to_another_month_leaves_the_one_it_was_in_first() -> None:
    now = visit(served_on=date(2016, 11, 1))
    fact = VisitCorrected(visit=now, was=WAS, reason_ref="r")
    assert when_visit_moved_assess(fact) == [WithdrawVisit(USER, "2016-10", "V1"), AssessVisit(now, void=False)]


def test_a_visit_that_moves_to_another_user_leaves_the_first_one() -> None:
    now = visit(user=user(OTHER_USER))
    fact = VisitCorrected(visit=now, was=WAS, reason_ref="r")
    assert when_visit_moved_assess(fact) == [WithdrawVisit(USER, "2016-10", "V1"), AssessVisit(now, void=False)]


def test_a_restated_visit_is_assessed() -> None:
    now = visit(user=user(category="other"))
    assert when_visit_moved_assess(VisitRestated(visit=now, was=WAS)) == [AssessVisit(now, void=False)]


def test_a_voided_visit_is_assessed_as_void() -> None:
    assert when_visit_voided_assess(VisitVoided(was=WAS, reason_ref="r")) == [AssessVisit(WAS, void=True)]
