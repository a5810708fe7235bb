"""Fields, cursors and versions that come from outside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel import kinds
from shared.web.forms import json_cells, read_cells, read_or_refuse
from shared.web.paging import paged, read_cursor
from shared.web.problems import Problem
from shared.web.sending import seen_version

CELLS = {
    "visit_id": "V1",
    "organisation_id": "O1",
    "user_id": "U1",
    "helper_ids": "H1;H2",
    "service": "visit",
    "menu": "ゴミ出し;安否確認",
    "served_on": "H28.10.3",
    "started_at": "9:05",
    "minutes": "45",
    "outcome": "done",
}


def test_fields_are_read_as_the_cells_of_a_file() -> None:
    read = read_cells(kinds.VISITS, CELLS)
    assert read.problems == ()
    assert read.values["helper_ids"] == ("H1", "H2")
    assert read.values["served_on"].isoformat() == "2016-10-03"
    assert read.values["slip_no"] is None


@pytest.mark.parametrize(
    ("field", "cell", "reason"),
    [
        ("minutes", "", "分数が空です"),
        ("minutes", "-5", "分数「-5」は分数として読めません"),
        ("user_id", "あ" * 1_001, "利用者番号が長すぎます"),
        ("served_on", "きのう", "提供日「きのう」は日付として読めません"),
    ],
)
def test_a_field_that_cannot_be_read_is_named_with_its_reason(field: str, cell: str, reason: str) -> None:
    (problem,) = read_cells(kinds.VISITS, {**CELLS, field: cell}).problems
    assert problem.field == field
    assert problem.reason.startswith(reason)


def test_what_must_agree_is_checked_when_every_field_can_be_read() -> None:
    cells = {
        "organisation_id": "O1",
        "name": "太田",
        "services": "visit",
        "active_from": "2016-10-02",
        "active_until": "2016-10-01",
    }
    (problem,) = read_cells(kinds.ORGANISATIONS, cells).problems
    assert problem.field == "active_until"


def test_a_body_that_cannot_be_read_is_a_problem_with_all_its_fields() -> None:
    with pytest.raises(Problem) as raised:
        read_or_refuse(kinds.VISITS, {**CELLS, "minutes": "", "outcome": "perhaps"})
    assert [error.field for error in raised.value.errors] == ["minutes", "outcome"]


def test_json_values_become_cells() -> None:
    assert json_cells({"menu": ["a", "b"], "minutes": 5, "slip_no": None}) == {"menu": "a;b", "minutes": "5"}


@given(st.lists(st.tuples(st.text(), st.text()), max_size=9), st.integers(1, 5))
def test_pages_put_together_are_the_whole_list(rows: list[tuple[str, str]], limit: int) -> None:
    ordered = sorted(set(rows))
    seen: list[tuple[str, str]] = []
    cursor: str | None = None
    while True:
        place = read_cursor(cursor)
        behind = [row for row in ordered if place is None or row > place]
        page = paged(behind[: limit + 1], limit, lambda row: row)
        assert len(page.rows) <= limit
        seen += page.rows
        if page.next is None:
            break
        cursor = page.next
    assert seen == ordered


@pytest.mark.parametrize("text", ["%%", "abc", "WyJhIl0=", "あ"])
def test_a_cursor_of_somebody_else_is_refused(text: str) -> None:
    with pytest.raises(Problem) as raised:
        read_cursor(text)
    assert raised.value.status == 422


def test_no_cursor_is_the_beginning() -> None:
    assert read_cursor(None) is None


@pytest.mark.parametrize(("header", "version"), [('"3"', 3), ('W/"3"', 3), ("3", 3), (None, None)])
def test_a_version_is_read_from_an_etag(header: str | None, version: int | None) -> None:
    assert seen_version(header, required=False) == version


@pytest.mark.parametrize(("header", "status"), [(None, 428), ("*", 422), ('"x"', 422)])
def test_a_version_that_is_missing_or_odd_is_a_problem(header: str | None, status: int) -> None:
    with pytest.raises(Problem) as raised:
        seen_version(header, required=True)
    assert raised.value.status == status
