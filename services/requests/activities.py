"""Volunteer-point activities: recorded, corrected, restated or voided. Facts carry the ages of their day."""

from typing import assert_never

import msgspec
from msgspec.structs import replace

from services.requests import people, refusals
from services.requests.commands import RecordActivity, RestateActivity, Someone, VoidActivity
from services.requests.events import (
    ActivityCorrected,
    ActivityFacts,
    ActivityRecorded,
    ActivityRestated,
    ActivityVoided,
)
from shared.kernel.deciding import Decided


class Recorded(msgspec.Struct, frozen=True):
    facts: ActivityFacts


class Voided(msgspec.Struct, frozen=True):
    facts: ActivityFacts


State = Recorded | Voided | None
Fact = ActivityRecorded | ActivityCorrected | ActivityRestated | ActivityVoided


def evolve(_state: State, fact: Fact) -> State:
    if isinstance(fact, ActivityVoided):
        return Voided(fact.was)
    return Recorded(fact.activity)


def streams(command: RecordActivity | RestateActivity) -> tuple[str, ...]:
    return (f"activity-{command.activity_id}", f"person-{command.person.person}")


def void_streams(command: VoidActivity) -> tuple[str, ...]:
    return (f"activity-{command.activity_id}",)


def record(command: RecordActivity, state: State, person: people.State) -> Decided:
    if person is None:
        return refusals.unknown("person_id", "対象者番号", command.person.office_id)
    facts = ActivityFacts(
        activity_id=command.activity_id,
        person=command.person.person,
        kind=command.kind,
        done_on=command.done_on,
        started_at=command.started_at,
        minutes=command.minutes,
        group_id=command.group_id,
        venue_id=command.venue_id,
        ages=command.person.ages,
    )
    if state is not None and replace(state.facts, ages=None) == replace(facts, ages=None):
        return ()
    if command.done_on > command.today:
        return refusals.in_future("done_on", command.done_on, command.today)
    if command.person.ages is None and command.person.dated:
        return refusals.before_birth("done_on", command.person.office_id)
    match state:
        case None:
            return (ActivityRecorded(activity=facts),)
        case Voided():
            return refusals.voided("activity_id", "活動番号", command.activity_id)
        case Recorded(was):
            if command.correction is None:
                return refusals.known_with_other_content("activity_id", "活動番号", command.activity_id)
            return (ActivityCorrected(activity=facts, was=was, reason_ref=command.correction),)
        case _:
            assert_never(state)


def restate(command: RestateActivity, state: State, _person: people.State) -> Decided:
    if not isinstance(state, Recorded) or state.facts.person != command.person.person:
        return ()
    facts = replace(state.facts, ages=command.person.ages)
    return () if facts == state.facts else (ActivityRestated(activity=facts, was=state.facts),)


def void(command: VoidActivity, state: State) -> Decided:
    match state:
        case None:
            return refusals.unknown("activity_id", "活動番号", command.activity_id)
        case Voided():
            return ()
        case Recorded(facts):
            return (ActivityVoided(was=facts, reason_ref=command.reason_ref),)
        case _:
            assert_never(state)


def recall_recorded(fact: ActivityRecorded) -> RecordActivity:
    return _recall(fact.activity, None)


def recall_corrected(fact: ActivityCorrected) -> RecordActivity:
    return _recall(fact.activity, fact.reason_ref)


def recall_restated(fact: ActivityRestated) -> RestateActivity:
    activity = fact.activity
    return RestateActivity(activity.activity_id, Someone("", activity.person, activity.ages))


def recall_voided(fact: ActivityVoided) -> VoidActivity:
    return VoidActivity(fact.was.activity_id, fact.reason_ref)


def _recall(activity: ActivityFacts, correction: str | None) -> RecordActivity:
    return RecordActivity(
        activity.activity_id,
        Someone("", activity.person, activity.ages),
        activity.kind,
        activity.done_on,
        activity.started_at,
        activity.minutes,
        activity.group_id,
        activity.venue_id,
        activity.done_on,
        correction,
    )
