"""People and their standing: the register without names, by random id."""

from datetime import date

import msgspec

from services.requests import refusals
from services.requests.commands import AgreeCareRecord, RegisterPerson
from services.requests.events import CareRecordAgreed, CareStandingRecorded, PersonCorrected, PersonRegistered
from shared.kernel.deciding import Decided
from shared.kernel.standing import Register, registered_by_row


class Person(msgspec.Struct, frozen=True):
    register: Register
    agreed_on: tuple[date, ...] = ()


State = Person | None
Fact = PersonRegistered | CareStandingRecorded | PersonCorrected | CareRecordAgreed


def evolve(state: State, fact: Fact) -> Person:
    agreed_on = state.agreed_on if state else ()
    if isinstance(fact, CareRecordAgreed):
        assert state is not None  # noqa: S101 - a record is agreed only by a registered person
        return Person(state.register, (*agreed_on, fact.agreed_on))
    return Person(fact.register, agreed_on)


def streams(command: RegisterPerson) -> tuple[str, ...]:
    return (f"person-{command.person}",)


def register(command: RegisterPerson, state: State) -> Decided:
    if command.row_equal:
        return ()
    if command.unborn:
        return refusals.unborn("birth_date")
    if command.row_known and command.correction is None:
        return refusals.person_known_with_other_content()
    register_ = registered_by_row(
        state.register if state else None,
        roles=command.roles,
        registered_on=command.registered_on,
        trained_on=command.trained_on,
        period=command.period,
    )
    if state is None:
        return (PersonRegistered(person=command.person, register=register_),)
    if command.correction is not None:
        return (
            PersonCorrected(
                person=command.person, register=register_, was=state.register, reason_ref=command.correction
            ),
        )
    return (CareStandingRecorded(person=command.person, register=register_, was=state.register),)


def agree_streams(command: AgreeCareRecord) -> tuple[str, ...]:
    return (f"person-{command.someone.person}",)


def agree(command: AgreeCareRecord, state: State) -> Decided:
    if state is None:
        return refusals.unknown("person_id", "利用者番号", command.someone.office_id)
    if command.agreed_on > command.today:
        return refusals.in_future("agreed_on", command.agreed_on, command.today)
    if command.agreed_on in state.agreed_on:
        return ()
    return (CareRecordAgreed(person=command.someone.person, agreed_on=command.agreed_on),)
