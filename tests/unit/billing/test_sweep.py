"""After an enactment the user-months are decided anew, stretch by stretch, wherever the batches of a consumer end."""

from datetime import date

import pytest

from services.billing import lookups
from services.billing.commands import AdvanceSweep, ReassessUserMonth
from services.billing.decider import user_month_stream
from services.billing.events import CONTRACT, BillingRulesEnacted, BillingSweepAdvanced, SubsidyAssessed
from shared.adapters.sql_sweep import STRETCH
from shared.kernel.messages import Fact
from tests.projecting import events_of
from tests.sweeping import asked

LABEL = "kaisei@2016-10-10"
ENACTED = ("rules", BillingRulesEnacted(rules_id="kaisei", effective_from=date(2016, 10, 10), document={}))


def assessed(person: int, month: str = "2016-10") -> tuple[str, Fact]:
    user = f"p{person:03}"
    fact = SubsidyAssessed(user=user, month=month, visit=None, void=False, withdrawn=None, assessments=())
    return user_month_stream(user, month), fact


def advanced(person: int, done: int) -> tuple[str, Fact]:
    return "sweep", BillingSweepAdvanced(rules=LABEL, after=f"2016-10/p{person:03}", done=done, finished=False)


def sweep(*facts: tuple[str, Fact], batch: int = 1_000) -> list[tuple[int, object]]:
    events = events_of(CONTRACT, facts)
    return asked(lookups.when_rules_enacted_sweep, lookups.sweep_metadata, events, batch)


def test_a_sweep_goes_through_the_months_of_the_rules() -> None:
    assert sweep(assessed(1, "2016-09"), assessed(2), assessed(1, "2016-11"), ENACTED) == [
        (4, ReassessUserMonth("p002", "2016-10", LABEL)),
        (4, ReassessUserMonth("p001", "2016-11", LABEL)),
        (4, AdvanceSweep(LABEL, "2016-11/p001", 2, True)),
    ]


def test_what_opens_after_the_enactment_is_not_swept_although_it_is_in_the_same_batch() -> None:
    assert sweep(assessed(1), ENACTED, assessed(2)) == [
        (2, ReassessUserMonth("p001", "2016-10", LABEL)),
        (2, AdvanceSweep(LABEL, "2016-10/p001", 1, True)),
    ]


def test_the_next_stretch_begins_after_the_last_one() -> None:
    first = [assessed(person) for person in range(STRETCH + 1)]
    answer = sweep(*first, ENACTED, advanced(STRETCH - 1, STRETCH))
    assert answer[STRETCH] == (STRETCH + 2, AdvanceSweep(LABEL, f"2016-10/p{STRETCH - 1}", STRETCH, False))
    assert answer[STRETCH + 1 :] == [
        (STRETCH + 3, ReassessUserMonth(f"p{STRETCH}", "2016-10", LABEL)),
        (STRETCH + 3, AdvanceSweep(LABEL, f"2016-10/p{STRETCH}", STRETCH + 1, True)),
    ]


@pytest.mark.parametrize("batch", [1, 7])
def test_where_a_batch_ends_does_not_matter(batch: int) -> None:
    later = [assessed(person) for person in range(190, 220)]
    facts = [
        *[assessed(person) for person in range(190)],
        ENACTED,
        *later,
        assessed(3),
        advanced(180, 181),
        *[assessed(person, "2016-12") for person in range(30)],
        advanced(205, 206),
        assessed(999),
    ]
    assert sweep(*facts, batch=batch) == sweep(*facts)
