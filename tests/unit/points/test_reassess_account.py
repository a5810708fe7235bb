"""A scheme is enacted backwards, and old accounts are decided anew."""

from datetime import date

from services.points.commands import ReassessAccount
from services.points.events import PointsReassessed
from tests.unit.points.schemes_and_earnings import (
    PERSON,
    POINTS,
    Ledger,
    assess,
    document,
    earning,
    enact,
    happened,
)

REASSESS = ReassessAccount(PERSON, "town@2015-04-01")


def test_an_empty_account_stays_empty() -> None:
    POINTS.given(*happened(enact(document()))).when(REASSESS).unchanged()


def test_an_account_that_stands_on_the_schemes_in_force_stays_as_it_is() -> None:
    POINTS.given(*happened(enact(document(caps_month=1)), assess(earning()), assess(earning("A2")))).when(
        REASSESS
    ).unchanged()


def test_what_had_no_rule_earns_under_the_one_enacted_backwards() -> None:
    scheme = document(caps_month=1)
    expected = Ledger().handle(enact(scheme), assess(earning()), assess(earning("A2"))).entries()
    given = POINTS.given(*happened(assess(earning()), assess(earning("A2")), enact(scheme)))

    given.when(REASSESS).then(
        PointsReassessed(person=PERSON, rules="town@2015-04-01", entries=tuple(expected.values()))
    )


def test_only_what_differs_is_recorded() -> None:
    later = document("town-2017", date(2017, 4, 1))
    autumn, spring = earning(), earning("A2", date(2017, 4, 2))
    expected = Ledger().handle(enact(document()), enact(later), assess(spring)).entries()
    given = POINTS.given(*happened(enact(document()), assess(autumn), assess(spring), enact(later)))

    given.when(REASSESS).then(
        PointsReassessed(person=PERSON, rules="town@2015-04-01", entries=tuple(expected.values()))
    )


def test_another_start_of_the_point_year_moves_what_lies_between() -> None:
    september = document("town-2016", date(2016, 9, 1), starts_month=9)
    ledger = Ledger().handle(enact(document()), assess(earning()), enact(september), REASSESS)

    assert {entry.point_year for entry in ledger.entries().values()} == {"2016-09"}
