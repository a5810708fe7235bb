"""A toy of two services for testing the loops: `tally` counts what is in jars, `mirror` copies what was put in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import sqlalchemy as sa

from shared.adapters.sql_view import Shape, SqlView, Tables
from shared.flow.handle import Request
from shared.flow.subscriptions import LookingPolicy, Policy, Subscription, types
from shared.kernel.deciding import Aggregate, Decided, Decider, Decision, Refusal
from shared.kernel.messages import Event, Fact, contract

SHORT = Refusal("short", "瓶の中身が足りません。", "amount")
UNLUCKY = Refusal("unlucky", "この数は写せません。", "amount")
POISON_AMOUNT = 666
UNLUCKY_AMOUNT = 13


class Added(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.tally.added.v1"

    jar: str
    amount: int


class Taken(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.tally.taken.v1"

    jar: str
    amount: int


class Copied(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.mirror.copied.v1"

    jar: str
    amount: int


@dataclass(frozen=True, slots=True)
class Put:
    jar: str
    amount: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class Take:
    jar: str
    amount: int


@dataclass(frozen=True, slots=True)
class Match:
    """Fill `jar` up to what `other` holds."""

    jar: str
    other: str


@dataclass(frozen=True, slots=True)
class Explode:
    jar: str


@dataclass(frozen=True, slots=True)
class Copy:
    jar: str
    amount: int


class Exploded(Exception):
    pass


def evolve(state: int, fact: Added | Taken | Copied) -> int:
    return state - fact.amount if isinstance(fact, Taken) else state + fact.amount


def _stream(command: Any) -> tuple[str, ...]:
    return (f"jar-{command.jar}",)


def put(command: Put, _state: int) -> Decided:
    return (Added(jar=command.jar, amount=command.amount),) * command.times


def take(command: Take, state: int) -> Decided:
    if command.amount > state:
        return SHORT
    return (Taken(jar=command.jar, amount=command.amount),) if command.amount else ()


def match(command: Match, state: int, other: int) -> Decided:
    return (Added(jar=command.jar, amount=other - state),) if other > state else ()


def explode(command: Explode, _state: int) -> Decided:
    raise Exploded(command.jar)


def copy(command: Copy, _state: int) -> Decided:
    if command.amount == POISON_AMOUNT:
        raise Exploded(command.jar)
    return UNLUCKY if command.amount == UNLUCKY_AMOUNT else (Copied(jar=command.jar, amount=command.amount),)


TALLY = Decider(
    contract=contract("tally", (Added, Taken)),
    aggregates={"jar": Aggregate(0, evolve)},
    decisions={
        Put: Decision(_stream, put),
        Take: Decision(_stream, take),
        Match: Decision(lambda command: (f"jar-{command.jar}", f"jar-{command.other}"), match),
        Explode: Decision(_stream, explode),
    },
    recall={Added: lambda fact: Put(fact.jar, fact.amount), Taken: lambda fact: Take(fact.jar, fact.amount)},
)
MIRROR = Decider(
    contract=contract("mirror", (Copied,)),
    aggregates={"jar": Aggregate(0, evolve)},
    decisions={Copy: Decision(_stream, copy)},
    recall={Copied: None},
)


def _project(connection: sa.Connection, tables: Tables, events: Sequence[Event]) -> None:
    table = tables["levels"]
    for event in events:
        if event.fact.amount == POISON_AMOUNT:
            raise Exploded(event.fact.jar)
        place = (table.c.tenant == event.tenant, table.c.jar == event.fact.jar)
        level = connection.scalar(sa.select(table.c.level).where(*place))
        if level is None:
            connection.execute(sa.insert(table).values(tenant=event.tenant, jar=event.fact.jar, level=0))
        connection.execute(sa.update(table).where(*place).values(level=evolve(level or 0, event.fact)))


LEVELS = SqlView(
    "mirror.levels",
    (Shape("levels", (sa.Column("jar", sa.Text),), (sa.Column("level", sa.Integer, nullable=False),)),),
    _project,
)


def _look(_connection: Any, events: Sequence[Event]) -> list[tuple[Event, Any]]:
    return [(event, Copy(event.fact.jar, 2 * event.fact.amount)) for event in events]


COPYING = Subscription(
    "mirror.copying", ("tally",), types(Added), Policy({Added: lambda fact: [Copy(fact.jar, fact.amount)]})
)
DOUBLING = Subscription("mirror.doubling", ("tally",), types(Added), LookingPolicy(_look))
SHOWING = Subscription("mirror.levels", ("tally",), types(Added, Taken), LEVELS)


def request(
    tenant: str,
    command: Any,
    key: str | None = None,
    input_hash: bytes = b"",
    expected_version: int | None = None,
) -> Request:
    return Request(tenant, command, "tester", "test", "correlation", key, input_hash, expected_version)
