"""A scheme's file: every problem is named with its place."""

from typing import Any

import pytest
import yaml

from services.points.rules import check_rules, load_rules, rules_from_document, scheme_of
from services.points.schemes import Caps, Exchange, Rate, Scheme
from shared.kernel.rule_documents import RulesProblem
from tests.unit.points.schemes_and_earnings import document, kosaka_rules

HOUR = {"points": 1, "unit": "60min", "min_minutes": 30}


def text(**values: Any) -> str:
    return yaml.safe_dump(document(**values), allow_unicode=True, sort_keys=False)


def scheme(**values: Any) -> Scheme:
    return scheme_of(rules_from_document(document(**values)).versions[0])


def test_a_good_file_has_no_problem() -> None:
    assert check_rules(text()) == []


@pytest.mark.parametrize(
    ("values", "path", "words"),
    [
        ({"starts_month": 5}, "point_year.starts_month", "1、2、4、9"),
        ({"starts_month": "四月"}, "point_year.starts_month", "整数"),
        ({"rates_salon": {**HOUR, "points": 0}}, "rates.salon", "1 以上"),
        ({"rates_salon": {**HOUR, "points": -1}}, "rates.salon", "0 以上"),
        ({"rates_salon": {**HOUR, "unit": "45min"}}, "rates.salon", "activity、60min、30min、15min"),
        ({"rates_salon": {**HOUR, "bonus": 2}}, "rates.salon", "過不足なく"),
        ({"rates_salon": 1}, "rates.salon", "points、unit、min_minutes"),
        ({"words": {"踊り": "dance"}}, "words", "rates.dance"),
        ({"words": ["サロン"]}, "words", "{言葉: 種別}"),
        ({"paid_kinds": ["salon"]}, "paid_kinds", "visit_helper、day_helper"),
        ({"paid_kinds": "visit_helper"}, "paid_kinds", "[ ]"),
        ({"eligibility_min_age": "65歳"}, "eligibility.min_age", "整数"),
        ({"eligibility_age_reference": "today"}, "eligibility.age_reference", "on_day"),
        ({"caps_day": 0}, "caps.day", "1 以上"),
        ({"caps_month": 1.5}, "caps.month", "整数"),
        ({"caps_point_year": True}, "caps.point_year", "整数"),
        ({"carry_over": "some"}, "carry_over", "all、none"),
        ({"carry_over": {"below": 0}}, "carry_over", "1 以上"),
        ({"carry_over": {"above": 5}}, "carry_over", "below"),
        ({"expiry": "two_years"}, "expiry", "none"),
        ({"exchange": {"step_points": 10, "yen": 500}}, "exchange", "max_yen"),
        ({"exchange": {"step_points": 0, "yen": 500, "max_yen": None}}, "exchange", "1 以上"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_line(values: dict[str, Any], path: str, words: str) -> None:
    written = text(**values)
    lines = written.splitlines()

    (problem,) = check_rules(written)

    assert problem.path == f"versions[0].{path}.value"
    assert words in problem.text
    assert any(f"{path}:" in line for line in lines[: problem.line])


def test_every_problem_is_named_at_once() -> None:
    assert len(check_rules(text(starts_month=5, caps_day=0, carry_over="some"))) == 3


def test_a_scheme_without_a_rate_is_told_where_rates_belong() -> None:
    version = {name: value for name, value in document()["versions"][0].items() if name != "rates.salon"}
    written = yaml.safe_dump(document() | {"versions": [version]}, allow_unicode=True)

    (problem,) = check_rules(written)

    assert problem.path == "versions[0].rates.<種別>"


def test_a_rate_without_a_source_is_named() -> None:
    version = document()["versions"][0] | {"rates.salon": {"value": HOUR}}
    written = yaml.safe_dump(document() | {"versions": [version]}, allow_unicode=True)

    (problem,) = check_rules(written)

    assert problem.path == "versions[0].rates.salon"
    assert "出典がありません" in problem.text


def test_loading_a_bad_file_names_every_problem() -> None:
    with pytest.raises(RulesProblem, match="starts_month"):
        load_rules(text(starts_month=5))


def test_a_document_reads_back_to_the_rules_it_came_from() -> None:
    rules = load_rules(text(exchange={"step_points": 10, "yen": 500, "max_yen": None}))

    assert rules_from_document(rules.document) == rules


def test_a_scheme_says_what_its_document_says() -> None:
    assert scheme(
        starts_month=9,
        rates_salon=HOUR,
        words={"サロン": "salon"},
        eligibility_min_age=None,
        eligibility_age_reference="on_march_last",
        caps_day=2,
        caps_month=20,
        caps_point_year=50,
        carry_over={"below": 5},
        exchange={"step_points": 10, "yen": 1000, "max_yen": None},
    ) == Scheme(
        label="town@2015-04-01",
        starts_month=9,
        rates=dict.fromkeys(("サロン", "salon"), Rate("town@2015-04-01#rates.salon", 1, 60, 30)),
        caps=Caps(2, 20, 50),
        min_age=None,
        age_reference="on_march_last",
        carry_over="below",
        carry_limit=5,
        exchange=Exchange(10, 1000, None),
    )


def test_kosaka_is_the_scheme_of_seed_003() -> None:
    rules = kosaka_rules()
    kosaka = scheme_of(rules.versions[0])

    assert (rules.rules_id, rules.municipality, rules.label) == ("kosaka-2015", "053031", "kosaka-2015@2015-04-01")
    kinds = ["participation", "volunteering", "visit_user", "visit_helper", "day_user", "day_helper"]
    assert set(kosaka.rates) == {*kinds, "参加", "運営ボランティア"}
    assert {(rate.points, rate.unit_minutes, rate.min_minutes) for rate in kosaka.rates.values()} == {(1, None, 0)}
    assert (kosaka.min_age, kosaka.age_reference, kosaka.starts_month) == (65, "on_day", 4)
    assert kosaka.caps == Caps(None, None, 100)
    assert kosaka.exchange == Exchange(10, 500, 5000)
    assert kosaka.carry_over == "none"


def test_kosaka_says_of_each_value_where_it_comes_from() -> None:
    rules = kosaka_rules()
    origins = rules.versions[0].origins

    assert {name for name, origin in origins.items() if not origin.assumed} == {
        "effective_from",
        "words",
        "paid_kinds",
        "eligibility.min_age",
    }
    assert {origin.document for origin in origins.values() if not origin.assumed} == {"003"}
