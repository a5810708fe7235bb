"""A month as it was known at the end of a day."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from msgspec.json import encode

from services.billing.commands import AssessOrganisation, WithdrawVisit
from services.billing.events import CONTRACT
from services.billing.known_on import known_month
from shared.kernel.dates import JST, Month
from shared.kernel.messages import GENESIS, Event, Fact
from tests.controls import TAKAMATSU, USER
from tests.unit.billing.visits_and_rules import (
    BILLING,
    WORKED_CASE,
    assess,
    details,
    ledger,
    today,
    visit,
)

OCTOBER = Month(2016, 10)


def recorded(*dated: tuple[str, Iterable[Fact]]) -> list[Event]:
    """Events of these facts, recorded at these moments (RFC 3339, UTC)."""
    events: list[Event] = []
    for time, facts in dated:
        for fact in facts:
            recall = BILLING.decider.recall[type(fact)]
            assert recall is not None
            command = recall(fact)
            stream = BILLING.decider.decision(command).streams(command)[0]
            events.append(
                Event(
                    service="billing",
                    tenant=TAKAMATSU,
                    seq=len(events) + 1,
                    stream=stream,
                    version=1,
                    type=fact.TYPE,
                    time=time,
                    actor="tester",
                    cause="test",
                    correlation="test",
                    data=encode(fact),
                    prevhash=GENESIS,
                    hash=GENESIS,
                    decode=CONTRACT.decode,
                )
            )
    return events


def yen(events: list[Event], known_on: date, month: Month = OCTOBER) -> dict[str, int]:
    return {result.visit_id: result.subsidy_yen for _, result in known_month(events, month, known_on).assessed}


def a_void_later() -> list[Event]:
    """The seven of October, recorded on 1 November; on the 2nd the second of them is voided."""
    before = ledger(*[assess(facts) for facts in WORKED_CASE])
    after = ledger(*[assess(facts) for facts in WORKED_CASE], assess(WORKED_CASE[1], void=True))
    return recorded(("2016-11-01T01:00:00.000Z", before.facts), ("2016-11-02T01:00:00.000Z", after.facts[-1:]))


def test_before_the_void_the_first_five_were_paid() -> None:
    assert [visit_id for visit_id, paid in yen(a_void_later(), date(2016, 11, 1)).items() if paid] == [
        "V03",
        "V05",
        "V07",
        "V12",
        "V14",
    ]


def test_after_the_void_the_sixth_is_paid() -> None:
    known = yen(a_void_later(), date(2016, 11, 2))
    assert (known["V05"], known["V19"], sum(known.values())) == (0, 500, 2_500)


def test_before_the_first_record_nothing_was_known() -> None:
    assert known_month(a_void_later(), OCTOBER, date(2016, 10, 31)) == ([], [])


def test_a_day_ends_at_midnight_in_japan() -> None:
    midnight = datetime(2016, 11, 2, tzinfo=JST)
    facts = ledger(assess(visit())).facts
    just_before = recorded(((midnight - timedelta(milliseconds=1)).isoformat(), facts))
    at_midnight = recorded(("2016-11-01T15:00:00.000Z", facts))
    assert yen(just_before, date(2016, 11, 1)) == {"V1": 500}
    assert yen(at_midnight, date(2016, 11, 1)) == {}
    assert yen(at_midnight, date(2016, 11, 2)) == {"V1": 500}


def test_the_last_day_there_is_can_be_asked_for() -> None:
    assert sum(yen(a_void_later(), date.max).values()) == 2_500


def test_other_months_are_left_out() -> None:
    facts = ledger(assess(visit()), assess(visit("V2", date(2016, 11, 1)))).facts
    assert list(yen(recorded(("2016-11-01T01:00:00.000Z", facts)), date(2016, 11, 1))) == ["V1"]


def test_a_visit_that_has_moved_away_is_known_until_then() -> None:
    moved = ledger(assess(visit()), WithdrawVisit(USER, "2016-10", "V1"), assess(visit(served_on=date(2016, 11, 3))))
    events = recorded(("2016-11-01T01:00:00.000Z", moved.facts[:2]), ("2016-11-04T01:00:00.000Z", moved.facts[2:]))
    assert yen(events, date(2016, 11, 3)) == {"V1": 500}
    assert yen(events, date(2016, 11, 4)) == {}
    assert yen(events, date(2016, 11, 4), Month(2016, 11)) == {"V1": 500}


def test_every_visit_comes_with_its_user_and_grants_of_the_month_alone() -> None:
    known = ledger(today(date(2016, 11, 1)), AssessOrganisation(details(services=("visit",))), assess(visit()))
    found = known_month(recorded(("2016-11-01T01:00:00.000Z", known.facts)), OCTOBER, date(2016, 11, 1))
    assert [person for person, _ in found.assessed] == [USER]
    assert [(grant.month, grant.base_yen, grant.startup_yen) for grant in found.grants] == [
        ("2016-10", 25_000, 200_000)
    ]
