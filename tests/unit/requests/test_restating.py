"""When the register changes, the facts of everybody's days are stated anew (decision 10)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from services.requests import lookups
from services.requests.entries import (
    ActivityEntry,
    CareRecordEntry,
    Entry,
    OrganisationEntry,
    PersonEntry,
    VisitEntry,
    VisitVoidEntry,
)
from services.requests.events import (
    CONTRACT,
    ActivityRestated,
    CareRecordAgreed,
    PersonCorrected,
    RestatingAdvanced,
    VisitCorrected,
    VisitRestated,
)
from services.requests.subscriptions import SUBSCRIPTIONS
from shared.flow.consume import Consumer
from shared.flow.ports import Delivered
from shared.kernel.ages import ages_on
from tests.controls import ACTIVITY_ROW, HELPER_ROW, ORGANISATION_ROW, SERVED_ON, TAKAMATSU, USER_ROW, VISIT_ROW
from tests.fakes import Counts, HandInbox
from tests.unit.requests.offices import Office

BORN = date(1935, 5, 1)
(RESTATE,) = [row for row in SUBSCRIPTIONS if row.name == "requests.restate"]


class Restating(Office):
    """An office whose policy runs after every batch."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.inbox = HandInbox()
        known = {"requests": CONTRACT.facts.keys()}
        self.consumer = Consumer(RESTATE, self.desk, self.inbox, {"requests": self.store}, known, Counts())
        self.open_for_business()

    def and_then(self, *entries: Entry) -> list[Any]:
        """The facts that follow from these entries, beside the ones they make themselves."""
        before = self.store.head(TAKAMATSU).seq
        assert all([type(outcome).__name__ == "Accepted" for outcome in self.enter(*entries)])
        made = self.store.head(TAKAMATSU).seq
        reached = self.store.position(RESTATE.name, ("requests", TAKAMATSU))
        while arrived := self.store.read(TAKAMATSU, reached, 1_000):
            self.inbox.put(*[Delivered(event) for event in arrived])
            reached = arrived[-1].seq
            while self.consumer.step():
                pass
        assert self.store.all_parked() == []
        assert before <= made
        return [event.fact for event in self.store.read(TAKAMATSU, made, 1_000)]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Restating]:
    opened = Restating(tmp_path)
    yield opened
    opened.store.close()


def visit(**changed: Any) -> VisitEntry:
    return VisitEntry(replace(VISIT_ROW, **changed), None, brings_agreed_record=False)


def test_nothing_follows_from_a_visit_itself(office: Restating) -> None:
    assert office.and_then(visit()) == []


def test_every_visit_of_a_corrected_user_is_stated_anew(office: Restating) -> None:
    office.and_then(visit(), visit(visit_id="V2", started_at="13:00"))
    followed = office.and_then(PersonEntry(replace(USER_ROW, care_level="care1"), "認定の訂正"))
    assert [(type(fact), fact.visit.visit_id, fact.visit.user.category) for fact in followed] == [
        (VisitRestated, "V1", "other"),
        (VisitRestated, "V2", "other"),
    ]


def test_a_visit_recorded_together_with_the_correction_is_stated_right_at_once(office: Restating) -> None:
    assert office.and_then(visit(), PersonEntry(replace(USER_ROW, care_level="care1"), "訂正")) != []
    assert office.and_then(PersonEntry(replace(USER_ROW, care_level="support2"), "訂正"), visit(visit_id="V2")) != []
    assert office.facts()[-1].visit.user.category == "support2"


def test_visits_of_a_corrected_helper_are_stated_anew(office: Restating) -> None:
    office.and_then(visit())
    (fact,) = office.and_then(PersonEntry(replace(HELPER_ROW, trained_on=None), "未修了"))
    assert [helper.trained for helper in fact.visit.helpers] == [False]


def test_visits_and_activities_of_somebody_whose_birth_date_was_wrong_have_other_ages(office: Restating) -> None:
    office.and_then(visit(), ActivityEntry(replace(ACTIVITY_ROW, person_id="U1"), None))
    activity, restated = office.and_then(PersonEntry(replace(USER_ROW, birth_date=BORN), "生年月日の訂正"))
    assert isinstance(activity, ActivityRestated)
    assert activity.activity.ages == restated.visit.user.ages == ages_on(BORN, SERVED_ON)


def test_a_later_standing_leaves_the_days_before_it_alone(office: Restating) -> None:
    office.and_then(visit())
    later = replace(USER_ROW, care_level="care1", care_from=date(2016, 10, 4))
    assert office.and_then(PersonEntry(later, None)) == []
    (fact,) = office.and_then(PersonEntry(replace(later, care_from=SERVED_ON), None))
    assert fact.visit.user.category == "other"


def test_who_moves_has_the_old_district_on_the_days_before(office: Restating) -> None:
    office.and_then(visit())
    moved = replace(USER_ROW, district_id="D9", care_from=date(2016, 10, 4))
    assert office.and_then(PersonEntry(moved, None)) == []
    assert office.and_then(visit(visit_id="V2", served_on=date(2016, 10, 4))) == []
    stated = {fact.visit.visit_id: fact.visit.district_id for fact in office.facts() if hasattr(fact, "visit")}
    assert stated == {"V1": USER_ROW.district_id, "V2": "D9"}


def test_who_becomes_a_relative_of_the_helper_is_none_on_the_days_before(office: Restating) -> None:
    office.and_then(visit(), visit(visit_id="V2", served_on=date(2016, 10, 4)))
    wedding = replace(USER_ROW, relatives=(HELPER_ROW.person_id,), care_from=date(2016, 10, 4))
    (fact,) = office.and_then(PersonEntry(wedding, None))
    assert (fact.visit.visit_id, fact.visit.helpers[0].relative) == ("V2", True)


def test_a_record_agreed_later_holds_for_the_visits_since_its_day(office: Restating) -> None:
    office.and_then(visit(served_on=date(2016, 10, 1)), visit(visit_id="V2"))
    followed = office.and_then(CareRecordEntry("U1", SERVED_ON))
    assert [(fact.visit.visit_id, fact.visit.agreed_record) for fact in followed] == [("V2", True)]


def moved_to(district: str | None) -> OrganisationEntry:
    return OrganisationEntry(replace(ORGANISATION_ROW, district_id=district), "地区の訂正")


def without_a_district(office: Restating) -> None:
    office.and_then(PersonEntry(replace(USER_ROW, district_id=None), "地区の訂正"))


def test_visits_of_users_without_a_district_follow_their_organisations_correction(office: Restating) -> None:
    office.and_then(PersonEntry(replace(USER_ROW, person_id="U2", district_id=None), None))
    office.and_then(visit(), visit(visit_id="V2", user_id="U2"), visit(visit_id="V3", user_id="U2"))
    followed = office.and_then(moved_to("D7"))
    assert [(fact.visit.visit_id, fact.was.district_id, fact.visit.district_id) for fact in followed] == [
        ("V2", "D1", "D7"),
        ("V3", "D1", "D7"),
    ]


def test_visits_of_a_user_without_a_district_any_more_have_their_organisations(office: Restating) -> None:
    office.and_then(visit())
    (fact,) = office.and_then(PersonEntry(replace(USER_ROW, district_id=None), "地区の訂正"))
    assert fact.visit.district_id == "D1"


def test_another_correction_of_an_organisation_leaves_its_visits_alone(office: Restating) -> None:
    without_a_district(office)
    office.and_then(visit())
    assert office.and_then(OrganisationEntry(replace(ORGANISATION_ROW, name="太田の会"), "名称")) == []


def test_a_visit_that_moved_to_another_organisation_does_not_follow_the_first_one(office: Restating) -> None:
    without_a_district(office)
    office.and_then(visit(), OrganisationEntry(replace(ORGANISATION_ROW, organisation_id="O2"), None))
    office.and_then(VisitEntry(replace(VISIT_ROW, organisation_id="O2"), "団体の取違え", brings_agreed_record=False))
    assert office.and_then(moved_to("D7")) == []


def test_many_visits_of_an_organisation_are_stated_anew_a_stretch_at_a_time(
    office: Restating, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "STRETCH", 2)
    without_a_district(office)
    office.and_then(*[visit(visit_id=f"V{number}") for number in range(5)])
    followed = office.and_then(moved_to(None))
    assert [getattr(fact, "after", None) or fact.visit.visit_id for fact in followed] == [
        "V0", "V1", "V1", "V2", "V3", "V3", "V4",
    ]  # fmt: skip
    assert [fact.after for fact in followed if isinstance(fact, RestatingAdvanced)] == ["V1", "V3"]
    assert {fact.visit.district_id for fact in followed if isinstance(fact, VisitRestated)} == {None}


def test_a_second_correction_goes_through_all_visits_again(office: Restating, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups, "STRETCH", 1)
    without_a_district(office)
    office.and_then(visit(), visit(visit_id="V2"))
    office.and_then(moved_to("D7"), moved_to("D8"))
    last = {fact.visit.visit_id: fact.visit.district_id for fact in office.facts() if isinstance(fact, VisitRestated)}
    assert last == {"V1": "D8", "V2": "D8"}


def test_a_visit_that_moved_to_another_user_does_not_follow_the_first_one(office: Restating) -> None:
    office.and_then(visit(), PersonEntry(replace(USER_ROW, person_id="U2"), None))
    moved = VisitEntry(replace(VISIT_ROW, user_id="U2"), "利用者の取違え", brings_agreed_record=False)
    office.and_then(moved)
    assert isinstance(office.facts()[-1], VisitCorrected)
    assert office.and_then(PersonEntry(replace(USER_ROW, care_level="care1"), "訂正")) == []
    (fact,) = office.and_then(PersonEntry(replace(USER_ROW, person_id="U2", care_level="care1"), "訂正"))
    assert fact.visit.user.category == "other"


def test_a_voided_visit_is_not_stated_anew(office: Restating) -> None:
    office.and_then(visit())
    office.and_then(VisitVoidEntry("V1", "誤り"))
    assert office.and_then(PersonEntry(replace(USER_ROW, care_level="care1"), "訂正")) == []


def test_a_restatement_names_its_cause(office: Restating) -> None:
    office.and_then(visit())
    office.and_then(PersonEntry(replace(USER_ROW, care_level="care1"), "訂正"))
    correction, restated = office.store.read(TAKAMATSU, 0, 99)[-2:]
    assert isinstance(correction.fact, PersonCorrected)
    assert restated.cause == f"/yui/requests/{correction.id}"
    assert not isinstance(restated.fact, CareRecordAgreed)
