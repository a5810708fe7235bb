"""Each read model after each event, above all the reversing ones."""

from datetime import date
from typing import Any

from msgspec.structs import replace

from services.requests import views
from services.requests.events import (
    CONTRACT,
    ActivityCorrected,
    ActivityRestated,
    ActivityVoided,
    CareStandingRecorded,
    OrganisationCorrected,
    PersonCorrected,
    VisitCorrected,
    VisitRestated,
    VisitVoided,
)
from tests.controls import (
    ACTIVITY,
    ACTIVITY_RECORDED,
    HELPER,
    HELPER_KNOWN,
    ORGANISATION,
    ORGANISATION_KNOWN,
    REASON_REF,
    SERVED_ON,
    SUPPORT1,
    USER,
    USER_KNOWN,
    USER_REGISTER,
    VISIT,
    VISIT_CONFIRMED,
    activity_facts,
    visit_facts,
)
from tests.projecting import rows_after
from tests.unit.requests.specs import VISIT_PLANNED


def only(rows: list[dict[str, Any]], *names: str) -> tuple[Any, ...]:
    (row,) = rows
    return tuple(row[name] for name in names)


def test_an_organisation_is_shown_as_registered() -> None:
    assert rows_after(views.ORGANISATIONS, CONTRACT, ("organisation-O1", ORGANISATION_KNOWN)) == [
        {
            "organisation_id": "O1",
            "name": "太田コミュニティ協議会",
            "services": "visit+day",
            "district_id": "D1",
            "active_from": date(2016, 10, 1),
            "active_until": None,
            "version": 1,
        }
    ]


def test_an_organisation_is_shown_as_corrected() -> None:
    changed = replace(ORGANISATION, name="新名", active_until=date(2017, 3, 31))
    corrected = OrganisationCorrected(organisation=changed, was=ORGANISATION, reason_ref=REASON_REF)
    rows = rows_after(
        views.ORGANISATIONS, CONTRACT, ("organisation-O1", ORGANISATION_KNOWN), ("organisation-O1", corrected)
    )
    assert only(rows, "name", "active_until", "version") == ("新名", date(2017, 3, 31), 2)


def test_people_are_shown_without_names() -> None:
    user, helper = rows_after(
        views.PEOPLE, CONTRACT, (f"person-{USER}", USER_KNOWN), (f"person-{HELPER}", HELPER_KNOWN)
    )
    assert user == {
        "person": USER,
        "is_user": True,
        "is_helper": False,
        "district_id": "D2",
        "registered_on": None,
        "trained_on": None,
        "care_level": "support1",
        "version": 1,
    }
    assert (helper["is_helper"], helper["trained_on"]) == (True, date(2016, 9, 20))


def test_people_are_shown_with_their_latest_standing_and_as_corrected() -> None:
    stream = f"person-{USER}"
    care1 = replace(SUPPORT1, care_level="care1", care_from=date(2016, 11, 1))
    later = replace(USER_REGISTER, periods=(SUPPORT1, care1))
    changed = CareStandingRecorded(person=USER, register=later, was=USER_REGISTER)
    corrected = PersonCorrected(
        person=USER,
        register=replace(later, periods=(SUPPORT1, replace(care1, care_level="none", district_id="D9"))),
        was=later,
        reason_ref=REASON_REF,
    )
    assert only(rows_after(views.PEOPLE, CONTRACT, (stream, USER_KNOWN), (stream, changed)), "care_level") == ("care1",)
    rows = rows_after(views.PEOPLE, CONTRACT, (stream, USER_KNOWN), (stream, changed), (stream, corrected))
    assert only(rows, "care_level", "district_id", "version") == ("none", "D9", 3)


def visits(*facts: Any) -> list[dict[str, Any]]:
    return rows_after(views.VISITS, CONTRACT, *[("visit-V1", fact) for fact in facts])


def test_a_planned_visit_is_shown_as_planned() -> None:
    assert only(visits(VISIT_PLANNED), "status", "served_on", "person", "helpers", "outcome") == (
        "planned",
        SERVED_ON,
        USER,
        HELPER,
        "",
    )


def test_a_confirmed_visit_is_shown_with_its_facts() -> None:
    assert visits(VISIT_PLANNED, VISIT_CONFIRMED) == [
        {
            "visit_id": "V1",
            "status": "confirmed",
            "organisation_id": "O1",
            "district_id": "D2",
            "service": "visit",
            "menu": "cooking",
            "served_on": SERVED_ON,
            "started_at": "10:00",
            "minutes": 60,
            "outcome": "done",
            "slip_no": "S1",
            "person": USER,
            "category": "support1",
            "helpers": HELPER,
            "helpers_trained": True,
            "relative": False,
            "agreed_record": True,
            "version": 2,
            "seq": 2,
        }
    ]


def test_a_corrected_visit_is_shown_as_corrected() -> None:
    corrected = VisitCorrected(visit=visit_facts(minutes=45, outcome="stopped"), was=VISIT, reason_ref=REASON_REF)
    assert only(visits(VISIT_CONFIRMED, corrected), "minutes", "outcome") == (45, "stopped")


def test_a_restated_visit_is_shown_with_the_facts_stated_anew() -> None:
    untrained = replace(VISIT.helpers[0], trained=False, relative=True)
    restated = VisitRestated(
        visit=visit_facts(helpers=(untrained,), user=replace(VISIT.user, category="other")), was=VISIT
    )
    assert only(visits(VISIT_CONFIRMED, restated), "category", "helpers_trained", "relative") == ("other", False, True)


def test_a_voided_visit_stays_as_void() -> None:
    voided = VisitVoided(was=VISIT, reason_ref=REASON_REF)
    assert only(visits(VISIT_CONFIRMED, voided), "status", "minutes", "seq") == ("void", 60, 2)


def activities(*facts: Any) -> list[dict[str, Any]]:
    return rows_after(views.ACTIVITIES, CONTRACT, *[("activity-A1", fact) for fact in facts])


def test_an_activity_is_shown_as_recorded() -> None:
    assert activities(ACTIVITY_RECORDED) == [
        {
            "activity_id": "A1",
            "status": "recorded",
            "person": HELPER,
            "kind": "salon",
            "done_on": SERVED_ON,
            "minutes": 90,
            "version": 1,
        }
    ]


def test_an_activity_is_shown_as_corrected_restated_and_voided() -> None:
    other = activity_facts(minutes=30)
    corrected = ActivityCorrected(activity=other, was=ACTIVITY, reason_ref=REASON_REF)
    restated = ActivityRestated(activity=replace(other, ages=None), was=other)
    voided = ActivityVoided(was=restated.activity, reason_ref=REASON_REF)
    assert only(activities(ACTIVITY_RECORDED, corrected), "minutes", "status") == (30, "recorded")
    assert only(activities(ACTIVITY_RECORDED, corrected, restated), "version", "status") == (3, "recorded")
    assert only(activities(ACTIVITY_RECORDED, corrected, restated, voided), "minutes", "status") == (30, "void")
