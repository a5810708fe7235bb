"""Rule documents: every problem is named with its place, and what is in order is in force on its days."""

import json
from datetime import date
from textwrap import dedent, indent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.rule_documents import (
    Clause,
    Problem,
    RuleBook,
    Rules,
    RulesProblem,
    check_rules,
    kind_of,
    load_rules,
    read_count,
    read_one_of,
    read_words,
    read_yen,
    rules_from_document,
)

CLAUSES = (
    Clause("fee", read_yen),
    Clause("cap", read_count, required=False),
    Clause("groups", read_words(("a", "b")), required=False),
    Clause("way", read_one_of("up", "down"), required=False),
)
FEE = 'fee: {value: 100, source: {document: "000", place: 利用料, article: 第3条}}'
FROM = "effective_from: {value: 2016-10-01, assumed: true, why: 予算から}"
HEADER = 'id: town-2016\nkind: billing\ntitle: 要綱\nmunicipality: "372013"\n'


def version(*items: str) -> str:
    lines = indent("\n".join(items), "    ")
    return "  - " + lines.lstrip()


def file(*versions: str, header: str = HEADER) -> str:
    return header + "versions:\n" + "\n".join(versions) + "\n"


def clause(text: str) -> str:
    """A file whose second clause is this one; it stands on line 8."""
    return file(version(FROM, FEE, text))


def check(text: str) -> list[Problem]:
    return check_rules(text, "billing", CLAUSES)


def load(text: str) -> Rules:
    return load_rules(text, "billing", CLAUSES)


def only_problem(text: str) -> Problem:
    (problem,) = check(text)
    assert problem.text.endswith(("。", "）。"))
    return problem


def place(problem: Problem) -> tuple[int, int, str]:
    return problem.line, problem.column, problem.path


GOOD = file(version(FROM, FEE))

# ------------------------------------------------------------------------------------------ what is in order


def test_a_document_in_order_has_no_problem() -> None:
    assert check(GOOD) == []


def test_its_values_are_typed_and_say_where_they_come_from() -> None:
    rules = load(GOOD)
    (only,) = rules.versions
    assert (rules.rules_id, rules.kind, rules.title, rules.municipality) == ("town-2016", "billing", "要綱", "372013")
    assert (rules.effective_from, rules.label, only.label) == (date(2016, 10, 1), *["town-2016@2016-10-01"] * 2)
    assert (only.values, only.clause("fee"), only.clauses) == (
        {"fee": 100},
        "town-2016@2016-10-01#fee",
        {"fee": "town-2016@2016-10-01#fee"},
    )
    fee, begins = only.origins["fee"], only.origins["effective_from"]
    assert (fee.document, fee.place, fee.article, fee.assumed, fee.why) == ("000", "利用料", "第3条", False, None)
    assert (begins.document, begins.place, begins.article, begins.assumed, begins.why) == (
        None,
        None,
        None,
        True,
        "予算から",
    )


def test_the_document_is_plain_json_with_dates_as_text() -> None:
    document = load(GOOD).document
    assert json.loads(json.dumps(document)) == document
    assert document["versions"][0]["effective_from"]["value"] == "2016-10-01"


def test_what_an_enactment_embeds_gives_the_same_rules() -> None:
    rules = load(GOOD)
    stored = json.loads(json.dumps(rules.document))
    assert rules_from_document(stored, "billing", CLAUSES) == rules


def test_the_same_object_twice_in_an_embedded_document_is_no_problem() -> None:
    fee = dict(load(GOOD).document["versions"][0]["fee"])
    document = json.loads(json.dumps(load(clause("cap: {value: 5, assumed: true, why: 仮}")).document))
    document["versions"][0]["fee"] = document["versions"][0]["cap"] = fee
    assert rules_from_document(document, "billing", CLAUSES).versions[0].values == {"fee": 100, "cap": 100}


def test_problems_of_an_embedded_document_have_a_path_but_no_line() -> None:
    document = json.loads(json.dumps(load(GOOD).document))
    document["versions"][0]["fee"]["value"] = -1
    with pytest.raises(RulesProblem) as raised:
        rules_from_document(document, "billing", CLAUSES)
    (problem,) = raised.value.problems
    assert place(problem) == (0, 0, "versions[0].fee.value")
    assert str(problem) == "versions[0].fee.value: -1円 は使えません。0 以上にしてください。"


@pytest.mark.parametrize("written", ["2016-10-01", '"2016-10-01"', "H28.10.1", "平成28年10月1日", "2016/10/1"])
def test_dates_are_read_as_everywhere_else(written: str) -> None:
    text = GOOD.replace("2016-10-01", written)
    assert load(text).effective_from == date(2016, 10, 1)


def test_an_end_may_be_said_to_be_open() -> None:
    assert load(file(version(FROM, "effective_until: null", FEE))).versions[0].effective_until is None


def test_versions_come_in_the_order_of_their_days() -> None:
    second = version(FROM.replace("2016-10-01", "2017-04-01"), FEE.replace("100", "200"))
    first = version(FROM, "effective_until: {value: 2017-03-31, assumed: true, why: 年度末}", FEE)
    rules = load(file(second, first))
    assert [(each.effective_from, each.effective_until, each.values["fee"]) for each in rules.versions] == [
        (date(2016, 10, 1), date(2017, 3, 31), 100),
        (date(2017, 4, 1), None, 200),
    ]


def test_words_and_choices_are_read() -> None:
    rules = load(
        file(
            version(
                FROM,
                FEE,
                "groups: {value: [b, a], assumed: true, why: 仮}",
                "way: {value: up, assumed: true, why: 仮}",
            )
        )
    )
    assert rules.versions[0].values == {"fee": 100, "groups": ("b", "a"), "way": "up"}


# ------------------------------------------------------------------------------------------ what is no document


def test_text_that_is_not_yaml_is_named_with_its_place() -> None:
    problem = only_problem("id: town\nkind: [billing\n")
    assert (problem.line, problem.path) == (3, "")
    assert problem.text.startswith("YAML として読めません")


def test_a_second_document_in_the_file_is_named() -> None:
    assert only_problem(GOOD + "---\nid: other\n").line == GOOD.count("\n") + 1


def test_a_control_character_is_named_with_its_place() -> None:
    problem = only_problem("id: town\ntitle: \x07bell\n")
    assert place(problem) == (2, 8, "")
    assert "使えない文字" in problem.text


def test_a_tab_as_indentation_is_named() -> None:
    assert only_problem("versions:\n\t- a\n").line == 2


@pytest.mark.parametrize("text", ["", "要綱です", "- a\n- b\n", "5"])
def test_text_that_is_no_list_of_items_is_named(text: str) -> None:
    assert place(only_problem(text)) == (1, 1, "")


def test_an_alias_is_refused_so_that_a_document_cannot_grow_without_end() -> None:
    text = GOOD.replace("title: 要綱", "title: &t 要綱").replace('"372013"', "*t")
    problem = only_problem(text)
    assert (problem.line, problem.column) == (4, 15)
    assert "別名" in problem.text


def test_a_document_that_holds_itself_is_refused() -> None:
    assert "別名" in only_problem("versions: &v [*v]\n").text


@pytest.mark.parametrize("value", ["!!int '5'", "!!python/object:os.system {}", "!own 5", "!!set {a}"])
def test_a_tag_is_refused(value: str) -> None:
    problem = only_problem(clause(f"cap: {{value: {value}, assumed: true, why: 仮}}"))
    assert problem.line == 8
    assert "タグ" in problem.text


def test_nesting_without_end_is_refused() -> None:
    assert "入れ子" in only_problem("versions: " + "[" * 5_000).text


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


def until(day: str) -> str:
    return f"effective_until: {{value: {day}, assumed: true, why: 年度末}}"


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


def test_loading_a_document_with_problems_names_them_all() -> None:
    with pytest.raises(RulesProblem) as raised:
        load(file(version(FROM, "fee: {value: -1}")))
    assert len(raised.value.problems) == 2
    assert str(raised.value).splitlines()[0].startswith("7行5列 versions[0].fee: 出典がありません。")


def test_a_problem_of_the_whole_file_reads_without_a_path() -> None:
    assert str(Problem(1, 1, "", "空です。")) == "1行1列: 空です。"
    assert str(Problem(0, 0, "", "空です。")) == "空です。"


@given(st.text(alphabet="abc:-[]{}&*!# \n\t'\"0123456789|>?%@`", max_size=60))
def test_no_text_breaks_the_check(text: str) -> None:
    assert check(text)


@given(st.integers(0, len(GOOD) - 1), st.sampled_from(list(":-[]{}&*! \n\t'\"05x")))
def test_no_slip_of_the_pen_breaks_the_check(at: int, character: str) -> None:
    text = GOOD[:at] + character + GOOD[at + 1 :]
    problems = check(text)
    assert all(1 <= problem.line <= text.count("\n") + 1 for problem in problems)
    if not problems:
        rules = load(text)
        assert rules_from_document(json.loads(json.dumps(rules.document)), "billing", CLAUSES) == rules


# ------------------------------------------------------------------------------------------ kinds


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (GOOD, "billing"),
        ("kind: points", "points"),
        ("kind: 5", None),
        ("kind: [billing]", None),
        ("title: x", None),
        ("- kind", None),
        ("kind: [billing", None),
        ("a: 2016-13-45\nkind: billing", "billing"),
        ("", None),
    ],
)
def test_a_file_says_what_kind_it_is(text: str, kind: str | None) -> None:
    assert kind_of(text) == kind


# ------------------------------------------------------------------------------------------ the book


def rules(rules_id: str, begins: str, *end: str, fee: int = 100) -> Rules:
    items = [FROM.replace("2016-10-01", begins), *[until(day) for day in end], FEE.replace("100", str(fee))]
    return load(file(version(*items), header=HEADER.replace("town-2016", rules_id)))


def in_force(book: RuleBook, *days: str) -> list[str | None]:
    found = [book.rule_on(date.fromisoformat(day)) for day in days]
    return [each.label if each else None for each in found]


def test_before_its_first_day_no_rule_is_in_force() -> None:
    book = RuleBook([rules("a", "2016-10-01")])
    assert in_force(book, "2016-09-30", "2016-10-01", "2099-12-31") == [None, "a@2016-10-01", "a@2016-10-01"]


def test_a_later_enactment_takes_over_from_its_first_day_in_whatever_order_they_came() -> None:
    first, second = rules("a", "2016-10-01"), rules("b", "2017-04-01")
    for book in (RuleBook([first]).with_rules(second), RuleBook([second]).with_rules(first)):
        assert in_force(book, "2017-03-31", "2017-04-01") == ["a@2016-10-01", "b@2017-04-01"]


def test_after_the_end_of_a_version_the_one_before_it_does_not_come_back() -> None:
    book = RuleBook([rules("a", "2016-10-01"), rules("b", "2017-04-01", "2017-05-31")])
    assert in_force(book, "2017-05-31", "2017-06-01") == ["b@2017-04-01", None]


def test_an_empty_book_has_no_rule() -> None:
    assert in_force(RuleBook(), "2016-10-01") == [None]


def test_a_book_with_more_rules_leaves_the_one_without_them_as_it_was() -> None:
    book = RuleBook()
    book.with_rules(rules("a", "2016-10-01"))
    assert book.versions == ()


def test_a_version_is_found_by_its_label() -> None:
    book = RuleBook([rules("a", "2016-10-01")])
    assert book.labelled("a@2016-10-01") == book.versions[0]
    assert book.labelled("a@2016-10-02") is None


def test_the_same_document_is_contained_and_another_one_is_not() -> None:
    book = RuleBook([rules("a", "2016-10-01")])
    assert book.contains(rules("a", "2016-10-01"))
    assert not book.contains(rules("a", "2016-10-01", fee=200))


def test_versions_that_begin_on_the_same_day_overlap() -> None:
    book = RuleBook([rules("a", "2016-10-01")])
    assert book.overlapping(rules("b", "2016-10-01")) == book.versions[0]
    assert book.overlapping(rules("b", "2016-10-02")) is None
