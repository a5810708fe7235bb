"""The reception: office numbers become random ids, and what says who somebody is stays in the vault (decision 9)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from services.requests import vault
from services.requests.entries import (
    ActivityEntry,
    ActivityVoidEntry,
    CareRecordEntry,
    Entry,
    OrganisationEntry,
    PersonEntry,
    VisitEntry,
    VisitPlanEntry,
    VisitVoidEntry,
)
from services.requests.events import (
    ActivityRecorded,
    ActivityVoided,
    CareRecordAgreed,
    CareStandingRecorded,
    OrganisationCorrected,
    PersonCorrected,
    PersonRegistered,
    VisitConfirmed,
    VisitPlanned,
    VisitVoided,
)
from shared.flow.handle import Accepted, Outcome, Refused
from shared.kernel.ages import ages_on
from tests.controls import (
    ACTIVITY_ROW,
    HELPER_AGES,
    HELPER_ROW,
    ORGANISATION_ROW,
    SERVED_ON,
    TAKAMATSU,
    USER_AGES,
    USER_ROW,
    VISIT_ROW,
)
from tests.unit.requests.offices import Office

LATER = replace(USER_ROW, care_level="support2", care_from=date(2016, 10, 15))
EARLIER = replace(
    USER_ROW, care_level="checklist", care_from=date(2015, 4, 1), name="旧姓", birth_date=date(1930, 1, 1)
)
WITH_RELATIVE = replace(USER_ROW, relatives=("H1",))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    opened = Office(tmp_path)
    yield opened
    opened.store.close()


def code(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused)
    return outcome.refusal.code


def last(office: Office) -> Any:
    return office.facts()[-1]


# ------------------------------------------------------------------------------------------ people


def test_a_person_is_registered_under_a_random_id_and_the_rest_stays_in_the_vault(office: Office) -> None:
    office.enter(PersonEntry(USER_ROW, None))
    fact = last(office)
    row = office.vault_row("U1")
    assert isinstance(fact, PersonRegistered)
    assert (fact.person, row.name, row.birth_date, row.phone) == (
        row.person,
        "高松 花子",
        USER_ROW.birth_date,
        USER_ROW.phone,
    )
    recorded = msgspec.json.encode(fact).decode()
    for secret in ("U1", "花子", "ハナコ", "1936", "760-0000", "087"):
        assert secret not in recorded


def test_the_same_row_again_changes_nothing(office: Office) -> None:
    office.enter(PersonEntry(USER_ROW, None))
    (outcome,) = office.enter(PersonEntry(USER_ROW, None))
    assert isinstance(outcome, Accepted)
    assert outcome.types == ()


def test_two_equal_rows_in_one_batch_are_one(office: Office) -> None:
    first, second = office.enter(PersonEntry(USER_ROW, None), PersonEntry(USER_ROW, None))
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert (first.types, second.types) == ((PersonRegistered.TYPE,), ())


def test_other_content_without_a_reason_is_refused_and_the_vault_stays(office: Office) -> None:
    office.enter(PersonEntry(USER_ROW, None))
    (outcome,) = office.enter(PersonEntry(replace(USER_ROW, name="別人"), None))
    assert code(outcome) == "known_with_other_content"
    assert office.vault_row("U1").name == "高松 花子"


def test_a_correction_replaces_what_the_vault_holds_and_its_reason_is_kept_there(office: Office) -> None:
    office.enter(PersonEntry(USER_ROW, None))
    office.enter(PersonEntry(replace(USER_ROW, name="香川 花子"), "婚姻"))
    fact = last(office)
    assert isinstance(fact, PersonCorrected)
    assert office.text(fact.reason_ref) == "婚姻"
    assert office.vault_row("U1").name == "香川 花子"


def test_a_correction_within_the_batch_of_its_row_is_one_too(office: Office) -> None:
    office.enter(PersonEntry(USER_ROW, None), PersonEntry(replace(USER_ROW, district_id="D9"), "転居"))
    assert [type(fact) for fact in office.facts()] == [PersonRegistered, PersonCorrected]


@pytest.mark.parametrize("reason", [None, "訂正"])
def test_a_row_of_somebody_not_born_yet_is_refused_however_often_it_comes(office: Office, reason: str | None) -> None:
    unborn = PersonEntry(replace(USER_ROW, birth_date=date(2030, 1, 1)), reason)
    assert [type(outcome) for outcome in office.enter(unborn, unborn)] == [Refused, Refused]
    assert [type(outcome) for outcome in office.enter(PersonEntry(USER_ROW, None), unborn)] == [Accepted, Refused]
    assert office.vault_row("U1").birth_date == USER_ROW.birth_date


def test_a_later_row_is_a_change_of_standing_of_the_same_person(office: Office) -> None:
    office.enter(PersonEntry(USER_ROW, None), PersonEntry(LATER, None))
    registered, changed = office.facts()
    assert isinstance(changed, CareStandingRecorded)
    assert changed.person == registered.person


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
def test_a_row_of_an_earlier_day_does_not_replace_newer_details(office: Office, together: bool) -> None:
    office.open_for_business()
    entries: list[Entry] = [PersonEntry(EARLIER, None), VisitEntry(VISIT_ROW, None, brings_agreed_record=True)]
    for part in [entries] if together else [[entry] for entry in entries]:
        office.enter(*part)
    assert office.vault_row("U1").name == "高松 花子"
    assert last(office).visit.user.ages == USER_AGES


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
def test_a_relative_keeps_the_id_under_which_it_was_first_named(office: Office, together: bool) -> None:
    entries = [PersonEntry(WITH_RELATIVE, None), PersonEntry(HELPER_ROW, None)]
    for part in [entries] if together else [[entry] for entry in entries]:
        office.enter(*part)
    user, helper = office.facts()
    assert user.register.periods[0].relatives == (helper.person,)
    assert office.vault_row("H1").person == helper.person


def test_a_relative_first_named_in_a_refused_row_keeps_its_id_too(office: Office) -> None:
    office.enter(PersonEntry(USER_ROW, None))
    refused, accepted = office.enter(
        PersonEntry(WITH_RELATIVE, None), PersonEntry(replace(WITH_RELATIVE, person_id="U2"), None)
    )
    office.enter(PersonEntry(HELPER_ROW, None))
    assert (type(refused), type(accepted)) == (Refused, Accepted)
    assert office.facts()[1].register.periods[0].relatives == (last(office).person,)


def test_a_relative_named_in_a_refused_row_only_is_not_kept(office: Office) -> None:
    office.enter(PersonEntry(USER_ROW, None))
    office.enter(PersonEntry(WITH_RELATIVE, None))
    assert office.vault_row("H1") is None


def test_a_request_repeated_after_a_correction_does_not_bring_the_old_details_back(office: Office) -> None:
    office.enter(PersonEntry(USER_ROW, None), key="key")
    office.enter(PersonEntry(replace(USER_ROW, name="香川 花子"), "婚姻"))
    office.enter(PersonEntry(USER_ROW, None), key="key")
    assert office.vault_row("U1").name == "香川 花子"
    (outcome,) = office.enter(PersonEntry(replace(USER_ROW, name="香川 花子"), None))
    assert isinstance(outcome, Accepted)


# ------------------------------------------------------------------------------------------ visits, activities


def test_a_visit_carries_ids_ages_and_menu_items_in_one_spelling_and_once(office: Office) -> None:
    office.open_for_business()
    office.enter(
        VisitEntry(
            replace(VISIT_ROW, menu=("調理", "shopping", "cooking", "庭いじり")), None, brings_agreed_record=True
        )
    )
    fact = last(office)
    assert isinstance(fact, VisitConfirmed)
    assert fact.visit.menu == ("cooking", "shopping", "庭いじり")
    assert (fact.visit.user.person, fact.visit.user.ages) == (office.vault_row("U1").person, USER_AGES)
    assert [(one.person, one.ages) for one in fact.visit.helpers] == [(office.vault_row("H1").person, HELPER_AGES)]


def test_a_visit_names_the_unknown_by_the_number_as_written(office: Office) -> None:
    office.open_for_business()
    (outcome,) = office.enter(VisitEntry(replace(VISIT_ROW, user_id="U9"), None, brings_agreed_record=True))
    assert isinstance(outcome, Refused)
    assert "「U9」" in outcome.refusal.text


def test_a_visit_can_follow_its_people_in_one_batch(office: Office) -> None:
    office.enter(
        OrganisationEntry(ORGANISATION_ROW, None),
        PersonEntry(USER_ROW, None),
        PersonEntry(HELPER_ROW, None),
        VisitEntry(VISIT_ROW, None, brings_agreed_record=True),
    )
    assert last(office).visit.user.ages == USER_AGES


def test_the_office_decides_by_its_own_day_what_lies_in_the_future(office: Office) -> None:
    office.open_for_business()
    entry = VisitEntry(replace(VISIT_ROW, served_on=date(2016, 11, 2)), None, brings_agreed_record=True)
    assert code(office.enter(entry)[0]) == "in_future"
    office.clock.pass_days(1)
    assert isinstance(office.enter(entry)[0], Accepted)


def test_a_visit_before_somebodys_birth_is_refused(office: Office) -> None:
    office.open_for_business()
    office.enter(PersonEntry(replace(USER_ROW, person_id="U2", birth_date=date(2016, 10, 4)), None))
    (outcome,) = office.enter(VisitEntry(replace(VISIT_ROW, user_id="U2"), None, brings_agreed_record=True))
    assert code(outcome) == "before_birth"


def test_a_visit_is_planned_then_voided_with_a_reason_in_the_vault(office: Office) -> None:
    office.open_for_business()
    office.enter(VisitPlanEntry(VISIT_ROW), VisitEntry(VISIT_ROW, None, brings_agreed_record=False))
    office.enter(VisitVoidEntry("V1", "二重入力"))
    planned, confirmed, voided = office.facts()[-3:]
    assert (type(planned), type(confirmed), type(voided)) == (VisitPlanned, VisitConfirmed, VisitVoided)
    assert (planned.user, confirmed.visit.agreed_record) == (confirmed.visit.user.person, False)
    assert office.text(voided.reason_ref) == "二重入力"


def test_an_agreed_record_belongs_to_the_person_behind_the_number(office: Office) -> None:
    office.open_for_business()
    known, unknown = office.enter(CareRecordEntry("U1", SERVED_ON), CareRecordEntry("U9", SERVED_ON))
    assert last(office) == CareRecordAgreed(person=office.vault_row("U1").person, agreed_on=SERVED_ON)
    assert isinstance(known, Accepted)
    assert code(unknown) == "unknown_person_id"


def test_an_activity_carries_id_and_ages_and_is_voided_with_a_reason_in_the_vault(office: Office) -> None:
    office.open_for_business()
    office.enter(ActivityEntry(ACTIVITY_ROW, None))
    recorded = last(office)
    office.enter(ActivityVoidEntry("A1", "別の会"))
    voided = last(office)
    assert (type(recorded), type(voided)) == (ActivityRecorded, ActivityVoided)
    assert (recorded.activity.person, recorded.activity.ages) == (
        office.vault_row("H1").person,
        ages_on(HELPER_ROW.birth_date, SERVED_ON),
    )
    assert office.text(voided.reason_ref) == "別の会"


def test_an_organisations_correction_keeps_its_reason_in_the_vault(office: Office) -> None:
    office.enter(
        OrganisationEntry(ORGANISATION_ROW, None), OrganisationEntry(replace(ORGANISATION_ROW, name="新名"), "改称")
    )
    fact = last(office)
    assert isinstance(fact, OrganisationCorrected)
    assert office.text(fact.reason_ref) == "改称"


def test_the_reason_of_what_changed_nothing_is_not_kept(office: Office) -> None:
    office.enter(OrganisationEntry(ORGANISATION_ROW, None))
    office.enter(OrganisationEntry(ORGANISATION_ROW, "理由"), VisitVoidEntry("V9", "理由"))
    with office.store.reading(TAKAMATSU) as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM vault_texts").scalar() == 0


def test_who_may_see_a_person_is_shown_the_name_and_the_look_is_logged(office: Office) -> None:
    office.open_for_business()
    ids = [office.vault_row("U1").person, "somebody erased"]
    with office.store.begin([TAKAMATSU]) as tx:
        shown = vault.show(tx.connection, TAKAMATSU, ids, "clerk", "statement", "2016-11-01T01:02:03Z")
    assert shown == {ids[0]: vault.Person(person=ids[0], office_id="U1", name="高松 花子", kana="タカマツ ハナコ")}
    with office.store.reading(TAKAMATSU) as connection:
        (look,) = connection.exec_driver_sql("SELECT tenant, actor, purpose, people, at FROM vault_reads").all()
    assert tuple(look) == (TAKAMATSU, "clerk", "statement", 1, "2016-11-01T01:02:03Z")


def test_nobody_asked_for_is_nobody_found(office: Office) -> None:
    with office.store.reading(TAKAMATSU) as connection:
        assert vault.identities(connection, []) == {}
        assert vault.text(connection, TAKAMATSU, "no such reference") is None
