"""What differs is told by key and field, and a row too many does not make every row after it another one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shared.flow.differing import of_bytes, of_facts, unlike
from shared.kernel.contracts.requests import VisitConfirmed
from shared.kernel.deciding import Refusal
from tests.controls import VISIT
from tests.tally import Added, Taken

ROWS = st.dictionaries(st.integers(0, 20), st.integers(0, 2), max_size=12)


def pages(rows: dict[int, int], size: int) -> list[list[tuple[int, int]]]:
    known = sorted(rows.items())
    return [known[at : at + size] for at in range(0, len(known), size)]


@given(ROWS, ROWS, st.integers(1, 4))
def test_rows_are_compared_by_key(was: dict[int, int], now: dict[int, int], size: int) -> None:
    found = list(unlike(iter(pages(was, size)), iter(pages(now, size)), 1))
    expected = [
        ((key, was[key]) if key in was else None, (key, now[key]) if key in now else None)
        for key in sorted({**was, **now})
        if was.get(key) != now.get(key)
    ]
    assert found == expected


def test_of_two_facts_the_fields_are_told_that_are_not_the_same() -> None:
    assert of_facts(Added(jar="a", amount=9), [Added(jar="a", amount=4)]) == ("amount=9", "amount=4")
    assert of_facts(Added(jar="a", amount=9), [Added(jar="b", amount=4)]) == ('jar="a"、amount=9', 'jar="b"、amount=4')


def test_a_field_deep_within_a_fact_is_told_by_its_path() -> None:
    helper = replace(VISIT.helpers[0], trained=False)
    was, now = VisitConfirmed(visit=VISIT), VisitConfirmed(visit=replace(VISIT, helpers=(helper,), menu=()))
    assert of_facts(was, [now]) == (
        'visit.menu[0]="cooking"、visit.helpers[0].trained=true、visit.menu=なし',
        "visit.menu[0]=なし、visit.helpers[0].trained=false、visit.menu=[]",
    )


@pytest.mark.parametrize(
    ("derived", "told"),
    [
        (Refusal("short", "瓶の中身が足りません。"), "断られます: 瓶の中身が足りません。"),
        ([], "なし"),
        ([Taken(jar="a", amount=9)], "yui.tally.taken.v1"),
        ([Added(jar="a", amount=4), Added(jar="a", amount=5)], "yui.tally.added.v1、yui.tally.added.v1"),
    ],
)
def test_something_else_than_the_fact_is_named(derived: Any, told: str) -> None:
    assert of_facts(Added(jar="a", amount=9), derived) == ("yui.tally.added.v1", told)


def test_whatever_stands_in_place_of_a_fact_is_shown() -> None:
    assert [of_bytes(each) for each in (b"{", b"\xff", 5)] == ["{", "\ufffd", "5"]
