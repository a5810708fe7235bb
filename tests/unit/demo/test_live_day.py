"""The live day plays on the people of the half-year."""

import pytest

from services.demo import DEMO_CODES, LiveStep, half_year, live_day
from tests.unit.demo.reading import KOSAKA, MUSASHINO, SEED, Rows, rows

each_municipality = pytest.mark.parametrize("code", DEMO_CODES)


def first_sent(steps: list[LiveStep], kind: str) -> Rows:
    return [row for step in steps if step.kind == kind and not step.correction_reason for row in rows(step.csv)]


@each_municipality
def test_the_same_seed_plays_the_same_day_and_another_seed_another(code: str) -> None:
    assert list(live_day(code, SEED)) == list(live_day(code, SEED))
    assert list(live_day(code, SEED)) != list(live_day(code, SEED + 1))


def test_a_municipality_without_a_demo_is_refused() -> None:
    with pytest.raises(ValueError, match="131016 の見本はありません"):
        list(live_day("131016", SEED))


@each_municipality
def test_the_day_is_31_march_and_takes_about_ten_minutes(code: str) -> None:
    steps = list(live_day(code, SEED))
    assert {row["served_on"] for row in first_sent(steps, "visits")} == {"2017-03-31"}
    assert {row["done_on"] for row in first_sent(steps, "activities")} <= {"2017-03-31"}
    assert sum(step.after_seconds for step in steps) == pytest.approx(600, abs=5)
    assert all(step.after_seconds > 0 for step in steps)
    assert steps[0].after_seconds < 10


@each_municipality
def test_visits_arrive_one_by_one_or_in_small_bunches_in_the_order_of_the_day(code: str) -> None:
    steps = list(live_day(code, SEED))
    sizes = [len(rows(step.csv)) for step in steps if step.kind == "visits"]
    started = [row["started_at"] for row in first_sent(steps, "visits")]
    assert min(sizes) == 1
    assert max(sizes) <= 4
    assert len(started) >= 15
    assert started == sorted(started)


@each_municipality
def test_ids_are_new_and_everybody_is_known_from_the_half_year(code: str) -> None:
    files, steps = half_year(code, SEED), list(live_day(code, SEED))
    people = {row["person_id"] for row in rows(files.people)}
    organisations = {row["organisation_id"] for row in rows(files.organisations)}
    visits, activities = first_sent(steps, "visits"), first_sent(steps, "activities")
    ids = [row["visit_id"] for row in visits] + [row["activity_id"] for row in activities]
    taken = {row["visit_id"] for row in rows(files.visits)} | {row["activity_id"] for row in rows(files.activities)}
    assert len(ids) == len(set(ids))
    assert not taken & set(ids)
    assert {row["organisation_id"] for row in visits} <= organisations
    assert {row["user_id"] for row in visits} | {row["person_id"] for row in activities} <= people
    assert {helper_id for row in visits for helper_id in row["helper_ids"].split(";")} <= people


@each_municipality
def test_one_visit_is_sent_again_with_other_minutes_and_a_reason(code: str) -> None:
    steps = list(live_day(code, SEED))
    corrections = [step for step in steps if step.correction_reason]
    assert len(corrections) == 1
    corrected = rows(corrections[0].csv)[0]
    original = next(row for row in first_sent(steps, "visits") if row["visit_id"] == corrected["visit_id"])
    assert original["outcome"] == "done"
    assert {column for column in original if original[column] != corrected[column]} == {"minutes"}


@pytest.mark.parametrize("code", [KOSAKA, MUSASHINO])
def test_a_club_meets_where_there_are_clubs(code: str) -> None:
    assert first_sent(list(live_day(code, SEED)), "activities")
