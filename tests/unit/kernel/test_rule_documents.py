"""Rule documents: what is in order is read, and what is no document is named with its place."""

import json
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.rule_documents import Problem, RulesProblem, kind_of, rules_from_document
from tests.unit.kernel.rule_texts import (
    CLAUSES,
    FEE,
    FROM,
    GOOD,
    check,
    clause,
    file,
    load,
    only_problem,
    place,
    version,
)

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
    assert problem.text.startswith("YAML として読めません。")


def test_a_tab_that_indents_is_named_with_its_place_and_in_no_foreign_words() -> None:
    problem = only_problem("id: town\nversions:\n\t- 1\n")
    assert (problem.line, problem.column, "タブではなく空白" in problem.text) == (3, 1, True)
    assert re.findall("[a-z]+", problem.text) == []


def test_a_second_document_in_the_file_is_named() -> None:
    problem = only_problem(GOOD + "---\nid: other\n")
    assert (problem.line, "文書は1つだけ" in problem.text) == (GOOD.count("\n") + 1, True)


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


# ------------------------------------------------------------------------------------------ any text


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
