"""Whatever the order in which life becomes known, the final yen are those of one direct assessment (decision 6)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from services.billing.commands import ReassessUserMonth
from services.billing.decider import DECIDER, UserMonth, bucket_of
from services.billing.engine import Known, assess_user_month
from services.billing.events import Assessment
from services.billing.policies import (
    when_visit_confirmed_assess,
    when_visit_moved_assess,
    when_visit_voided_assess,
)
from shared.kernel.contracts.requests import VisitConfirmed, VisitCorrected, VisitFacts, VisitVoided
from tests.controls import USER
from tests.unit.billing.visits_and_rules import (
    OTHER_USER,
    TAKAMATSU,
    BillingLedger,
    book,
    document,
    enact,
    helper,
    rules,
    user,
    visit,
)

LATER: Final = document(rules_id="kaisei", effective_from="2016-10-17", visit__per_visit=600, visit__cap=3)
BOTH: Final = book(TAKAMATSU, rules(rules_id="kaisei", effective_from="2016-10-17", visit__per_visit=600, visit__cap=3))
FIRST_DAY: Final = date(2016, 9, 28)

Occurrence = VisitConfirmed | VisitCorrected | VisitVoided | dict[str, Any]
Story = list[Occurrence]


def one_of(number: int) -> st.SearchStrategy[VisitFacts]:
    return st.builds(
        visit,
        visit_id=st.just(f"V{number}"),
        served_on=st.integers(0, 40).map(lambda days: FIRST_DAY + timedelta(days=days)),
        started_at=st.sampled_from(["09:00", "13:00"]),
        organisation_id=st.sampled_from(["O1", "O2"]),
        outcome=st.sampled_from(["done", "done", "done", "no_show"]),
        service=st.sampled_from(["visit", "visit", "visit", "day"]),
        user=st.builds(user, st.sampled_from([USER, OTHER_USER]), st.sampled_from(["support1", "support1", "other"])),
        helpers=st.tuples(st.builds(helper, trained=st.sampled_from([True, True, True, False]))),
    )


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[Occurrence], list[Known]]:
    """What happens to some visits, in an order that keeps each visit's own, and what is known of them in the end."""
    lives: list[Story] = []
    known: list[Known] = []
    for number in range(draw(st.integers(1, 12))):
        states = draw(st.lists(one_of(number), min_size=1, max_size=3))
        life: Story = [VisitConfirmed(visit=states[0])]
        life += [VisitCorrected(visit=now, was=was, reason_ref="r") for was, now in pairwise(states)]
        void = draw(st.booleans()) and draw(st.booleans())
        if void:
            life.append(VisitVoided(was=states[-1], reason_ref="r"))
        lives.append(life)
        known.append(Known(states[-1], void))
    lives += [[dict(TAKAMATSU.document)], [LATER]]
    turns = draw(st.permutations([number for number, life in enumerate(lives) for _ in life]))
    going = [iter(life) for life in lives]
    return [next(going[number]) for number in turns], known


def told(occurrences: Sequence[Occurrence], *, times: int = 1) -> BillingLedger:
    known = BillingLedger()
    for occurrence in occurrences:
        for _ in range(times):
            known.handle(*commands_for(occurrence, known))
    return known


def commands_for(occurrence: Occurrence, known: BillingLedger) -> list[Any]:
    match occurrence:
        case VisitConfirmed():
            return list(when_visit_confirmed_assess(occurrence))
        case VisitCorrected():
            return list(when_visit_moved_assess(occurrence))
        case VisitVoided():
            return list(when_visit_voided_assess(occurrence))
        case _:
            return [enact(occurrence), *sweep(known)]


def sweep(known: BillingLedger) -> list[ReassessUserMonth]:
    buckets = {
        bucket_of(each.visit)
        for state in known.states.values()
        if isinstance(state, UserMonth)
        for each in state.visits.values()
    }
    return [ReassessUserMonth(person, month, "swept") for person, month in sorted(buckets)]


def assessed_at_once(known: list[Known]) -> dict[str, Assessment]:
    buckets = defaultdict(list)
    for each in known:
        buckets[bucket_of(each.visit)].append(each)
    results: dict[str, Assessment] = {}
    for bucket in buckets.values():
        results |= assess_user_month(bucket, BOTH)
    return results


@given(stories())
def test_confirmations_corrections_moves_voids_and_rules_come_out_the_same(
    story: tuple[list[Occurrence], list[Known]],
) -> None:
    occurrences, known = story
    assert told(occurrences).results() == assessed_at_once(known)


@given(stories())
def test_what_comes_twice_in_a_row_changes_nothing(story: tuple[list[Occurrence], list[Known]]) -> None:
    occurrences, _ = story
    assert told(occurrences, times=2).facts == told(occurrences).facts


@given(stories())
def test_every_recorded_fact_decides_to_itself(story: tuple[list[Occurrence], list[Known]]) -> None:
    occurrences, _ = story
    anew = BillingLedger()
    for fact in told(occurrences).facts:
        recall = DECIDER.recall[type(fact)]
        assert recall is not None
        assert anew.decide(recall(fact)) == [fact]


@given(stories())
def test_no_user_has_more_paid_visits_in_a_month_than_the_cap(story: tuple[list[Occurrence], list[Known]]) -> None:
    _, known = story
    paid: dict[tuple[str, str], int] = defaultdict(int)
    results = assessed_at_once(known)
    for each in known:
        paid[bucket_of(each.visit)] += results[each.visit.visit_id].reason == "paid"
    assert all(count <= 5 for count in paid.values())
