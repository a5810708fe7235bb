"""Visits: planned → confirmed with slip → corrected, restated or voided. Facts carry the standing of their day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from services.requests import people, refusals
from services.requests.commands import PlanVisit, RecordVisit, RestateVisit, Someone, VoidVisit
from services.requests.events import (
    HelperOnDay,
    OrganisationDetails,
    UserOnDay,
    VisitConfirmed,
    VisitCorrected,
    VisitFacts,
    VisitPlanned,
    VisitRestated,
    VisitVoided,
)
from shared.kernel.deciding import Decided, Refusal
from shared.kernel.standing import category_on, is_relative, registered_on_day, trained_on_day


@dataclass(frozen=True, slots=True)
class Planned:
    plan: VisitPlanned


@dataclass(frozen=True, slots=True)
class Confirmed:
    facts: VisitFacts


@dataclass(frozen=True, slots=True)
class Voided:
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


def streams(command: PlanVisit | RecordVisit | RestateVisit) -> tuple[str, ...]:
    return (
        f"visit-{command.visit_id}",
        f"organisation-{command.organisation_id}",
        f"person-{command.user.person}",
        *[f"person-{helper.person}" for helper in command.helpers],
    )


def void_streams(command: VoidVisit) -> tuple[str, ...]:
    return (f"visit-{command.visit_id}",)


def plan(
    command: PlanVisit, state: State, organisation: OrganisationDetails | None, *known: people.State
) -> Decided:
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
    facts = _facts(command, organisation, [person for person in known if person is not None])
    if isinstance(state, Confirmed | Voided) and _row(state.facts) == _row(facts):
        return ()
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


def restate(
    command: RestateVisit, state: State, _organisation: OrganisationDetails | None, *known: people.State
) -> Decided:
    if not isinstance(state, Confirmed):
        return ()
    was = state.facts
    if [was.user.person, *[helper.person for helper in was.helpers]] != [
        someone.person for someone in (command.user, *command.helpers)
    ]:
        return ()
    user, *helpers = [person for person in known if person is not None]
    facts = replace(
        was,
        district_id=user.register.district_id or was.district_id,
        user=_user_on(command.user, user, was.served_on),
        helpers=_helpers_on(command.helpers, helpers, command.user, user, was.served_on),
        agreed_record=was.agreed_record or _agreed(user, was.served_on),
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
        tuple(Someone("", helper.person, helper.ages) for helper in visit.helpers),
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
        tuple(Someone("", helper.person, helper.ages) for helper in visit.helpers),
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
    if any(helper.person == command.user.person for helper in command.helpers):
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
    command: RecordVisit, organisation: OrganisationDetails, known: Sequence[people.Person]
) -> VisitFacts:
    user, *helpers = known
    day = command.served_on
    return VisitFacts(
        visit_id=command.visit_id,
        organisation_id=command.organisation_id,
        district_id=user.register.district_id or organisation.district_id,
        service=command.service,
        menu=command.menu,
        served_on=day,
        started_at=command.started_at,
        minutes=command.minutes,
        outcome=command.outcome,
        slip_no=command.slip_no,
        user=_user_on(command.user, user, day),
        helpers=_helpers_on(command.helpers, helpers, command.user, user, day),
        agreed_record=command.brings_agreed_record or _agreed(user, day),
    )


def _user_on(someone: Someone, person: people.Person, day: date) -> UserOnDay:
    return UserOnDay(person=someone.person, category=category_on(person.register, day), ages=someone.ages)


def _helpers_on(
    someones: Sequence[Someone], persons: Sequence[people.Person], user: Someone, of_user: people.Person, day: date
) -> tuple[HelperOnDay, ...]:
    return tuple(
        HelperOnDay(
            person=someone.person,
            registered=registered_on_day(person.register, day),
            trained=trained_on_day(person.register, day),
            relative=is_relative(someone.person, person.register, user.person, of_user.register),
            ages=someone.ages,
        )
        for someone, person in zip(someones, persons, strict=True)
    )


def _agreed(person: people.Person, day: date) -> bool:
    return any(agreed_on <= day for agreed_on in person.agreed_on)
