"""What an office would recognise in the synthetic half-years, mistakes included."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.demo import DEMO_CODES, districts, half_year
from tests.unit.demo.reading import (
    KOSAKA,
    MATSUDO,
    MUSASHINO,
    OUTCOMES,
    SEED,
    TAKAMATSU,
    of_service,
    people_by_id,
    rows,
)

CARE_LEVELS = {"", "none", "checklist", "support1", "support2", "care1", "care2"}

NO_ACTIVITIES = "activity_id,person_id,kind,done_on,started_at,minutes,group_id,venue_id\n"


def test_takamatsu_has_ten_organisations_of_each_kind_in_twenty_of_its_44_districts() -> None:
    files = half_year(TAKAMATSU, SEED)
    organisations = rows(files.organisations)
    known = {district.district_id for district in districts(TAKAMATSU)}
    assert Counter(row["services"] for row in organisations) == {"visit": 10, "day": 10}
    assert {row["active_from"] for row in organisations} == {"2016-10-01"}
    assert len({row["district_id"] for row in organisations}) == 20
    assert {row["district_id"] for row in organisations + rows(files.people)} <= known


@given(seed=st.integers(min_value=0, max_value=2**63))
@settings(max_examples=5, deadline=None)
def test_takamatsu_has_about_two_thousand_visits(seed: int) -> None:
    assert 1_800 <= len(rows(half_year(TAKAMATSU, seed).visits)) <= 2_300


def test_takamatsu_has_no_activities_because_its_source_names_no_points() -> None:
    assert half_year(TAKAMATSU, SEED).activities == NO_ACTIVITIES


@pytest.mark.parametrize("code", [KOSAKA, MATSUDO, MUSASHINO])
def test_the_other_municipalities_have_a_few_hundred_visits_and_activities(code: str) -> None:
    files = half_year(code, SEED)
    assert 250 <= len(rows(files.visits)) <= 1_000
    assert 300 <= len(rows(files.activities)) <= 1_500


def test_participants_and_volunteers_earn_in_kosaka_and_some_people_are_both() -> None:
    files = half_year(KOSAKA, SEED)
    kinds: dict[str, set[str]] = {}
    for row in rows(files.activities):
        kinds.setdefault(row["person_id"], set()).add(row["kind"])
    assert {"participation"} in kinds.values()
    assert {"volunteering"} in kinds.values()
    assert {"participation", "volunteering"} in kinds.values()
    assert not districts(KOSAKA)


def test_users_are_75_to_95_years_old_when_the_half_year_begins() -> None:
    files = half_year(TAKAMATSU, SEED)
    users = {row["user_id"] for row in rows(files.visits)}
    births = [history[0]["birth_date"] for person_id, history in people_by_id(files).items() if person_id in users]
    assert "1920-10-02" <= min(births) <= max(births) <= "1941-10-01"


def test_most_users_are_eligible_and_some_change_their_level_in_the_half_year() -> None:
    people = people_by_id(half_year(TAKAMATSU, SEED))
    users = [history for history in people.values() if history[0]["care_level"]]
    eligible = [history for history in users if history[0]["care_level"] in {"checklist", "support1", "support2"}]
    changed = [history for history in users if len(history) > 1]
    assert len(eligible) > 0.9 * len(users)
    assert changed
    assert {history[-1]["care_level"] for history in changed} >= {"care1", "none"}
    assert all("2016-10-01" < history[-1]["care_from"] <= "2017-03-30" for history in changed)
    assert {row["care_level"] for history in people.values() for row in history} <= CARE_LEVELS


def test_some_visits_are_by_a_relative_until_the_mistake_is_noticed() -> None:
    files = half_year(TAKAMATSU, SEED)
    people = people_by_id(files)
    by_relative = [
        visit["served_on"]
        for visit in rows(files.visits)
        if set(visit["helper_ids"].split(";")) & set(people[visit["user_id"]][0]["relatives"].split(";"))
    ]
    assert by_relative
    assert max(by_relative) <= "2016-11-30"


def test_some_visits_are_by_a_helper_not_yet_registered_or_never_trained() -> None:
    files = half_year(TAKAMATSU, SEED)
    people = people_by_id(files)
    early = {"registered_on": 0, "trained_on": 0, "never": 0}
    for visit in rows(files.visits):
        for helper_id in visit["helper_ids"].split(";"):
            helper = people[helper_id][0]
            early["registered_on"] += helper["registered_on"] > visit["served_on"]
            early["trained_on"] += helper["trained_on"] > visit["served_on"]
            early["never"] += not helper["trained_on"]
    assert min(early.values()) > 0


def test_some_users_have_more_than_five_done_visits_a_month_some_from_two_organisations() -> None:
    months: dict[tuple[str, str], list[str]] = {}
    for visit in of_service(rows(half_year(TAKAMATSU, SEED).visits), "visit"):
        if visit["outcome"] == "done":
            months.setdefault((visit["user_id"], visit["served_on"][:7]), []).append(visit["organisation_id"])
    over = [organisations for organisations in months.values() if len(organisations) > 5]
    assert 0 < len(over) < len(months) / 4
    assert any(len(set(organisations)) == 2 for organisations in over)


def test_every_outcome_two_helpers_and_visits_over_the_hour_occur() -> None:
    visits = of_service(rows(half_year(TAKAMATSU, SEED).visits), "visit")
    assert {visit["outcome"] for visit in visits} == OUTCOMES
    assert any(";" in visit["helper_ids"] for visit in visits)
    assert 0 < sum(visit["minutes"] == "75" for visit in visits) < len(visits) / 20


def test_rubbish_usually_goes_with_a_safety_check() -> None:
    menus = Counter(
        visit["menu"]
        for code in DEMO_CODES
        for visit in rows(half_year(code, SEED).visits)
        if "rubbish" in visit["menu"]
    )
    assert menus["rubbish;safety_check"] > 3 * menus["rubbish"] > 0


def test_a_slip_is_shared_in_a_month_by_one_user_and_one_organisation() -> None:
    shared: dict[str, set[tuple[str, str, str]]] = {}
    for visit in rows(half_year(TAKAMATSU, SEED).visits):
        if visit["slip_no"]:
            month = (visit["organisation_id"], visit["user_id"], visit["served_on"][:7])
            shared.setdefault(visit["slip_no"], set()).add(month)
        else:
            assert visit["outcome"] in {"cancelled_before", "cancelled_same_day", "no_show"}
    assert all(len(months) == 1 for months in shared.values())
    assert any(slip_no.count("-") == 3 for slip_no in shared)


def test_one_organisation_starts_late_in_matsudo_and_one_ends_early_in_musashino() -> None:
    assert {row["active_from"] for row in rows(half_year(MATSUDO, SEED).organisations)} == {"2016-10-01", "2016-12-01"}
    assert {row["active_until"] for row in rows(half_year(MUSASHINO, SEED).organisations)} == {"", "2017-01-31"}
