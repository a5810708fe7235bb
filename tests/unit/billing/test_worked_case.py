"""The worked case, checked by hand: one user, seven done visits in October 2016 over two organisations."""

from hypothesis import given
from hypothesis import strategies as st

from services.billing.statement import assessment_document
from shared.kernel.contracts.requests import VisitFacts
from tests.unit.billing.visits_and_rules import WORKED_CASE, BillingLedger, assess, ledger

FIRST_FIVE = {"V03": 500, "V05": 500, "V07": 500, "V12": 500, "V14": 500, "V19": 0, "V26": 0}
AFTER_THE_VOID = {"V03": 500, "V05": 0, "V07": 500, "V12": 500, "V14": 500, "V19": 500, "V26": 0}


def arrived(visits: list[VisitFacts]) -> BillingLedger:
    return ledger(*[assess(facts) for facts in visits])


def test_the_first_five_pay_five_hundred_and_two_are_over_the_cap() -> None:
    known = arrived(WORKED_CASE)
    assert known.yen() == FIRST_FIVE
    assert known.reasons() == {visit_id: "paid" if yen else "over_cap" for visit_id, yen in FIRST_FIVE.items()}


def test_each_organisation_gets_what_its_own_visits_earned() -> None:
    months = assessment_document([("U1", row) for row in arrived(WORKED_CASE).results().values()], [])["months"]
    assert {row["organisation_id"]: (row["visits_done"], row["per_visit_yen"]) for row in months} == {
        "O1": (4, 1_500),
        "O2": (3, 1_000),
    }


def test_when_the_second_is_voided_the_sixth_is_paid_and_the_total_stays() -> None:
    known = arrived(WORKED_CASE).handle(assess(WORKED_CASE[1], void=True))
    assert known.yen() == AFTER_THE_VOID
    assert sum(known.yen().values()) == sum(FIRST_FIVE.values()) == 2_500


@given(st.permutations(WORKED_CASE * 2))
def test_in_any_order_and_each_sent_twice_the_yen_are_the_same(arrivals: list[VisitFacts]) -> None:
    known = arrived(arrivals)
    assert known.yen() == FIRST_FIVE
    assert len(known.facts) == 1 + len(WORKED_CASE)


@given(st.permutations([*WORKED_CASE, None]))
def test_a_void_may_come_as_early_as_its_visit(arrivals: list[VisitFacts | None]) -> None:
    voided = WORKED_CASE[1]
    known = ledger()
    for each in arrivals:
        known.handle(assess(each) if each else assess(voided, void=True))
        if each == voided:
            known.handle(assess(voided, void=True))
    assert known.yen() == AFTER_THE_VOID
