"""What is wrong in a rule document: every problem is named with its place."""

from textwrap import dedent

import pytest

from tests.unit.kernel.rule_texts import (
    FEE,
    FROM,
    GOOD,
    HEADER,
    check,
    clause,
    file,
    load,
    only_problem,
    place,
    until,
    version,
)

# ------------------------------------------------------------------------------------------ the header


@pytest.mark.parametrize("name", ["id", "kind", "title", "municipality"])
def test_a_missing_item_of_the_header_is_named(name: str) -> None:
    header = "".join(line for line in HEADER.splitlines(keepends=True) if not line.startswith(name))
    assert place(only_problem(file(version(FROM, FEE), header=header))) == (1, 1, name)


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("title: 要綱", "title: 5", 3),
        ("title: 要綱", "title: ' '", 3),
        ("title: 要綱", "title: [a]", 3),
        ('"372013"', "372013", 4),
        ('"372013"', '"372014"', 4),
        ('"372013"', '"37201"', 4),
        ("town-2016", "Town 2016", 1),
        ("town-2016", "town#2016", 1),
        ("town-2016", "town@2016", 1),
        ("kind: billing", "kind: points", 2),
        ("kind: billing", "kind: fees", 2),
    ],
)
def test_a_wrong_item_of_the_header_is_named(before: str, after: str, line: int) -> None:
    problem = only_problem(GOOD.replace(before, after))
    assert problem.line == line
    assert problem.path == after.partition(":")[0] if ":" in after else problem.path in {"id", "municipality"}


def test_an_unknown_kind_is_told_which_there_are() -> None:
    assert "billing、points" in only_problem(GOOD.replace("kind: billing", "kind: fees")).text


def test_an_unknown_item_of_the_header_is_named() -> None:
    problem = only_problem(GOOD + "efective_from: 2016-10-01\n")
    assert place(problem) == (8, 1, "efective_from")
    assert "知らない項目" in problem.text


@pytest.mark.parametrize("versions", ["versions: []\n", "versions: 5\n", "versions:\n", "versions: {a: b}\n", ""])
def test_a_document_without_versions_is_named(versions: str) -> None:
    problem = only_problem(HEADER + versions)
    assert problem.path == "versions"
    assert problem.line == (5 if versions else 1)


def test_a_version_that_is_no_list_of_items_is_named() -> None:
    assert place(only_problem(HEADER + "versions:\n  - 5\n")) == (6, 5, "versions[0]")


# ------------------------------------------------------------------------------------------ clauses


def test_an_unknown_clause_is_named_with_its_place_and_the_known_ones() -> None:
    problem = only_problem(clause("capp: {value: 5, assumed: true, why: 仮}"))
    assert place(problem) == (8, 5, "versions[0].capp")
    assert "effective_from、effective_until、fee、cap" in problem.text


def test_a_missing_clause_is_named() -> None:
    assert place(only_problem(file(version(FROM)))) == (6, 5, "versions[0].fee")


def test_a_version_without_its_first_day_is_named() -> None:
    assert place(only_problem(file(version(FEE)))) == (6, 5, "versions[0].effective_from")


def test_a_value_without_a_source_is_named_where_the_clause_stands() -> None:
    problem = only_problem(
        clause(
            dedent("""\
        cap:
          value: 5""")
        )
    )
    assert place(problem) == (8, 5, "versions[0].cap")
    assert "出典がありません" in problem.text


@pytest.mark.parametrize(
    ("written", "path", "said"),
    [
        ("5", "", "の形で"),
        ("{assumed: true, why: 仮}", "", "値（value）"),
        ("{value: 5, sauce: 000, assumed: true, why: 仮}", ".sauce", "知らない項目"),
        ("{value: 5, assumed: false}", "", "出典がありません"),
        ("{value: 5, assumed: yes, why: 仮}", "", "出典がありません"),
        ("{value: 5, assumed: true}", "", "why"),
        ("{value: 5, assumed: true, why: ''}", "", "why"),
        ("{value: 5, assumed: true, why: 5}", "", "why"),
        ('{value: 5, assumed: true, why: 仮, source: {document: "0", place: p}}', "", "両方"),
        ("{value: 5, source: 資料}", ".source", "document と place"),
        ('{value: 5, source: {document: "000"}}', ".source", "document と place"),
        ('{value: 5, source: {document: "000", place: p, page: "3"}}', ".source", "document と place"),
        ("{value: 5, source: {document: 12, place: p}}", ".source", "文字列"),
        ('{value: 5, source: {document: "000", place: ""}}', ".source", "文字列"),
        ('{value: 5, source: {document: "000", place: null}}', ".source", "文字列"),
        ('{value: 5, source: {document: "000", place: p, article: 3}}', ".source", "文字列"),
        ("{value: -5, assumed: true, why: 仮}", ".value", "0 以上"),
        ("{value: 5.5, assumed: true, why: 仮}", ".value", "整数ではありません"),
        ("{value: five, assumed: true, why: 仮}", ".value", "整数ではありません"),
        ('{value: "5", assumed: true, why: 仮}', ".value", "整数ではありません"),
        ("{value: true, assumed: true, why: 仮}", ".value", "整数ではありません"),
        ("{value: null, assumed: true, why: 仮}", ".value", "整数ではありません"),
        ("{value: [5], assumed: true, why: 仮}", ".value", "整数ではありません"),
        ("{value: 1000000001, assumed: true, why: 仮}", ".value", "大きすぎます"),
        ("{value: 99999999999999999999, assumed: true, why: 仮}", ".value", "整数ではありません"),
    ],
)
def test_what_is_wrong_with_a_clause_is_named(written: str, path: str, said: str) -> None:
    problem = only_problem(clause(f"cap: {written}"))
    assert (problem.line, problem.path) == (8, f"versions[0].cap{path}")
    assert said in problem.text


@pytest.mark.parametrize("written", ["0500", "0x1F4", "5_00", "1:30", "5e2", "+500"])
def test_a_number_that_yaml_would_read_otherwise_than_people_is_refused(written: str) -> None:
    assert "整数ではありません" in only_problem(GOOD.replace("value: 100", f"value: {written}")).text


def test_a_document_number_keeps_its_noughts() -> None:
    assert load(GOOD.replace('"000"', "003")).versions[0].origins["fee"].document == "003"


@pytest.mark.parametrize("written", ["2016-13-01", "2016-10-32", "10月1日", "5", "null", "2016-10-01T09:00:00", "[a]"])
def test_what_is_no_date_is_named(written: str) -> None:
    problem = only_problem(GOOD.replace("2016-10-01", written))
    assert place(problem)[::2] == (6, "versions[0].effective_from.value")


@pytest.mark.parametrize(
    ("written", "said"),
    [("a", "から選んで"), ("[]", "から選んで"), ("[a, c]", "から選んで"), ("[a, a]", "2回"), ("[[a]]", "から選んで")],
)
def test_what_is_no_list_of_the_words_is_named(written: str, said: str) -> None:
    problem = only_problem(clause(f"groups: {{value: {written}, assumed: true, why: 仮}}"))
    assert problem.path == "versions[0].groups.value"
    assert said in problem.text


@pytest.mark.parametrize("written", ["left", "[up]", "null", "5"])
def test_what_is_none_of_the_words_is_named(written: str) -> None:
    problem = only_problem(clause(f"way: {{value: {written}, assumed: true, why: 仮}}"))
    assert "書けるのは up、down です" in problem.text


def test_an_item_written_twice_is_named_at_its_second_place() -> None:
    problem = only_problem(clause(FEE))
    assert place(problem) == (8, 5, "versions[0].fee")
    assert "2回" in problem.text


def test_an_item_written_twice_is_named_at_any_depth() -> None:
    problem = only_problem(GOOD.replace("document:", "place: p, document:"))
    assert problem.path == "versions[0].fee.source.place"


def test_a_name_that_is_no_word_is_named() -> None:
    problems = check(clause("? [cap]\n: 5"))
    assert (8, 7, "versions[0].?") in [place(problem) for problem in problems]
    assert any("文字で" in problem.text for problem in problems)


# ------------------------------------------------------------------------------------------ days


@pytest.mark.parametrize(
    ("first_end", "second_begin", "said"),
    [
        ([], "2017-04-01", "終わりなし"),
        ([until("2017-04-01")], "2017-04-01", "2017-04-01 まで"),
        ([], "2016-10-01", "終わりなし"),
    ],
)
def test_versions_that_overlap_are_named_at_the_later_one(first_end: list[str], second_begin: str, said: str) -> None:
    second = version(FROM.replace("2016-10-01", second_begin), FEE)
    problem = only_problem(file(version(FROM, *first_end, FEE), second))
    assert (problem.line, problem.path) == (8 + len(first_end), "versions[1]")
    assert said in problem.text
    assert "重なっています" in problem.text


def test_an_end_before_the_beginning_is_named() -> None:
    problem = only_problem(file(version(FROM, until("2016-09-30"), FEE)))
    assert place(problem) == (7, 5, "versions[0].effective_until")


def test_every_problem_is_named_at_once_in_the_order_of_lines() -> None:
    text = file(version(FROM, "fee: {value: -1}", "cap: 5"), "  - x", header=HEADER.replace("372013", "372014"))
    assert [(problem.line, problem.path) for problem in check(text)] == [
        (4, "municipality"),
        (7, "versions[0].fee"),
        (7, "versions[0].fee.value"),
        (8, "versions[0].cap"),
        (9, "versions[1]"),
    ]
