"""After an enactment the accounts are decided anew, stretch by stretch, wherever the batches of a consumer end."""

from datetime import date

import pytest

from services.points import lookups
from services.points.commands import AdvanceSweep, ReassessAccount
from services.points.events import CONTRACT, PointRulesEnacted, PointsAssessed, PointSweepAdvanced
from shared.kernel.messages import Fact
from tests.projecting import events_of
from tests.sweeping import asked

LABEL = "town@2015-04-01"
ENACTED = ("rules", PointRulesEnacted(rules_id="town", effective_from=date(2015, 4, 1), document={}))


def assessed(number: int) -> tuple[str, Fact]:
    person = f"p{number:03}"
    fact = PointsAssessed(person=person, earning=None, void=False, withdrawn="salon:A1", entries=())
    return f"account-{person}", fact


def advanced(number: int) -> tuple[str, Fact]:
    return "sweep", PointSweepAdvanced(rules=LABEL, after=f"p{number:03}", done=number + 1, finished=False)


def sweep(*facts: tuple[str, Fact], batch: int = 1_000) -> list[tuple[int, object]]:
    return asked(lookups.when_rules_enacted_sweep, lookups.metadata, events_of(CONTRACT, facts), batch)


def test_what_opens_after_the_enactment_is_not_swept_although_it_is_in_the_same_batch() -> None:
    assert sweep(assessed(1), ENACTED, assessed(2)) == [
        (2, ReassessAccount("p001", LABEL)),
        (2, AdvanceSweep(LABEL, "p001", 1, True)),
    ]


@pytest.mark.parametrize("batch", [1, 7])
def test_where_a_batch_ends_does_not_matter(batch: int) -> None:
    facts = [
        *[assessed(number) for number in range(190)],
        ENACTED,
        *[assessed(number) for number in range(185, 220)],
        advanced(180),
        *[assessed(number) for number in range(220, 250)],
        advanced(205),
        assessed(999),
    ]
    assert sweep(*facts, batch=batch) == sweep(*facts)
