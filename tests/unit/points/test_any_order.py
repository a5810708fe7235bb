"""Order does not matter where life has no order: the account is a function of the set of what is known.

The other side of each comparison is written as plainly as possible: sort, go through, add up.
"""

from copy import copy
from datetime import date, timedelta
from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.points.commands import AssessEarning, EnactRules, ReassessAccount, WithdrawEarning
from services.points.decider import DECIDER
from services.points.events import Earning
from services.points.schemes import Scheme, SchemeBook
from tests.unit.points.schemes_and_earnings import (
    PERSON,
    Assessed,
    Command,
    Ledger,
    aged,
    assess,
    document,
    earning,
    enact,
    said,
)

ACCOUNT = f"account-{PERSON}"
REASSESS = ReassessAccount(PERSON, "any")
Key = tuple[str, str]
Plain = tuple[str, int, int, str]


def plainly(known: dict[Key, tuple[Earning, bool]], book: SchemeBook) -> dict[Key, Plain]:
    """(point_year, earned, unearned, reason) of each, settled from nothing."""
    results: dict[Key, Plain] = {}
    posted: list[tuple[date, int]] = []
    in_order = sorted(
        known.values(), key=lambda pair: (pair[0].done_on, pair[0].started_at or "", pair[0].activity_id, pair[0].kind)
    )
    for earned, void in in_order:
        scheme = book.scheme_on(earned.done_on)
        result = _plain_result(earned, void, scheme, posted)
        posted.append((earned.done_on, result[1]))
        results[earned.activity_id, earned.kind] = result
    return results


def _plain_result(earned: Earning, void: bool, scheme: Scheme | None, posted: list[tuple[date, int]]) -> Plain:
    day = earned.done_on
    starts_month = scheme.starts_month if scheme else 4
    first_year = day.year if day.month >= starts_month else day.year - 1
    year = str(first_year) if starts_month == 4 else f"{first_year}-{starts_month:02d}"
    if void:
        return year, 0, 0, "void"
    if earned.outcome != "done":
        return year, 0, 0, "not_done"
    if scheme is None:
        return year, 0, 0, "no_rule"
    if earned.kind not in scheme.rates:
        return year, 0, 0, "no_rate"
    rate = scheme.rates[earned.kind]
    points = rate.points * (earned.minutes // rate.unit_minutes if rate.unit_minutes else 1)
    if scheme.min_age and earned.ages is None:
        return year, 0, points, "age_unknown"
    if scheme.min_age and earned.ages is not None and earned.ages.on_day < scheme.min_age:
        return year, 0, points, "under_age"
    if points == 0 or earned.minutes < rate.min_minutes:
        return year, 0, points, "too_short"
    rooms = [points]
    for cap, first in [
        (scheme.caps.day, day),
        (scheme.caps.month, date(day.year, day.month, 1)),
        (scheme.caps.point_year, date(first_year, starts_month, 1)),
    ]:
        if cap is not None:
            rooms.append(max(0, cap - sum(before for on, before in posted if on >= first)))
    return year, min(rooms), points - min(rooms), "earned" if min(rooms) == points else "over_cap"


def settled(ledger: Ledger) -> dict[Key, Plain]:
    return {
        key: (entry.point_year, entry.earned_points, entry.unearned_points, entry.reason)
        for key, entry in ledger.entries().items()
    }


@cache
def scheme(begins: date, caps: tuple[int | None, ...], starts_month: int, timed: bool) -> EnactRules:
    rate = (
        {"points": 2, "unit": "30min", "min_minutes": 0}
        if timed
        else {"points": 1, "unit": "activity", "min_minutes": 30}
    )
    day, month, year = caps
    return enact(
        document(
            f"town-{begins}",
            begins,
            starts_month=starts_month,
            rates_salon=rate,
            rates_visit_user={"points": 1, "unit": "activity", "min_minutes": 0},
            caps_day=day,
            caps_month=month,
            caps_point_year=year,
        )
    )


BEGINS = (date(2015, 4, 1), date(2016, 9, 1), date(2016, 10, 15), date(2017, 4, 1))
DAYS = st.sampled_from(
    [date(2016, 8, 30) + timedelta(days=step) for step in (0, 1, 2, 3, 30, 31, 45, 46, 62, 214, 215, 400)]
)
CAPS = st.sampled_from([(None, None, None), (None, None, 3), (2, None, None), (None, 2, None), (2, 3, 5), (1, 4, 4)])
IDS = st.sampled_from("ABCDEFGHIJ")
EARNINGS = st.builds(
    earning,
    activity_id=IDS,
    done_on=DAYS,
    kind=st.sampled_from(["salon"] * 4 + ["visit_user", "dance"]),
    started_at=st.sampled_from([None, "09:00", "13:00"]),
    minutes=st.sampled_from([60, 90, 60, 20]),
    outcome=st.sampled_from(["done"] * 6 + ["no_show"]),
    ages=st.sampled_from([aged(70)] * 8 + [aged(64), None]),
)
ASSESSMENTS = st.builds(lambda earned, void: assess(earned, void=void), EARNINGS, st.sampled_from([False] * 5 + [True]))
WITHDRAWALS = st.builds(
    lambda activity_id, kind: WithdrawEarning(PERSON, kind, activity_id),
    IDS,
    st.sampled_from(["salon", "salon", "visit_user"]),
)
STARTS = st.sampled_from([4, 4, 9, 1])
ENACTMENTS = st.builds(scheme, st.sampled_from(BEGINS), CAPS, STARTS, st.booleans())
MOSTLY_ASSESSMENTS = st.sampled_from([ASSESSMENTS] * 12 + [WITHDRAWALS, st.just(REASSESS), ENACTMENTS])
STEPS = st.lists(MOSTLY_ASSESSMENTS.flatmap(lambda step: step), min_size=20, max_size=40)


def enacted_already(ledger: Ledger, command: Command) -> bool:
    begins = {version.effective_from for version in ledger.state("rules").rules.versions}
    return isinstance(command, EnactRules) and command.effective_from in begins


@settings(max_examples=200)
@given(st.lists(ENACTMENTS, max_size=2), STEPS)
def test_every_decision_leaves_the_account_as_if_settled_from_nothing(
    first: list[EnactRules], steps: list[Command]
) -> None:
    ledger = Ledger()
    known: dict[Key, tuple[Earning, bool]] = {}
    for command in [*first, *steps]:
        if enacted_already(ledger, command):
            continue
        before = ledger.state(ACCOUNT)
        kept = [copy(part) for part in said(before)]
        facts = ledger.decide(command)
        match command:
            case AssessEarning(earning=earned, void=void):
                known[earned.activity_id, earned.kind] = (earned, void)
            case WithdrawEarning(kind=kind, activity_id=activity_id):
                known.pop((activity_id, kind), None)
            case _:
                pass
        assert list(said(before)) == kept
        if (facts and not isinstance(command, EnactRules)) or command is REASSESS:
            assert settled(ledger) == plainly(known, ledger.state("rules").book)


@given(st.lists(ENACTMENTS, max_size=3), STEPS)
def test_a_recorded_entry_always_differs_from_what_was_recorded_before(
    first: list[EnactRules], steps: list[Command]
) -> None:
    ledger = Ledger()
    for command in [*first, *steps]:
        if enacted_already(ledger, command):
            continue
        before = ledger.entries()
        for fact in ledger.decide(command):
            entries = fact.entries if isinstance(fact, Assessed) else ()
            assert all(before.get((entry.activity_id, entry.kind)) != entry for entry in entries)


@given(
    st.lists(ENACTMENTS, min_size=1, max_size=2, unique_by=lambda command: command.effective_from),
    st.lists(ASSESSMENTS, min_size=6, max_size=10, unique_by=lambda command: command.earning.activity_id),
    st.data(),
)
def test_any_order_of_arrival_and_any_repetition_give_the_same_account(
    schemes: list[EnactRules], last: list[AssessEarning], data: st.DataObject
) -> None:
    usual = said(Ledger().handle(*schemes, *last).state(ACCOUNT))
    mistaken = data.draw(st.lists(st.sampled_from(last), max_size=3))
    first_said: list[Command] = [
        assess(earning(command.earning.activity_id, kind=command.earning.kind)) for command in mistaken
    ]
    arrived: list[Command] = data.draw(st.permutations([*last, *last, *schemes]))

    assert said(Ledger().handle(*first_said, *arrived, REASSESS).state(ACCOUNT)) == usual


@given(st.lists(ENACTMENTS, max_size=2), STEPS)
def test_every_fact_replays_from_what_is_recalled_of_it(first: list[EnactRules], steps: list[Command]) -> None:
    ledger, replayed = Ledger(), Ledger()
    for command in [*first, *steps]:
        if not enacted_already(ledger, command):
            ledger.decide(command)

    for fact in ledger.facts:
        recall = DECIDER.recall[type(fact)]
        assert recall
        assert replayed.decide(recall(fact)) == [fact]


@given(st.lists(ASSESSMENTS, min_size=10, max_size=30), CAPS)
def test_nobody_gets_more_than_a_cap_and_no_balance_is_negative(
    commands: list[AssessEarning], caps: tuple[int | None, ...]
) -> None:
    ledger = Ledger().handle(scheme(date(2015, 4, 1), caps, 4, True), *commands)
    entries = ledger.entries().values()
    sums: dict[Any, int] = {}
    for entry in entries:
        assert entry.earned_points >= 0
        assert entry.unearned_points >= 0
        for window in (entry.done_on, entry.done_on.replace(day=1).isoformat(), entry.point_year):
            sums[window] = sums.get(window, 0) + entry.earned_points
    for window, total in sums.items():
        cap = caps[0] if isinstance(window, date) else caps[2] if len(window) == 4 else caps[1]
        assert cap is None or total <= cap
