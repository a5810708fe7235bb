"""The book of enacted rules: which version is in force on a day."""

from dataclasses import replace
from datetime import date

from shared.kernel.rule_documents import RuleBook, Rules
from tests.unit.kernel.rule_texts import FEE, FROM, HEADER, file, load, until, version


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


def test_a_version_has_the_title_of_the_rules_that_were_enacted_last() -> None:
    first, second = rules("a", "2016-10-01"), rules("a", "2016-10-01", "2017-03-31")
    book = RuleBook([first, replace(second, title="改めた要綱")])
    assert book.title_of(book.versions[0]) == "改めた要綱"
    assert RuleBook([first]).title_of(first.versions[0]) == first.title


def test_the_same_document_is_contained_and_another_one_is_not() -> None:
    book = RuleBook([rules("a", "2016-10-01")])
    assert book.contains(rules("a", "2016-10-01"))
    assert not book.contains(rules("a", "2016-10-01", fee=200))


def test_a_version_is_found_by_its_first_day() -> None:
    book = RuleBook([rules("a", "2016-10-01")])
    assert book.beginning_on(date(2016, 10, 1)) == book.versions[0]
    assert book.beginning_on(date(2016, 10, 2)) is None


def test_a_version_enacted_again_with_another_end_takes_the_place_of_itself() -> None:
    book = RuleBook([rules("a", "2016-10-01"), rules("a", "2016-10-01", "2017-03-31")])
    assert in_force(book, "2016-10-01", "2017-03-31", "2017-04-01") == ["a@2016-10-01", "a@2016-10-01", None]
    assert len(book.versions) == 1
