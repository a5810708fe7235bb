"""Aggregates and deciders: how states are folded, and which stream belongs to what."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from shared.kernel.deciding import Aggregate, Decided, Decider, Decision
from shared.kernel.messages import Fact, contract


class Put(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.jars.put.v1"

    amount: int


@dataclass(frozen=True)
class PutIn:
    jar: str
    amount: int


def put_in(command: PutIn, _held: int) -> Decided:
    return (Put(amount=command.amount),)


JAR = Aggregate(0, lambda held, fact: held + fact.amount)
DECISION = Decision(lambda command: (f"jar-{command.jar}",), put_in)
DECIDER = Decider(contract("jars", [Put]), {"jar": JAR}, {PutIn: DECISION}, {Put: None})


def test_facts_fold_from_the_initial_state() -> None:
    assert JAR.fold([Put(amount=2), Put(amount=3)]) == 5


def test_facts_fold_on_from_a_state() -> None:
    assert JAR.fold([Put(amount=2)], 40) == 42


def test_no_facts_leave_the_initial_state() -> None:
    assert JAR.fold([]) == 0


def test_a_stream_belongs_to_the_noun_before_its_first_hyphen() -> None:
    assert DECIDER.aggregate("jar-2016-10") is JAR
    assert DECIDER.aggregate("jar") is JAR


def test_a_stream_of_an_unknown_noun_belongs_to_nothing() -> None:
    with pytest.raises(KeyError):
        DECIDER.aggregate("bottle-1")


def test_a_command_is_answered_by_the_decision_of_its_type() -> None:
    decision = DECIDER.decision(PutIn("a", 1))
    assert decision.streams(PutIn("a", 1)) == ("jar-a",)
    assert decision.decide(PutIn("a", 1), 0) == (Put(amount=1),)
