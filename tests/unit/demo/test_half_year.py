"""The synthetic half-years can be imported, hold together and are the same for the same seed."""

import csv
import io
import os
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.demo import DEMO_CODES, NOTICE, half_year
from tests.unit.demo.reading import MATSUDO, OUTCOMES, SEED, of_service, people_by_id, rows

COLUMNS = {
    "organisations": "organisation_id,name,services,district_id,active_from,active_until",
    "people": "person_id,roles,name,kana,birth_date,postal_code,address,phone,district_id,"
    "care_level,care_from,care_until,registered_on,trained_on,relatives",
    "visits": "visit_id,organisation_id,user_id,helper_ids,service,menu,served_on,started_at,minutes,outcome,slip_no",
    "activities": "activity_id,person_id,kind,done_on,started_at,minutes,group_id,venue_id",
}
MENU = {
    "rubbish",
    "light_bulb",
    "light_cleaning",
    "tidying",
    "safety_check",
    "dog_walk",
    "medicine_pickup",
    "letter_writing",
    "weeding",
    "cooking",
    "serving",
    "washing_up",
    "shopping",
    "laundry",
    "ironing",
}

each_municipality = pytest.mark.parametrize("code", DEMO_CODES)


@each_municipality
def test_the_same_seed_gives_the_same_bytes(code: str) -> None:
    assert half_year(code, SEED) == half_year(code, SEED)


def test_the_bytes_do_not_depend_on_the_process_that_makes_them() -> None:
    program = f"from services.demo import half_year; print(ascii(half_year('{MATSUDO}', {SEED})))"
    made = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=Path(__file__).parents[3],
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert made[0] == made[1] == ascii(half_year(MATSUDO, SEED)) + "\n"


@each_municipality
def test_another_seed_gives_other_people_and_visits(code: str) -> None:
    one, other = half_year(code, 1), half_year(code, 2)
    assert one.people != other.people
    assert one.visits != other.visits


def test_a_municipality_without_a_demo_is_refused_with_those_that_have_one() -> None:
    with pytest.raises(ValueError, match="131016 の見本はありません。見本があるのは 372013、053031、122076、132039"):
        half_year("131016", SEED)


@each_municipality
@pytest.mark.parametrize("kind", COLUMNS)
def test_every_file_has_the_columns_of_the_import(code: str, kind: str) -> None:
    text = getattr(half_year(code, SEED), kind)
    lines = list(csv.reader(io.StringIO(text, newline="")))
    assert ",".join(lines[0]) == COLUMNS[kind]
    assert {len(line) for line in lines} == {len(lines[0])}
    assert "\r" not in text
    assert text.endswith("\n")


@each_municipality
def test_files_can_also_be_written_in_cp932(code: str) -> None:
    files = half_year(code, SEED)
    for text in (files.organisations, files.people, files.visits, files.activities):
        assert text.encode("cp932").decode("cp932") == text


@given(code=st.sampled_from(DEMO_CODES), seed=st.integers(min_value=0, max_value=2**63))
@settings(max_examples=12, deadline=None)
def test_any_seed_gives_rows_that_hold_together(code: str, seed: int) -> None:
    files = half_year(code, seed)
    people = people_by_id(files)
    organisations = {row["organisation_id"]: row for row in rows(files.organisations)}
    helpers = {person_id for person_id, history in people.items() if "helper" in history[0]["roles"].split("+")}
    for visit in rows(files.visits):
        organisation = organisations[visit["organisation_id"]]
        assert visit["service"] == organisation["services"]
        assert organisation["active_from"] <= visit["served_on"] <= (organisation["active_until"] or "2017-03-30")
        assert "user" in people[visit["user_id"]][0]["roles"].split("+")
        helper_ids = visit["helper_ids"].split(";")
        assert set(helper_ids) <= helpers - {visit["user_id"]}
        assert len(set(helper_ids)) == len(helper_ids) <= 2
        assert visit["outcome"] in OUTCOMES
        assert set(visit["menu"].split(";")) <= MENU
        assert 0 <= int(visit["minutes"]) <= 75
        assert visit["outcome"] != "done" or int(visit["minutes"]) >= 15
    for activity in rows(files.activities):
        assert activity["person_id"] in people
        assert activity["kind"] in {"participation", "volunteering"}
        assert int(activity["minutes"]) >= 30


@given(code=st.sampled_from(DEMO_CODES), seed=st.integers(min_value=0, max_value=2**63))
@settings(max_examples=8, deadline=None)
def test_no_id_stands_twice(code: str, seed: int) -> None:
    files = half_year(code, seed)
    keys = [
        [row["organisation_id"] for row in rows(files.organisations)],
        [row["person_id"] + row["care_from"] for row in rows(files.people)],
        [row["visit_id"] for row in rows(files.visits)],
        [row["activity_id"] for row in rows(files.activities)],
    ]
    for ids in keys:
        assert len(ids) == len(set(ids))


@given(code=st.sampled_from(DEMO_CODES), seed=st.integers(min_value=0, max_value=2**63))
@settings(max_examples=8, deadline=None)
def test_nobody_is_in_two_places_at_once(code: str, seed: int) -> None:
    taken: set[tuple[str, str, str]] = set()
    for visit in of_service(rows(half_year(code, seed).visits), "visit"):
        for person_id in (visit["user_id"], *visit["helper_ids"].split(";")):
            place = (person_id, visit["served_on"], visit["started_at"])
            assert place not in taken
            taken.add(place)


@each_municipality
def test_every_day_lies_in_the_half_year_before_the_live_day(code: str) -> None:
    files = half_year(code, SEED)
    days = [row["served_on"] for row in rows(files.visits)] + [row["done_on"] for row in rows(files.activities)]
    assert min(days) >= "2016-10-01"
    assert max(days) <= "2017-03-30"
    assert {day[:7] for day in days} == {"2016-10", "2016-11", "2016-12", "2017-01", "2017-02", "2017-03"}


@each_municipality
def test_nobody_is_visited_over_new_year_and_few_on_saturdays(code: str) -> None:
    days = [date.fromisoformat(row["served_on"]) for row in rows(half_year(code, SEED).visits)]
    weekdays = Counter(day.weekday() for day in days)
    assert not [day for day in days if date(2016, 12, 29) <= day <= date(2017, 1, 3)]
    assert weekdays[6] == 0
    assert weekdays[5] < len(days) // 4


@each_municipality
def test_everything_says_that_it_is_synthetic(code: str) -> None:
    files = half_year(code, SEED)
    assert all("見本" in row["name"] for row in rows(files.organisations))
    for row in rows(files.people):
        assert row["address"].startswith("（見本）")
        assert row["phone"].startswith("000-")
        assert row["kana"]
    assert "見本" in NOTICE
    assert "合成" in NOTICE
