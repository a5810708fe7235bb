"""Files of any size come line by line."""

import csv
from itertools import islice

import pytest

from services.demo import LargeFiles, large_visits


def small(seed: int = 7) -> LargeFiles:
    return large_visits(users=200, visits=5_000, organisations=8, seed=seed, months=6)


def rows(lines: list[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(lines))


def test_the_same_seed_gives_the_same_lines_and_another_seed_others() -> None:
    assert list(small().visits) == list(small().visits)
    assert list(small().people) == list(small().people)
    assert list(small().visits) != list(small(seed=8).visits)


def test_the_first_lines_of_a_billion_visits_are_there_at_once() -> None:
    files = large_visits(users=10**8, visits=10**9, organisations=10**6, seed=7, months=6)
    assert next(files.visits).startswith("visit_id,organisation_id,user_id,helper_ids,service,menu,served_on,")
    assert [line[:10] for line in islice(files.visits, 2)] == ["bv00000001", "bv00000002"]
    assert len(list(islice(files.people, 3))) == len(list(islice(files.organisations, 3))) == 3


def test_every_row_refers_to_rows_of_the_other_files_and_no_id_stands_twice() -> None:
    files = small()
    organisations, people, visits = rows(list(files.organisations)), rows(list(files.people)), rows(list(files.visits))
    known = {row["person_id"] for row in people}
    assert len(visits) == len({row["visit_id"] for row in visits}) == 5_000
    assert len(organisations) == 8
    assert len({row["person_id"] for row in people if row["roles"] == "user"}) == 200
    assert {row["organisation_id"] for row in visits} == {row["organisation_id"] for row in organisations}
    assert {row["user_id"] for row in visits} <= known
    assert {row["helper_ids"] for row in visits} <= known


def test_visits_stand_by_day_over_all_the_months_asked_for() -> None:
    days = [row["served_on"] for row in rows(list(small().visits))]
    assert days == sorted(days)
    assert sorted({day[:7] for day in days}) == ["2016-10", "2016-11", "2016-12", "2017-01", "2017-02", "2017-03"]


def test_one_month_and_fifteen_months_end_where_they_should() -> None:
    one = large_visits(users=3, visits=100, organisations=1, seed=1, months=1)
    fifteen = large_visits(users=3, visits=1_000, organisations=1, seed=1, months=15)
    assert {row["served_on"][:7] for row in rows(list(one.visits))} == {"2016-10"}
    assert max(row["served_on"] for row in rows(list(fifteen.visits))) == "2017-12-30"


def test_the_files_say_that_they_are_synthetic() -> None:
    files = small()
    assert all("合成" in row["name"] for row in rows(list(files.organisations)))
    assert all("見本" in row["address"] for row in rows(list(files.people)))


@pytest.mark.parametrize("size", ["users", "visits", "organisations", "months"])
def test_a_size_below_one_is_refused(size: str) -> None:
    sizes = {"users": 1, "visits": 1, "organisations": 1, "seed": 1, "months": 1, size: 0}
    with pytest.raises(ValueError, match="1 以上の整数"):
        large_visits(**sizes)
