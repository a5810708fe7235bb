"""The policy of `points` that looks something up in a table it owns: all accounts."""

from collections.abc import Sequence
from typing import Any

from services.points.commands import AdvanceSweep, ReassessAccount
from services.points.events import PointRulesEnacted, PointsAssessed, PointSweepAdvanced
from shared.adapters.sql_sweep import advance, buckets
from shared.kernel.messages import Event

metadata, accounts = buckets("known_accounts", "person")


def when_rules_enacted_sweep(connection: Any, events: Sequence[Event]) -> list[tuple[Event, Any]]:
    """Decide all accounts anew under the enacted rules, a stretch at a time."""
    commands: list[tuple[Event, Any]] = []
    for event in accounts.noting(connection, events, PointsAssessed, lambda fact: (fact.person,)):
        match event.fact:
            case PointRulesEnacted(rules_id=rules_id, effective_from=effective_from):
                rules, after, done = f"{rules_id}@{effective_from}", "", 0
            case PointSweepAdvanced(finished=False, rules=rules, after=after, done=done):
                pass
            case _:
                continue
        commands += [(event, command) for command in _sweep(connection, event.tenant, rules, after, done)]
    return commands


def _sweep(connection: Any, tenant: str, rules: str, after: str, done: int) -> list[Any]:
    return advance(
        accounts.stretch(connection, tenant, after),
        done,
        lambda person: ReassessAccount(person, rules),
        lambda last, so_far, finished: AdvanceSweep(rules, last, so_far, finished),
    )
