"""A visit has moved to another user or month and leaves the bucket it was in."""

from datetime import date

from services.billing.commands import WithdrawVisit
from services.billing.events import SubsidyAssessed
from tests.controls import USER
from tests.unit.billing.visits_and_rules import BILLING, MONTH, WORKED_CASE, assess, happened, ledger, visit

WITHDRAW = WithdrawVisit(USER, MONTH, "V05")


def test_the_next_visit_takes_the_place_that_became_free() -> None:
    known = ledger(*[assess(facts) for facts in WORKED_CASE])
    (fact,) = known.decide(WITHDRAW)
    assert isinstance(fact, SubsidyAssessed)
    assert (fact.user, fact.month, fact.visit, fact.void, fact.withdrawn) == (USER, MONTH, None, False, "V05")
    assert known.yen() == {"V03": 500, "V07": 500, "V12": 500, "V14": 500, "V19": 500, "V26": 0}
    assert "V05" not in known.user_month().visits


def test_withdrawing_decides_to_itself_when_replayed() -> None:
    before = happened(*[assess(facts) for facts in WORKED_CASE])
    after = ledger(*[assess(facts) for facts in WORKED_CASE], WITHDRAW).facts
    BILLING.given(*before).when(WITHDRAW).then(after[-1])


def test_the_last_visit_leaves_without_a_trace_in_the_results() -> None:
    only = visit("V05", date(2016, 10, 5))
    BILLING.given(*happened(assess(only))).when(WITHDRAW).then(
        SubsidyAssessed(user=USER, month=MONTH, visit=None, void=False, withdrawn="V05", assessments=())
    )


def test_a_visit_that_is_not_there_changes_nothing() -> None:
    BILLING.given(*happened(assess(visit()))).when(WITHDRAW).unchanged()


def test_a_visit_that_has_left_may_come_back() -> None:
    only = visit("V05", date(2016, 10, 5))
    known = ledger(assess(only), WITHDRAW, assess(only))
    assert known.yen() == {"V05": 500}
