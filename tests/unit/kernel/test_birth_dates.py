"""The birth dates that a list of people states."""

from datetime import date
from itertools import permutations

from msgspec.structs import replace

from shared.kernel.birth_dates import BirthDates
from tests.controls import USER_ROW


def test_the_row_with_the_latest_care_from_holds_whatever_the_order() -> None:
    rows = [
        replace(USER_ROW, care_from=begins, birth_date=date(1936, 1, day))
        for day, begins in enumerate((None, date(2016, 4, 1), date(2017, 1, 1)), start=1)
    ]
    for order in permutations(rows):
        births = BirthDates()
        for row in order:
            births.note(row)
        assert births.of(USER_ROW.person_id) == date(1936, 1, 3)


def test_of_two_rows_from_the_same_day_the_second_holds() -> None:
    births = BirthDates()
    for day in (1, 2):
        births.note(replace(USER_ROW, birth_date=date(1936, 1, day)))
    assert births.of(USER_ROW.person_id) == date(1936, 1, 2)


def test_who_has_no_row_has_no_birth_date() -> None:
    assert BirthDates().of("U9") is None
