"""Visits: planned → confirmed with slip → corrected, restated or voided. Facts carry the standing of their day."""

from collections.abc import Sequence
from datetime import date
from typing import assert_never

import msgspec
from msgspec.structs import replace

from services.requests import people, refusals
from services.requests.commands import PlanVisit, RecordVisit, RestateVisit, Someone, VoidVisit
from services.requests.events import (
    OrganisationDetails,
    VisitConfirmed,
    VisitCorrected,
    VisitFacts,
    VisitPlanned,
    VisitRestated,
    VisitVoided,
)
from shared.kernel.deciding import Decided, Refusal
from shared.kernel.standing import district_on
from shared.kernel.visit_facts import Participant, helpers_on, user_on


class Planned(msgspec.Struct, frozen=True):
    plan: VisitPlanned


class Confirmed(msgspec.Struct, frozen=True):
    facts: VisitFacts


class Voided(msgspec.Struct, frozen=True):
    facts: VisitFacts


State = Planned | Confirmed | Voided | None
Fact = VisitPlanned | VisitConfirmed | VisitCorrected | VisitRestated | VisitVoided


def evolve(_state: State, fact: Fact) -> State:
    match fact:
        case VisitPlanned():
            return Planned(fact)
        case VisitConfirmed() | VisitCorrected() | VisitRestated():
            return Confirmed(fact.visit)
        case VisitVoided():
            return Voided(fact.was)
        case _:
            assert_never(fact)


def streams(command: PlanVisit | RecordVisit | RestateVisit) -> tuple[str, ...]:
    return (
        f"visit-{command.visit_id}",
        f"organisation-{command.organisation_id}",
        f"person-{command.user.person}",
        *[f"person-{helper.person}" for helper in command.helpers],
    )


def void_streams(command: VoidVisit) -> tuple[str, ...]:
    return (f"visit-{command.visit_id}",)


def plan(command: PlanVisit, state: State, organisation: OrganisationDetails | None, *known: people.State) -> Decided:
    unknown = _unknown(command, organisation, known)
    if unknown:
        return unknown
    planned = VisitPlanned(
        visit_id=command.visit_id,
        organisation_id=command.organisation_id,
        service=command.service,
        menu=command.menu,
        planned_on=command.planned_on,
        started_at=command.started_at,
        user=command.user.person,
        helpers=tuple(helper.person for helper in command.helpers),
    )
    if state == Planned(planned):
        return ()
    if state is not None:
        return refusals.known_with_other_content("visit_id", "訪問番号", command.visit_id)
    return (planned,)


def record(
    command: RecordVisit, state: State, organisation: OrganisationDetails | None, *known: people.State
) -> Decided:
    unknown = _unknown(command, organisation, known)
    if unknown:
        return unknown
    assert organisation is not None  # noqa: S101 - _unknown has refused it
    facts = _facts(command, state, organisation, known)
    if isinstance(state, Confirmed | Voided) and _row(state.facts) == _row(facts):
        return _again(command, state, facts)
    if command.served_on > command.today:
        return refusals.in_future("served_on", command.served_on, command.today)
    young = [someone for someone in (command.user, *command.helpers) if someone.ages is None and someone.dated]
    if young:
        return refusals.before_birth("served_on", young[0].office_id)
    match state:
        case None | Planned():
            return (VisitConfirmed(visit=facts),)
        case Voided():
            return refusals.voided("visit_id", "訪問番号", command.visit_id)
        case Confirmed(was):
            if command.correction is None:
                return refusals.known_with_other_content("visit_id", "訪問番号", command.visit_id)
            return (VisitCorrected(visit=facts, was=was, reason_ref=command.correction),)
        case _:
            assert_never(state)


def _again(command: RecordVisit, state: Confirmed | Voided, facts: VisitFacts) -> Decided:
    """The same row once more says nothing new, but may now bring the agreed record."""
    if isinstance(state, Voided) or state.facts.agreed_record or not command.brings_agreed_record:
        return ()
    return (VisitRestated(visit=facts, was=state.facts),)


def restate(
    command: RestateVisit, state: State, organisation: OrganisationDetails | None, *known: people.State
) -> Decided:
    if not isinstance(state, Confirmed):
        return ()
    was = state.facts
    if (was.organisation_id, was.user.person, *[helper.person for helper in was.helpers]) != (
        command.organisation_id,
        *[someone.person for someone in (command.user, *command.helpers)],
    ):
        return ()
    assert organisation is not None  # noqa: S101 - a visit is confirmed only of a registered one
    user, *helpers = _participants(command, known)
    facts = replace(
        was,
        district_id=_district(user, organisation, was.served_on),
        user=user_on(user, was.served_on),
        helpers=helpers_on(helpers, user, was.served_on),
        agreed_record=was.agreed_record or command.brings_agreed_record or _agreed(known[0], was.served_on),
    )
    return () if facts == was else (VisitRestated(visit=facts, was=was),)


def void(command: VoidVisit, state: State) -> Decided:
    match state:
        case None | Planned():
            return refusals.unknown("visit_id", "訪問番号", command.visit_id)
        case Voided():
            return ()
        case Confirmed(facts):
            return (VisitVoided(was=facts, reason_ref=command.reason_ref),)
        case _:
            assert_never(state)


def recall_confirmed(fact: VisitConfirmed) -> RecordVisit:
    return _recall(fact.visit, None)


def recall_corrected(fact: VisitCorrected) -> RecordVisit:
    return _recall(fact.visit, fact.reason_ref)


def recall_restated(fact: VisitRestated) -> RestateVisit:
    visit = fact.visit
    return RestateVisit(
        visit.visit_id,
        visit.organisation_id,
        Someone("", visit.user.person, visit.user.ages),
        tuple([Someone("", helper.person, helper.ages) for helper in visit.helpers]),
        visit.agreed_record,
    )


def recall_voided(fact: VisitVoided) -> VoidVisit:
    return VoidVisit(fact.was.visit_id, fact.reason_ref)


def _recall(visit: VisitFacts, correction: str | None) -> RecordVisit:
    return RecordVisit(
        visit.visit_id,
        visit.organisation_id,
        visit.service,
        visit.menu,
        visit.served_on,
        visit.started_at,
        visit.minutes,
        visit.outcome,
        visit.slip_no,
        Someone("", visit.user.person, visit.user.ages),
        tuple([Someone("", helper.person, helper.ages) for helper in visit.helpers]),
        visit.served_on,
        visit.agreed_record,
        correction,
    )


def _unknown(
    command: PlanVisit | RecordVisit, organisation: OrganisationDetails | None, known: Sequence[people.State]
) -> Refusal | None:
    if organisation is None:
        return refusals.unknown("organisation_id", "団体番号", command.organisation_id)
    if known[0] is None:
        return refusals.unknown("user_id", "利用者番号", command.user.office_id)
    for helper, person in zip(command.helpers, known[1:], strict=True):
        if person is None:
            return refusals.unknown("helper_ids", "提供者番号", helper.office_id)
    if any([helper.person == command.user.person for helper in command.helpers]):
        return Refusal("helper_is_user", "利用者本人を提供者にすることはできません。", "helper_ids")
    return None


def _row(facts: VisitFacts) -> tuple[object, ...]:
    return (
        facts.organisation_id,
        facts.service,
        facts.menu,
        facts.served_on,
        facts.started_at,
        facts.minutes,
        facts.outcome,
        facts.slip_no,
        facts.user.person,
        *[helper.person for helper in facts.helpers],
    )


def _facts(
    command: RecordVisit, state: State, organisation: OrganisationDetails, known: Sequence[people.State]
) -> VisitFacts:
    user, *helpers = _participants(command, known)
    day = command.served_on
    return VisitFacts(
        visit_id=command.visit_id,
        organisation_id=command.organisation_id,
        district_id=_district(user, organisation, day),
        service=command.service,
        menu=command.menu,
        served_on=day,
        started_at=command.started_at,
        minutes=command.minutes,
        outcome=command.outcome,
        slip_no=command.slip_no,
        user=user_on(user, day),
        helpers=helpers_on(helpers, user, day),
        agreed_record=command.brings_agreed_record or _agreed(known[0], day) or _stays_agreed(command, state),
    )


def _participants(command: RecordVisit | RestateVisit, known: Sequence[people.State]) -> list[Participant]:
    """The user, then the helpers."""
    return [
        Participant(someone.person, person.register, someone.ages)
        for someone, person in zip((command.user, *command.helpers), known, strict=True)
        if person is not None
    ]


def _district(user: Participant, organisation: OrganisationDetails, day: date) -> str | None:
    """The user's on that day; for a user without one, that of the organisation."""
    return district_on(user.register, day) or organisation.district_id


def _agreed(person: people.State, day: date) -> bool:
    return person is not None and any([agreed_on <= day for agreed_on in person.agreed_on])


def _stays_agreed(command: RecordVisit, state: State) -> bool:
    """A record that held for the visit holds for the same user on that day or a later one.

    Not on an earlier one: facts do not say whether the visit brought the record or the register has it, and what is
    told of the register before the correction must not count for more than what is told after it (decision 6).
    """
    if not isinstance(state, Confirmed):
        return False
    was = state.facts
    return was.agreed_record and was.user.person == command.user.person and was.served_on <= command.served_on
