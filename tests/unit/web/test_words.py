"""What screens say: words by id, and how values look."""

from pathlib import Path
from typing import get_args

import pytest
import yaml

from shared.kernel.contracts import billing, points
from shared.kernel.standing import Category
from shared.web import formats, labels

GLOSSARY = yaml.safe_load((Path(__file__).resolve().parents[3] / "docs" / "glossary.yaml").read_text(encoding="utf-8"))
WORDS = {term["id"]: term["ja"] for term in GLOSSARY}


def test_reasons_have_the_words_of_the_glossary() -> None:
    assert {name: WORDS[name] for name in labels.REASON} == labels.REASON


def test_every_id_of_a_closed_set_has_a_word() -> None:
    assert set(labels.REASON) == set(get_args(billing.Reason))
    assert set(labels.FLAG) == set(get_args(billing.Flag))
    assert set(labels.POINT_REASON) == set(get_args(points.PointReason))
    assert set(labels.CATEGORY) == set(get_args(Category))


def test_numbers_of_the_office_are_in_the_order_that_people_count_in() -> None:
    numbers = ["会", "o10-10", "o1", "10", "o2", "o10", "", "o10-2", "2", "o01"]
    ordered = ["", "2", "10", "o01", "o1", "o2", "o10", "o10-2", "o10-10", "会"]
    assert sorted(numbers, key=formats.number_order) == ordered


def test_an_id_without_a_word_stays_as_it_is() -> None:
    assert labels.label("雪かき", "menu") == "雪かき"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (formats.yen(7_668_500), "7,668,500円"),
        (formats.yen(-500), "−500円"),
        (formats.yen(None), "―"),
        (formats.wareki("2016-10-03"), "平成28年10月3日"),
        (formats.wareki(None), "―"),
        (formats.wareki_month("2019-05"), "令和元年5月"),
        (formats.period("2015-04"), "平成27年4月"),
        (formats.period("2015"), "2015年"),
        (formats.period("未定"), "未定"),
        (formats.short_month("2016-10"), "10月"),
        (formats.day("2016-10-03"), "2016年10月3日(月)"),
        (formats.day(None), "―"),
        (formats.short_day("2016-10-09"), "10/9(日)"),
        (formats.moment("2016-10-31T15:00:01.000Z"), "2016年11月1日 00:00:01"),
        (formats.clock_time("2016-10-31T15:00:01.000Z"), "00:00:01"),
    ],
)
def test_values_look_as_the_office_writes_them(shown: str, expected: str) -> None:
    assert shown == expected
