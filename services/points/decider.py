"""What `points` decides: earnings into accounts, schemes into force, the progress of a sweep."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from services.points.account import EMPTY, Account, result_of
from services.points.commands import AdvanceSweep, AssessEarning, EnactRules, ReassessAccount, WithdrawEarning
from services.points.engine import CURRENT_ENGINE, claim_of
from services.points.events import (
    CONTRACT,
    PointEntry,
    PointRulesEnacted,
    PointsAssessed,
    PointsReassessed,
    PointSweepAdvanced,
)
from services.points.rules import NOTHING_ENACTED, Enacted, enact_rules, evolve_rules
from services.points.settling import Terms, entries_anew, entries_with, entries_without
from shared.kernel.deciding import Aggregate, Decided, Decider, Decision

NOTHING: Final = ()


class UnknownClaim(LookupError):
    """台帳に記録のない活動の結果が台帳にあります。yui audit verify で台帳を確かめてください。"""


class Progress(NamedTuple):
    """How far a sweep has come: the last account done, how many, whether that was all."""

    after: str
    done: int
    finished: bool


def assess_earning(command: AssessEarning, account: Account, enacted: Enacted) -> tuple[PointsAssessed, ...]:
    """One fact with the entries that differ; nothing when the earning is known just so."""
    claim = claim_of(command.earning, command.void)
    place = account.find(claim.activity_id, claim.kind)
    if place is not None and account.claims[place] == claim:
        return NOTHING
    entries = entries_with(account, place, claim, _terms(command.engine, account, enacted))
    return (
        PointsAssessed(
            person=command.person,
            earning=command.earning,
            void=command.void,
            withdrawn=None,
            entries=tuple(entries),
        ),
    )


def withdraw_earning(command: WithdrawEarning, account: Account, enacted: Enacted) -> tuple[PointsAssessed, ...]:
    place = account.find(command.activity_id, command.kind)
    if place is None:
        return NOTHING
    entries = entries_without(account, place, _terms(command.engine, account, enacted))
    return (
        PointsAssessed(
            person=command.person,
            earning=None,
            void=False,
            withdrawn=f"{command.kind}:{command.activity_id}",
            entries=tuple(entries),
        ),
    )


def reassess_account(command: ReassessAccount, account: Account, enacted: Enacted) -> tuple[PointsReassessed, ...]:
    entries = entries_anew(account, _terms(command.engine, account, enacted))
    if not entries:
        return NOTHING
    return (PointsReassessed(person=command.person, rules=command.rules, entries=tuple(entries)),)


def _terms(engine: int | None, account: Account, enacted: Enacted) -> Terms:
    return Terms(enacted.book, engine or account.engine() or CURRENT_ENGINE)


def evolve_account(account: Account, fact: PointsAssessed | PointsReassessed) -> Account:
    if isinstance(fact, PointsReassessed):
        return _revised(account, fact.entries)
    if fact.earning is None:
        kind, _, activity_id = str(fact.withdrawn).partition(":")
        return _revised(account.without(_place(account, activity_id, kind)), fact.entries)
    claim = claim_of(fact.earning, fact.void)
    place = account.find(claim.activity_id, claim.kind)
    rest = account if place is None else account.without(place)
    at = bisect_left(rest.claims, claim)
    entries = fact.entries
    if entries and (entries[0].activity_id, entries[0].kind) == (claim.activity_id, claim.kind):
        return _revised(rest.with_claim(at, claim, result_of(entries[0])), entries[1:])
    if place is None:
        raise UnknownClaim(claim.activity_id)
    return _revised(rest.with_claim(at, claim, account.results[place]), entries)


def _revised(account: Account, entries: Sequence[PointEntry]) -> Account:
    if not entries:
        return account
    return account.revised({_place(account, entry.activity_id, entry.kind): result_of(entry) for entry in entries})


def _place(account: Account, activity_id: str, kind: str) -> int:
    place = account.find(activity_id, kind)
    if place is None:
        raise UnknownClaim(activity_id)
    return place


def advance_sweep(command: AdvanceSweep, sweeps: Mapping[str, Progress]) -> Decided:
    """A sweep that has finished stays so: an account is never swept twice for the same enactment."""
    now = Progress(command.after, command.done, command.finished)
    known = sweeps.get(command.rules)
    if known == now or (known is not None and known.finished):
        return NOTHING
    return (PointSweepAdvanced(rules=command.rules, after=command.after, done=command.done, finished=command.finished),)


def evolve_sweep(sweeps: Mapping[str, Progress], fact: PointSweepAdvanced) -> Mapping[str, Progress]:
    return {**sweeps, fact.rules: Progress(fact.after, fact.done, fact.finished)}


def _recall_assessed(fact: PointsAssessed) -> AssessEarning | WithdrawEarning:
    """A fact without entries has no engine of its own: it is decided by the one its account stands on."""
    engine = fact.entries[0].engine if fact.entries else None
    if fact.earning is not None:
        return AssessEarning(fact.person, fact.earning, fact.void, engine)
    kind, _, activity_id = str(fact.withdrawn).partition(":")
    return WithdrawEarning(fact.person, kind, activity_id, engine)


def _recall_reassessed(fact: PointsReassessed) -> ReassessAccount:
    return ReassessAccount(fact.person, fact.rules, fact.entries[0].engine)


def _recall_enacted(fact: PointRulesEnacted) -> EnactRules:
    return EnactRules(fact.rules_id, fact.effective_from, fact.document)


def _recall_advanced(fact: PointSweepAdvanced) -> AdvanceSweep:
    return AdvanceSweep(fact.rules, fact.after, fact.done, fact.finished)


def _account_and_rules(command: AssessEarning | WithdrawEarning | ReassessAccount) -> tuple[str, str]:
    return (f"account-{command.person}", "rules")


ROOM_BYTES: Final = 72_000_000
"""Accounts of some 400,000 earnings: every person's is asked for again and again, and grows all year."""

DECIDER: Final = Decider(
    contract=CONTRACT,
    room_bytes=ROOM_BYTES,
    aggregates={
        "account": Aggregate(EMPTY, evolve_account, bytes_per_event=150),
        "rules": Aggregate(NOTHING_ENACTED, evolve_rules),
        "sweep": Aggregate({}, evolve_sweep),
    },
    decisions={
        AssessEarning: Decision(_account_and_rules, assess_earning),
        WithdrawEarning: Decision(_account_and_rules, withdraw_earning),
        ReassessAccount: Decision(_account_and_rules, reassess_account),
        EnactRules: Decision(lambda _: ("rules",), enact_rules),
        AdvanceSweep: Decision(lambda _: ("sweep",), advance_sweep),
    },
    recall={
        PointRulesEnacted: _recall_enacted,
        PointsAssessed: _recall_assessed,
        PointsReassessed: _recall_reassessed,
        PointSweepAdvanced: _recall_advanced,
    },
)
