"""The sweep after a backward enactment says how far it has come."""

from services.billing.commands import AdvanceSweep
from services.billing.events import BillingSweepAdvanced
from tests.unit.billing.visits_and_rules import BILLING

HALF = BillingSweepAdvanced(rules="kaisei@2016-10-10", after="2016-10/p200", done=200, finished=False)
WHOLE = BillingSweepAdvanced(rules="kaisei@2016-10-10", after="2016-10/p300", done=300, finished=True)


def advance(fact: BillingSweepAdvanced) -> AdvanceSweep:
    return AdvanceSweep(fact.rules, fact.after, fact.done, fact.finished)


def test_progress_is_recorded() -> None:
    BILLING.given().when(advance(HALF)).then(HALF)


def test_progress_goes_on_from_where_it_was() -> None:
    BILLING.given(HALF).when(advance(WHOLE)).then(WHOLE)


def test_the_same_progress_again_changes_nothing() -> None:
    BILLING.given(HALF).when(advance(HALF)).unchanged()


def test_a_sweep_that_has_finished_stays_so() -> None:
    BILLING.given(HALF, WHOLE).when(advance(HALF)).unchanged()


def test_another_enactment_has_a_sweep_of_its_own() -> None:
    other = BillingSweepAdvanced(rules="kaisei-2@2017-01-01", after="2017-01", done=0, finished=True)
    BILLING.given(HALF, WHOLE).when(advance(other)).then(other)
