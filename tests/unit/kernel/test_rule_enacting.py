"""What may be enacted beside what is enacted already: above all the version for April, added to the same file."""

from datetime import date

import pytest

from shared.kernel.deciding import Refusal
from shared.kernel.rule_documents import RuleBook, Rules
from shared.kernel.rule_enacting import new_from
from tests.unit.kernel.rule_texts import FEE, FROM, HEADER, file, load, until, version

APRIL = date(2017, 4, 1)


def part(begins: str, end: str | None = None, fee: int = 100) -> str:
    items = [FROM.replace("2016-10-01", begins), *([until(end)] if end else []), FEE.replace("100", str(fee))]
    return version(*items)


def rules(*parts: str, rules_id: str = "town", title: str = "要綱") -> Rules:
    return load(file(*parts, header=HEADER.replace("town-2016", rules_id).replace("要綱", title)))


OPEN = part("2016-10-01")
FIRST = part("2016-10-01", "2017-03-31")
SECOND = part("2017-04-01", fee=200)
BOOK = RuleBook([rules(OPEN)])


def refused(book: RuleBook, new: Rules) -> str:
    answer = new_from(book, new)
    assert isinstance(answer, Refusal)
    assert answer.code == "overlap"
    return answer.text


def test_rules_of_days_of_their_own_are_new_from_their_first_day() -> None:
    assert new_from(RuleBook(), rules(FIRST, SECOND)) == date(2016, 10, 1)
    assert new_from(BOOK, rules(SECOND)) == APRIL


def test_the_same_rules_are_not_new() -> None:
    assert new_from(BOOK, rules(OPEN)) is None


def test_a_version_for_april_in_the_same_file_is_new_from_april() -> None:
    assert new_from(BOOK, rules(FIRST, SECOND)) == APRIL


def test_the_next_april_is_written_in_the_same_way() -> None:
    book = BOOK.with_rules(rules(FIRST, SECOND))
    third = part("2018-04-01", fee=300)
    again = rules(FIRST, part("2017-04-01", "2018-03-31", fee=200), third)
    assert new_from(book, again) == date(2018, 4, 1)


def test_days_before_april_keep_their_rule_and_those_from_april_get_the_new_one() -> None:
    book = BOOK.with_rules(rules(FIRST, SECOND))
    found = [book.rule_on(date.fromisoformat(day)) for day in ("2016-10-01", "2017-03-31", "2017-04-01", "2099-12-31")]
    assert [each.label if each else None for each in found] == ["town@2016-10-01"] * 2 + ["town@2017-04-01"] * 2


def test_versions_enacted_one_by_one_may_be_written_together() -> None:
    book = BOOK.with_rules(rules(SECOND))
    assert new_from(book, rules(FIRST, SECOND)) is None
    third = part("2018-04-01", fee=300)
    assert new_from(book, rules(FIRST, part("2017-04-01", "2018-03-31", fee=200), third)) == date(2018, 4, 1)


def test_a_version_before_the_enacted_one_is_new_from_its_own_first_day() -> None:
    assert new_from(BOOK, rules(part("2016-04-01", "2016-09-30"), OPEN)) == date(2016, 4, 1)


@pytest.mark.parametrize(
    "other",
    [
        rules(part("2016-10-01", fee=200)),
        rules(part("2016-10-01", "2017-03-31", fee=200), SECOND),
        rules(OPEN, rules_id="other"),
        load(file(version(FROM, FEE.replace("第3条", "第4条")), header=HEADER.replace("town-2016", "town"))),
    ],
)
def test_another_value_source_or_id_from_the_same_day_is_refused_and_both_are_named(other: Rules) -> None:
    text = refused(BOOK, other)
    assert f"「{other.rules_id}」の 2016-10-01 からの版は、施行済みの「town@2016-10-01」と" in text
    assert "内容が違います" in text


def test_a_gap_before_april_is_refused_and_it_is_said_what_to_enact() -> None:
    text = refused(BOOK, rules(part("2016-10-01", "2017-02-28"), SECOND))
    assert "2016-10-01 からの版は" in text
    assert "2017-04-01 からの新しい版だけを、別のファイルに書いて施行してください。" in text


def test_an_end_put_off_before_april_is_refused() -> None:
    book = RuleBook([rules(part("2016-10-01", "2017-01-31"))])
    assert "2017-04-01 より前の日の計算が変わります" in refused(book, rules(FIRST, SECOND))


def test_an_end_alone_is_refused_and_a_next_version_is_asked_for() -> None:
    assert "続く版を同じファイルに書き加えてください。" in refused(BOOK, rules(FIRST))


def test_an_end_that_is_never_reached_is_no_end() -> None:
    assert new_from(BOOK, rules(part("2016-10-01", "9999-12-31"))) is None


def test_the_same_versions_under_another_title_are_not_new() -> None:
    assert new_from(BOOK, rules(OPEN, title="交付要綱")) is None
