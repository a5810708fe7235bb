"""A municipality enacts a scheme."""

from datetime import date

from services.points.commands import EnactRules
from services.points.events import PointRulesEnacted
from tests.unit.points.schemes_and_earnings import POINTS, Ledger, document, enact, happened, kosaka


def test_the_whole_document_is_recorded() -> None:
    POINTS.given().when(enact(document())).then(
        PointRulesEnacted(rules_id="town", effective_from=date(2015, 4, 1), document=document())
    )


def test_the_scheme_of_kosaka_can_be_enacted() -> None:
    command = kosaka()

    POINTS.given().when(command).then(
        PointRulesEnacted(rules_id="kosaka-2015", effective_from=date(2015, 4, 1), document=command.document)
    )


def test_the_same_document_again_changes_nothing() -> None:
    POINTS.given(*happened(enact(document()))).when(enact(document())).unchanged()


def test_another_content_from_the_same_day_is_refused_and_both_are_named() -> None:
    refusal = POINTS.given(*happened(enact(document()))).when(enact(document("other", caps_day=1))).refused("overlap")

    assert "「other」" in refusal.text
    assert "「town@2015-04-01」" in refusal.text


def test_a_version_for_april_added_to_the_enacted_file_holds_from_april() -> None:
    april = document(effective_from=date(2017, 4, 1), caps_day=1)
    first = document(until=date(2017, 3, 31))
    both = first | {"versions": [*first["versions"], *april["versions"]]}
    fact = PointRulesEnacted(rules_id="town", effective_from=date(2017, 4, 1), document=both)
    POINTS.given(*happened(enact(document()))).when(enact(both)).then(fact)

    book = Ledger().handle(enact(document()), enact(both)).state("rules").book
    schemes = [book.scheme_on(day) for day in (date(2015, 4, 1), date(2017, 3, 31), date(2017, 4, 1))]
    assert [scheme and scheme.label for scheme in schemes] == ["town@2015-04-01"] * 2 + ["town@2017-04-01"]


def test_a_document_that_is_no_scheme_is_refused_with_every_problem() -> None:
    broken = document() | {"versions": []}
    refusal = POINTS.given().when(EnactRules("town", date(2015, 4, 1), broken)).refused("bad_rules")

    assert "versions" in refusal.text


def test_a_later_scheme_supersedes_an_open_ended_one_from_its_first_day_on() -> None:
    later = document("town-2017", date(2017, 4, 1), until=date(2018, 3, 31))
    book = Ledger().handle(enact(later), enact(document())).state("rules").book
    schemes = {day: book.scheme_on(day) for day in (date(2015, 3, 31), date(2017, 3, 31), date(2018, 3, 31))}

    assert {day: scheme.label if scheme else None for day, scheme in schemes.items()} == {
        date(2015, 3, 31): None,
        date(2017, 3, 31): "town@2015-04-01",
        date(2018, 3, 31): "town-2017@2017-04-01",
    }
    assert book.scheme_on(date(2018, 4, 1)) is None
