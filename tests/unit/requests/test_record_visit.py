from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from services.requests.commands import RecordVisit, RestateVisit, Someone
from services.requests.events import (
    CareRecordAgreed,
    HelperOnDay,
    PersonRegistered,
    VisitConfirmed,
    VisitCorrected,
    VisitFacts,
    VisitRestated,
    VisitVoided,
)
from shared.kernel.ages import ages_on
from tests.controls import (
    HELPER,
    HELPER_AGES,
    HELPER_BORN,
    HELPER_KNOWN,
    HELPER_REGISTER,
    NO_CARE,
    ORGANISATION_KNOWN,
    REASON_REF,
    SERVED_ON,
    SUPPORT1,
    TODAY,
    USER,
    USER_BORN,
    USER_KNOWN,
    USER_REGISTER,
    VISIT,
    VISIT_CONFIRMED,
    nobody,
    record_visit,
    the_helper,
    the_user,
    visit_facts,
)
from tests.unit.requests.specs import EVERYBODY_KNOWN, VISIT_PLANNED, given

SECOND = "0192a000-0000-7000-8000-0000000000b2"
RELATED = replace(NO_CARE, relatives=(USER,))
VOIDED = VisitVoided(was=VISIT, reason_ref=REASON_REF)
EARLIER, LATER = SERVED_ON - timedelta(days=2), SERVED_ON + timedelta(days=2)
VISIT_CONFIRMED_WITHOUT = VisitConfirmed(visit=visit_facts(agreed_record=False))


def user_known(**changed: object) -> PersonRegistered:
    """With another period."""
    return PersonRegistered(person=USER, register=replace(USER_REGISTER, periods=(replace(SUPPORT1, **changed),)))


def helper_known(**changed: object) -> PersonRegistered:
    return PersonRegistered(person=HELPER, register=replace(HELPER_REGISTER, **changed))


def moved_on_a_page(day: date) -> RecordVisit:
    return record_visit(
        served_on=day,
        user=the_user(day),
        helpers=(the_helper(day),),
        brings_agreed_record=False,
        correction=REASON_REF,
    )


def moved_facts(day: date, **changed: object) -> VisitFacts:
    user = replace(VISIT.user, ages=ages_on(USER_BORN, day))
    helpers = (replace(VISIT.helpers[0], ages=ages_on(HELPER_BORN, day)),)
    return visit_facts(served_on=day, user=user, helpers=helpers, **changed)


# ------------------------------------------------------------------------------------------ recorded


def test_a_visit_is_confirmed_with_the_facts_of_its_day() -> None:
    given(*EVERYBODY_KNOWN).when(record_visit()).then(VisitConfirmed(visit=VISIT))


def test_a_planned_visit_is_confirmed_whatever_was_planned() -> None:
    given(*EVERYBODY_KNOWN, VISIT_PLANNED).when(record_visit(started_at="11:30")).then(
        VisitConfirmed(visit=visit_facts(started_at="11:30"))
    )


def test_a_visit_of_today_is_confirmed() -> None:
    visit = visit_facts(
        served_on=TODAY,
        user=replace(VISIT.user, ages=ages_on(USER_BORN, TODAY)),
        helpers=(replace(VISIT.helpers[0], ages=ages_on(HELPER_BORN, TODAY)),),
    )
    given(*EVERYBODY_KNOWN).when(
        record_visit(served_on=TODAY, user=the_user(TODAY), helpers=(the_helper(TODAY),))
    ).then(VisitConfirmed(visit=visit))


@pytest.mark.parametrize("outcome", ["cancelled_before", "cancelled_same_day", "no_show", "not_needed", "stopped"])
def test_a_visit_that_was_not_done_is_kept_with_its_outcome(outcome: str) -> None:
    given(*EVERYBODY_KNOWN).when(record_visit(outcome=outcome)).then(
        VisitConfirmed(visit=replace(VISIT, outcome=outcome))
    )


def test_somebody_whose_birth_date_was_erased_is_recorded_without_ages() -> None:
    given(*EVERYBODY_KNOWN).when(record_visit(user=Someone("U1", USER))).then(
        VisitConfirmed(visit=visit_facts(user=replace(VISIT.user, ages=None)))
    )


# ------------------------------------------------------------------------------------------ the standing of the day


@pytest.mark.parametrize(("users", "stated"), [("D7", "D7"), (None, "D1")], ids=["the user's", "the organisation's"])
def test_the_district_is_the_users_or_else_the_organisations(users: str | None, stated: str) -> None:
    given(ORGANISATION_KNOWN, user_known(district_id=users), HELPER_KNOWN).when(record_visit()).then(
        VisitConfirmed(visit=visit_facts(district_id=stated))
    )


def test_a_user_without_care_level_on_the_day_is_kept_as_other() -> None:
    given(ORGANISATION_KNOWN, user_known(care_level="none"), HELPER_KNOWN).when(record_visit()).then(
        VisitConfirmed(visit=visit_facts(user=replace(VISIT.user, category="other")))
    )


@pytest.mark.parametrize(("day", "counts"), [(SERVED_ON, True), (SERVED_ON + timedelta(days=1), False), (None, False)])
@pytest.mark.parametrize("what", ["registered", "trained"])
def test_a_helper_counts_as_registered_and_trained_from_the_very_day(what: str, day: date | None, counts: bool) -> None:
    given(ORGANISATION_KNOWN, USER_KNOWN, helper_known(**{f"{what}_on": day})).when(record_visit()).then(
        VisitConfirmed(visit=visit_facts(helpers=(replace(VISIT.helpers[0], **{what: counts}),)))
    )


def test_a_relative_named_by_either_side_is_marked() -> None:
    marked = VisitConfirmed(visit=visit_facts(helpers=(replace(VISIT.helpers[0], relative=True),)))
    given(ORGANISATION_KNOWN, user_known(relatives=(HELPER,)), HELPER_KNOWN).when(record_visit()).then(marked)
    given(ORGANISATION_KNOWN, USER_KNOWN, helper_known(periods=(RELATED,))).when(record_visit()).then(marked)


def test_every_helper_is_stated() -> None:
    second = PersonRegistered(
        person=SECOND,
        register=replace(HELPER_REGISTER, trained_on=None, periods=(RELATED,)),
    )
    helpers = (the_helper(), Someone("H2", SECOND, HELPER_AGES, dated=True))
    stated = HelperOnDay(person=SECOND, registered=True, trained=False, relative=True, ages=HELPER_AGES)
    given(*EVERYBODY_KNOWN, second).when(record_visit(helpers=helpers)).then(
        VisitConfirmed(visit=visit_facts(helpers=(VISIT.helpers[0], stated)))
    )


@pytest.mark.parametrize(
    ("agreed_on", "holds"),
    [(SERVED_ON, True), (SERVED_ON - timedelta(days=9), True), (SERVED_ON + timedelta(days=1), False)],
)
def test_a_visit_from_a_page_needs_a_record_agreed_by_its_day(agreed_on: date, holds: bool) -> None:
    agreed = CareRecordAgreed(person=USER, agreed_on=agreed_on)
    given(*EVERYBODY_KNOWN, agreed).when(record_visit(brings_agreed_record=False)).then(
        VisitConfirmed(visit=visit_facts(agreed_record=holds))
    )


def test_a_visit_from_a_page_without_any_record_is_kept_without() -> None:
    given(*EVERYBODY_KNOWN).when(record_visit(brings_agreed_record=False)).then(
        VisitConfirmed(visit=visit_facts(agreed_record=False))
    )


# ------------------------------------------------------------------------------------------ again, corrected


@pytest.mark.parametrize("brings", [True, False])
def test_the_same_row_again_changes_nothing(brings: bool) -> None:
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED).when(record_visit(brings_agreed_record=brings)).unchanged()


def test_the_same_row_imported_brings_its_record_to_a_visit_from_a_page() -> None:
    history = given(*EVERYBODY_KNOWN, VISIT_CONFIRMED_WITHOUT)
    history.when(record_visit()).then(VisitRestated(visit=VISIT, was=VISIT_CONFIRMED_WITHOUT.visit))
    history.when(record_visit(brings_agreed_record=False)).unchanged()


def test_a_record_brought_afterwards_comes_with_the_standing_of_the_day() -> None:
    stated = visit_facts(user=replace(VISIT.user, category="other"))
    given(ORGANISATION_KNOWN, user_known(care_level="none"), HELPER_KNOWN, VISIT_CONFIRMED_WITHOUT).when(
        record_visit()
    ).then(VisitRestated(visit=stated, was=VISIT_CONFIRMED_WITHOUT.visit))


def test_the_same_row_imported_brings_nothing_to_a_visit_since_voided() -> None:
    voided = VisitVoided(was=VISIT_CONFIRMED_WITHOUT.visit, reason_ref=REASON_REF)
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED_WITHOUT, voided).when(record_visit()).unchanged()


def test_the_same_row_again_with_a_reason_changes_nothing() -> None:
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED).when(record_visit(correction=REASON_REF)).unchanged()


def test_the_same_row_of_a_visit_since_voided_changes_nothing() -> None:
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED, VOIDED).when(record_visit()).unchanged()


def test_the_same_row_changes_nothing_when_only_the_register_has_moved_on() -> None:
    given(ORGANISATION_KNOWN, user_known(care_level="none"), HELPER_KNOWN, VISIT_CONFIRMED).when(
        record_visit()
    ).unchanged()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("service", "day"),
        ("menu", ("cooking", "laundry")),
        ("started_at", "11:00"),
        ("minutes", 45),
        ("outcome", "no_show"),
        ("slip_no", None),
    ],
)
def test_other_content_is_refused_without_a_reason_and_corrected_with_one(column: str, value: object) -> None:
    history = given(*EVERYBODY_KNOWN, VISIT_CONFIRMED)
    history.when(record_visit(**{column: value})).refused("known_with_other_content", "visit_id")
    history.when(record_visit(**{column: value}, correction=REASON_REF)).then(
        VisitCorrected(visit=visit_facts(**{column: value}), was=VISIT, reason_ref=REASON_REF)
    )


def test_a_visit_moved_to_another_organisation_user_and_day_is_corrected() -> None:
    day = date(2016, 9, 30)
    other_user = PersonRegistered(
        person=SECOND, register=replace(USER_REGISTER, periods=(replace(SUPPORT1, district_id="D5"),))
    )
    organisation = replace(
        ORGANISATION_KNOWN, organisation=replace(ORGANISATION_KNOWN.organisation, organisation_id="O2")
    )
    moved = visit_facts(
        organisation_id="O2",
        district_id="D5",
        served_on=day,
        user=replace(VISIT.user, person=SECOND, ages=ages_on(USER_BORN, day)),
        helpers=(replace(VISIT.helpers[0], ages=ages_on(HELPER_BORN, day)),),
    )
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED, other_user, organisation).when(
        record_visit(
            organisation_id="O2",
            served_on=day,
            user=the_user(day, SECOND),
            helpers=(the_helper(day),),
            correction=REASON_REF,
        )
    ).then(VisitCorrected(visit=moved, was=VISIT, reason_ref=REASON_REF))


def test_a_correction_on_a_page_leaves_an_imported_visit_its_record() -> None:
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED).when(
        record_visit(minutes=45, brings_agreed_record=False, correction=REASON_REF)
    ).then(VisitCorrected(visit=visit_facts(minutes=45), was=VISIT, reason_ref=REASON_REF))


@pytest.mark.parametrize(("agreed_on", "holds"), [(EARLIER, True), (SERVED_ON, False)])
def test_a_visit_moved_on_a_page_to_an_earlier_day_needs_a_record_agreed_by_then(agreed_on: date, holds: bool) -> None:
    agreed = CareRecordAgreed(person=USER, agreed_on=agreed_on)
    given(*EVERYBODY_KNOWN, agreed, VISIT_CONFIRMED).when(moved_on_a_page(EARLIER)).then(
        VisitCorrected(visit=moved_facts(EARLIER, agreed_record=holds), was=VISIT, reason_ref=REASON_REF)
    )


@pytest.mark.parametrize(("day", "holds"), [(EARLIER, False), (LATER, True)])
def test_an_imported_visit_moved_on_a_page_keeps_its_record_on_a_later_day(day: date, holds: bool) -> None:
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED).when(moved_on_a_page(day)).then(
        VisitCorrected(visit=moved_facts(day, agreed_record=holds), was=VISIT, reason_ref=REASON_REF)
    )


@pytest.mark.parametrize("agreed_on", [EARLIER, SERVED_ON])
def test_a_record_agreed_before_or_after_a_correction_on_a_page_comes_to_the_same(agreed_on: date) -> None:
    agreed = CareRecordAgreed(person=USER, agreed_on=agreed_on)
    moved = moved_facts(EARLIER, agreed_record=False)
    right = replace(moved, agreed_record=agreed_on == EARLIER)
    corrected = VisitCorrected(visit=right, was=VISIT, reason_ref=REASON_REF)
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED, agreed).when(moved_on_a_page(EARLIER)).then(corrected)
    told_later = given(*EVERYBODY_KNOWN, VISIT_CONFIRMED, replace(corrected, visit=moved), agreed)
    restate = RestateVisit("V1", "O1", the_user(EARLIER), (the_helper(EARLIER),), brings_agreed_record=False)
    told_later.when(restate).then(*([VisitRestated(visit=right, was=moved)] if right != moved else []))


@pytest.mark.parametrize(("agreed_on", "holds"), [(LATER, True), (LATER + timedelta(days=1), False)])
def test_a_visit_moved_on_a_page_to_a_later_day_may_find_a_record_agreed_by_then(agreed_on: date, holds: bool) -> None:
    agreed = CareRecordAgreed(person=USER, agreed_on=agreed_on)
    given(*EVERYBODY_KNOWN, agreed, VISIT_CONFIRMED_WITHOUT).when(moved_on_a_page(LATER)).then(
        VisitCorrected(
            visit=moved_facts(LATER, agreed_record=holds), was=VISIT_CONFIRMED_WITHOUT.visit, reason_ref=REASON_REF
        )
    )


@pytest.mark.parametrize(
    ("brings", "who_agreed", "holds"), [(False, USER, False), (False, SECOND, True), (True, USER, True)]
)
def test_a_record_does_not_follow_a_visit_to_another_user_unless_imported(
    brings: bool, who_agreed: str, holds: bool
) -> None:
    other_user = PersonRegistered(person=SECOND, register=USER_REGISTER)
    agreed = CareRecordAgreed(person=who_agreed, agreed_on=SERVED_ON)
    moved = visit_facts(user=replace(VISIT.user, person=SECOND), agreed_record=holds)
    given(*EVERYBODY_KNOWN, other_user, agreed, VISIT_CONFIRMED).when(
        record_visit(user=the_user(person=SECOND), brings_agreed_record=brings, correction=REASON_REF)
    ).then(VisitCorrected(visit=moved, was=VISIT, reason_ref=REASON_REF))


def test_a_voided_visit_is_not_corrected() -> None:
    given(*EVERYBODY_KNOWN, VISIT_CONFIRMED, VOIDED).when(record_visit(minutes=45, correction=REASON_REF)).refused(
        "voided", "visit_id"
    )


# ------------------------------------------------------------------------------------------ refused


def test_an_unknown_organisation_is_refused() -> None:
    given(USER_KNOWN, HELPER_KNOWN).when(record_visit()).refused("unknown_organisation_id", "organisation_id")


def test_an_unknown_user_is_refused() -> None:
    given(ORGANISATION_KNOWN, HELPER_KNOWN).when(record_visit(user=nobody("U9"))).refused("unknown_user_id", "user_id")


def test_an_unknown_helper_is_refused() -> None:
    command = record_visit(helpers=(the_helper(), nobody("H9")))
    assert "「H9」" in given(*EVERYBODY_KNOWN).when(command).refused("unknown_helper_ids", "helper_ids").text


def test_a_user_is_not_the_own_helper() -> None:
    given(*EVERYBODY_KNOWN).when(record_visit(helpers=(the_user(),))).refused("helper_is_user", "helper_ids")


def test_a_visit_in_the_future_is_refused() -> None:
    tomorrow = TODAY + timedelta(days=1)
    refusal = given(*EVERYBODY_KNOWN).when(record_visit(served_on=tomorrow)).refused("in_future", "served_on")
    assert str(tomorrow) in refusal.text


@pytest.mark.parametrize("who", ["user", "helpers"])
def test_a_visit_before_somebodys_birth_is_refused(who: str) -> None:
    unborn = Someone("X1", USER if who == "user" else HELPER, None, dated=True)
    command = record_visit(**{who: unborn if who == "user" else (unborn,)})
    assert "「X1」" in given(*EVERYBODY_KNOWN).when(command).refused("before_birth", "served_on").text
