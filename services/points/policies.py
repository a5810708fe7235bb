"""What points does when something happens: visits and activities earn, old accounts are swept."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.points.commands import AdvanceSweep, ReassessAccount
from services.points.events import PointRulesEnacted, PointsAssessed, PointSweepAdvanced
from shared.adapters.sql_view import upsert
from shared.kernel.messages import Event

SWEEP_ACCOUNTS = 200

metadata = sa.MetaData()

accounts = sa.Table(
    "known_accounts",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sqlite_with_rowid=False,
)


def when_rules_enacted_sweep(connection: Any, events: Sequence[Event]) -> list[tuple[Event, Any]]:
    """Decide all accounts anew under the enacted rules, a stretch at a time; progress is an event."""
    upsert(
        connection,
        accounts,
        [
            {"tenant": event.tenant, "person": event.fact.person}
            for event in events
            if isinstance(event.fact, PointsAssessed)
        ],
    )
    commands: list[tuple[Event, Any]] = []
    for event in events:
        match event.fact:
            case PointRulesEnacted(rules_id=rules_id, effective_from=effective_from):
                commands += _stretch(connection, event, f"{rules_id}@{effective_from}", "", 0)
            case PointSweepAdvanced(finished=False, rules=rules, after=after, done=done):
                commands += _stretch(connection, event, rules, after, done)
    return commands


def _stretch(connection: Any, event: Event, rules: str, after: str, done: int) -> list[tuple[Event, Any]]:
    of = accounts.c
    query = sa.select(of.person).where(of.tenant == event.tenant, of.person > after).order_by(of.person)
    people = list(connection.scalars(query.limit(SWEEP_ACCOUNTS)))
    commands: list[Any] = [ReassessAccount(person, rules) for person in people]
    finished = len(people) < SWEEP_ACCOUNTS
    commands.append(AdvanceSweep(rules, people[-1] if people else after, done + len(people), finished))
    return [(event, command) for command in commands]
