"""A ledger that was begun with facts in the shapes of their day is read as if they had always been those of today."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from services.requests import vault, views
from services.requests.entries import OrganisationEntry, PersonEntry, VisitEntry
from services.requests.events import CONTRACT, CareStandingRecorded, VisitConfirmed
from shared.kernel.contracts.requests import PersonRegisteredV1
from shared.kernel.former_standing import CarePeriodV1, RegisterV1
from tests.controls import (
    HELPER_ROW,
    ORGANISATION_ROW,
    SERVED_ON,
    SUPPORT1,
    TAKAMATSU,
    USER,
    USER_KNOWN,
    USER_REGISTER,
    USER_ROW,
    VISIT_ROW,
)
from tests.projecting import rows_after
from tests.recording import Recording
from tests.unit.requests.offices import Office

USER_KNOWN_V1 = PersonRegisteredV1(
    person=USER,
    register=RegisterV1(
        roles=("user",),
        district_id="D2",
        registered_on=None,
        trained_on=None,
        relatives=(),
        care=(CarePeriodV1(care_level="support1", care_from=date(2016, 4, 1), care_until=None),),
    ),
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose user was registered by the version before."""
    opened = Office(tmp_path)
    recording = Recording(datetime(2016, 10, 1, tzinfo=UTC))
    with opened.store.begin([TAKAMATSU]) as tx:
        vault.keep_people(tx.connection, [vault.PersonDetails(TAKAMATSU, USER, USER_ROW)])
        tx.append([recording.add(f"person-{USER}", USER_KNOWN_V1)])
    opened.enter(OrganisationEntry(ORGANISATION_ROW, None), PersonEntry(HELPER_ROW, None))
    yield opened
    opened.store.close()


def test_a_visit_finds_the_user_as_registered_then(office: Office) -> None:
    office.enter(VisitEntry(VISIT_ROW, None, brings_agreed_record=False))
    confirmed = office.facts()[-1]
    assert isinstance(confirmed, VisitConfirmed)
    assert (confirmed.visit.user.category, confirmed.visit.district_id) == ("support1", "D2")


def test_the_history_goes_on_from_what_was_registered_then(office: Office) -> None:
    office.enter(PersonEntry(replace(USER_ROW, district_id="D9", care_from=SERVED_ON), None))
    moved = replace(SUPPORT1, district_id="D9", care_from=SERVED_ON)
    assert office.facts()[-1] == CareStandingRecorded(
        person=USER, register=replace(USER_REGISTER, periods=(SUPPORT1, moved)), was=USER_REGISTER
    )


def test_the_ledger_keeps_the_bytes_of_then(office: Office) -> None:
    (event,) = office.store.read(TAKAMATSU, 0, 1)
    assert event.type == "yui.requests.person_registered.v1"
    assert b'"care":[' in event.data
    assert event.computed_hash() == event.hash


def test_a_view_shows_what_was_registered_then_as_if_it_were_today() -> None:
    stream = f"person-{USER}"
    then, now = [rows_after(views.PEOPLE, CONTRACT, (stream, fact)) for fact in (USER_KNOWN_V1, USER_KNOWN)]
    assert then == now
