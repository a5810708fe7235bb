"""Rules were enacted backwards: the user-months that they speak of are decided anew."""

from datetime import date

from services.billing.commands import ReassessUserMonth
from services.billing.events import SubsidyReassessed
from tests.controls import USER
from tests.unit.billing.visits_and_rules import (
    BILLING,
    MONTH,
    BillingLedger,
    assess,
    document,
    enact,
    happened,
    ledger,
    october,
    visit,
)

NEW = document(rules_id="kaisei", effective_from="2016-10-10", visit__per_visit=600, visit__cap=2)
REASSESS = ReassessUserMonth(USER, MONTH, "kaisei@2016-10-10")


def test_visits_from_the_new_day_on_follow_the_new_rules() -> None:
    known = ledger(*[assess(facts) for facts in october(3, 12, 14)], enact(NEW))
    (fact,) = known.decide(REASSESS)
    assert isinstance(fact, SubsidyReassessed)
    assert fact.rules == "kaisei@2016-10-10"
    assert {(each.visit_id, each.subsidy_yen, each.reason) for each in fact.assessments} == {
        ("V12", 600, "paid"),
        ("V14", 0, "over_cap"),
    }
    assert known.yen() == {"V03": 500, "V12": 600, "V14": 0}


def test_the_recorded_reassessment_decides_to_itself() -> None:
    commands = [*[assess(facts) for facts in october(3, 12, 14)], enact(NEW)]
    after = ledger(*commands, REASSESS).facts
    BILLING.given(*happened(*commands)).when(REASSESS).then(after[-1])


def test_a_month_that_comes_out_as_it_was_changes_nothing() -> None:
    BILLING.given(*happened(assess(visit()), enact(NEW))).when(REASSESS).unchanged()


def test_a_month_without_visits_changes_nothing() -> None:
    BILLING.given(*happened()).when(REASSESS).unchanged()


def test_visits_known_before_any_rule_are_paid_once_it_is_enacted() -> None:
    known = BillingLedger().handle(assess(visit()))
    assert known.reasons() == {"V1": "no_rule"}
    known.handle(enact(), ReassessUserMonth(USER, MONTH, "takamatsu-2016@2016-10-01"))
    assert known.reasons() == {"V1": "paid"}


def test_a_visit_that_arrives_before_the_sweep_is_decided_by_the_new_rules_at_once() -> None:
    known = ledger(assess(visit("V12", date(2016, 10, 12))), enact(NEW))
    known.handle(assess(visit("V14", date(2016, 10, 14))))
    assert known.yen() == {"V12": 600, "V14": 600}
    assert known.decide(REASSESS) == []
