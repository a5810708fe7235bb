"""A municipality enacts a 要綱."""

from datetime import date

from services.billing.commands import EnactRules
from services.billing.events import BillingRulesEnacted
from tests.unit.billing.visits_and_rules import (
    BILLING,
    TAKAMATSU,
    BillingLedger,
    document,
    enact,
    happened,
    ledger,
    two_versions,
)


def test_the_enactment_embeds_the_whole_document() -> None:
    BILLING.given().when(enact()).then(
        BillingRulesEnacted(
            rules_id="takamatsu-2016", effective_from=date(2016, 10, 1), document=dict(TAKAMATSU.document)
        )
    )


def test_the_same_document_again_changes_nothing() -> None:
    BILLING.given(*happened()).when(enact()).unchanged()


def test_a_later_version_takes_over_from_its_first_day() -> None:
    later = enact(document(effective_from="2017-04-01", visit__per_visit=400))
    in_one_file = enact(two_versions(document(until="2017-03-31"), later.document))
    for book in (ledger(later).state("rules"), ledger(in_one_file).state("rules")):
        assert book.rule_on(date(2017, 3, 31)).values["visit.per_visit"] == 500
        assert book.rule_on(date(2017, 4, 1)).values["visit.per_visit"] == 400


def test_other_content_from_the_same_day_is_refused_and_both_are_named() -> None:
    refusal = BILLING.given(*happened()).when(enact(document(visit__cap=4))).refused("overlap")
    assert "takamatsu-2016@2016-10-01" in refusal.text
    assert "2016-10-01" in refusal.text


def test_another_document_from_the_same_day_is_refused() -> None:
    refusal = BILLING.given(*happened()).when(enact(document(rules_id="other"))).refused("overlap")
    assert "「other」" in refusal.text
    assert "「takamatsu-2016@2016-10-01」" in refusal.text


def test_a_second_version_that_begins_with_a_known_one_is_refused() -> None:
    both = two_versions(document(effective_from="2016-04-01", until="2016-09-30"), document(visit__cap=4))
    BILLING.given(*happened()).when(enact(both)).refused("overlap")


def test_a_version_for_april_added_to_the_enacted_file_holds_from_april() -> None:
    april = document(effective_from="2017-04-01", visit__per_visit=400)
    both = two_versions(document(until="2017-03-31"), april)
    fact = BillingRulesEnacted(rules_id="takamatsu-2016", effective_from=date(2017, 4, 1), document=both)
    BILLING.given(*happened()).when(enact(both)).then(fact)
    BILLING.given(*happened(), fact).when(enact(both)).unchanged()


def test_a_document_that_is_not_in_order_is_refused_with_every_problem() -> None:
    broken = document(visit__cap=-1)
    del broken["versions"][0]["menu"]
    refusal = BILLING.given().when(EnactRules("takamatsu-2016", date(2016, 10, 1), broken)).refused("bad_rules")
    assert "versions[0].visit.cap.value" in refusal.text
    assert "versions[0].menu" in refusal.text


def test_what_is_enacted_is_what_stands_in_the_document() -> None:
    misnamed = EnactRules("other", date(2000, 1, 1), dict(TAKAMATSU.document))
    (fact,) = BillingLedger().decide(misnamed)
    assert isinstance(fact, BillingRulesEnacted)
    assert (fact.rules_id, fact.effective_from) == ("takamatsu-2016", date(2016, 10, 1))


def test_an_older_book_does_not_see_later_rules() -> None:
    known = BillingLedger()
    before = known.state("rules")
    known.handle(enact())
    assert before.rule_on(date(2016, 10, 1)) is None
