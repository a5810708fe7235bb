"""A visit becomes known in its user's month: one test per reason, in the order of precedence, and the cap."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from services.billing.commands import AssessVisit
from services.billing.events import Assessment, SubsidyAssessed
from shared.kernel.contracts.requests import VisitFacts
from tests.controls import USER
from tests.unit.billing.visits_and_rules import (
    BILLING,
    LABEL,
    MONTH,
    OTHER_HELPER,
    OTHER_USER,
    WORKED_CASE,
    BillingLedger,
    assess,
    document,
    enact,
    happened,
    helper,
    ledger,
    october,
    two_versions,
    user,
    visit,
)

PAID = Assessment(
    visit_id="V1",
    organisation_id="O1",
    district_id="D2",
    service="visit",
    served_on=date(2016, 10, 3),
    user_fee_yen=100,
    helper_expense_yen=300,
    subsidy_yen=500,
    reason="paid",
    cap_position=1,
    rule=f"{LABEL}#visit.per_visit",
    flags=(),
    engine=1,
)


def assessed(facts: VisitFacts, *assessments: Assessment, void: bool = False) -> SubsidyAssessed:
    return SubsidyAssessed(
        user=facts.user.person, month=MONTH, visit=facts, void=void, withdrawn=None, assessments=assessments
    )


def result_of(facts: VisitFacts, *, void: bool = False, rules: dict[str, Any] | None = None) -> Assessment:
    return ledger_under(rules).handle(assess(facts, void=void)).results()[facts.visit_id]


def ledger_under(rules: dict[str, Any] | None = None) -> BillingLedger:
    return BillingLedger().handle(enact(rules))


def test_a_done_visit_of_an_eligible_user_is_paid() -> None:
    BILLING.given(*happened()).when(assess(visit())).then(assessed(visit(), PAID))


def test_the_same_visit_again_changes_nothing() -> None:
    BILLING.given(*happened(assess(visit()))).when(assess(visit())).unchanged()


def test_a_void_again_changes_nothing() -> None:
    known = happened(assess(visit()), assess(visit(), void=True))
    BILLING.given(*known).when(assess(visit(), void=True)).unchanged()


def test_a_corrected_visit_is_recorded_even_when_no_yen_moves() -> None:
    corrected = visit(slip_no="S2")
    BILLING.given(*happened(assess(visit()))).when(assess(corrected)).then(assessed(corrected))


def test_a_voided_visit_earns_nothing_and_nobody_pays_for_it() -> None:
    result = result_of(visit(), void=True)
    assert (result.reason, result.subsidy_yen, result.user_fee_yen, result.helper_expense_yen) == ("void", 0, 0, 0)
    assert (result.rule, result.cap_position, result.flags) == (None, None, ())


def test_a_void_comes_before_every_other_reason() -> None:
    assert result_of(visit(outcome="no_show", served_on=date(2016, 10, 3)), void=True).reason == "void"


@pytest.mark.parametrize("outcome", ["cancelled_before", "cancelled_same_day", "no_show", "not_needed", "stopped"])
def test_a_visit_that_was_not_done_earns_nothing(outcome: str) -> None:
    result = result_of(visit(outcome=outcome))
    assert (result.reason, result.subsidy_yen, result.user_fee_yen, result.helper_expense_yen) == ("not_done", 0, 0, 0)
    assert (result.rule, result.flags) == (None, ())


def test_not_done_comes_before_no_rule() -> None:
    assert result_of(visit(served_on=date(2016, 9, 30), outcome="no_show")).reason == "not_done"


def test_a_day_without_a_rule_is_shown_at_no_yen() -> None:
    result = result_of(visit(served_on=date(2016, 9, 30), user=user(category="other")))
    assert (result.reason, result.subsidy_yen, result.user_fee_yen, result.rule) == ("no_rule", 0, 0, None)


def test_a_day_after_the_end_of_the_rules_is_without_a_rule() -> None:
    ended = document(until="2016-10-02")
    assert result_of(visit(), rules=ended).reason == "no_rule"
    assert result_of(visit(served_on=date(2016, 10, 2)), rules=ended).reason == "paid"


@pytest.mark.parametrize("category", ["checklist", "support1", "support2"])
def test_users_of_these_categories_are_eligible(category: str) -> None:
    assert result_of(visit(user=user(category=category))).reason == "paid"


def test_a_user_of_another_category_is_not_eligible_but_fee_and_expense_follow_the_visit() -> None:
    untrained = visit(user=user(category="other"), helpers=(helper(trained=False),))
    result = result_of(untrained)
    assert (result.reason, result.rule) == ("not_eligible", f"{LABEL}#eligibility.categories")
    assert (result.subsidy_yen, result.user_fee_yen, result.helper_expense_yen) == (0, 100, 300)


@pytest.mark.parametrize("missing", ["registered", "trained"])
def test_every_helper_must_be_registered_and_trained(missing: str) -> None:
    second = replace(helper(OTHER_HELPER, relative=True), **{missing: False})
    result = result_of(visit(helpers=(helper(), second)))
    assert (result.reason, result.rule) == ("helper_not_trained", f"{LABEL}#eligibility.helpers")


@pytest.mark.parametrize(
    ("needs", "unfit", "reason"),
    [
        (["registered"], {"trained": False}, "paid"),
        (["registered"], {"registered": False}, "helper_not_trained"),
        (["trained"], {"registered": False}, "paid"),
        (["trained"], {"trained": False}, "helper_not_trained"),
    ],
)
def test_a_municipality_may_ask_less_of_its_helpers(needs: list[str], unfit: dict[str, bool], reason: str) -> None:
    rules = document(eligibility__helpers=needs)
    assert result_of(visit(helpers=(replace(helper(), **unfit),)), rules=rules).reason == reason


def test_relatives_are_not_payable() -> None:
    related = visit(helpers=(helper(), helper(OTHER_HELPER, relative=True)), agreed_record=False)
    result = result_of(related)
    assert (result.reason, result.rule) == ("relative", f"{LABEL}#eligibility.relatives")


def test_a_municipality_may_pay_relatives() -> None:
    rules = document(eligibility__relatives="allowed")
    assert result_of(visit(helpers=(helper(relative=True),)), rules=rules).reason == "paid"


def test_without_an_agreed_record_nothing_is_paid() -> None:
    result = result_of(visit(service="day", agreed_record=False))
    assert (result.reason, result.rule) == ("no_record", f"{LABEL}#eligibility.agreed_record")


def test_a_municipality_may_do_without_the_record() -> None:
    rules = document(eligibility__agreed_record="not_required")
    assert result_of(visit(agreed_record=False), rules=rules).reason == "paid"


def test_day_service_has_no_amount_per_visit_and_no_fee() -> None:
    result = result_of(visit(service="day"))
    assert (result.reason, result.rule) == ("no_rate", f"{LABEL}#day.per_visit")
    assert (result.subsidy_yen, result.user_fee_yen, result.helper_expense_yen) == (0, 0, 0)


def test_two_helpers_are_one_subsidy_and_two_expenses() -> None:
    result = result_of(visit(helpers=(helper(), helper(OTHER_HELPER))))
    assert (result.subsidy_yen, result.user_fee_yen, result.helper_expense_yen) == (500, 100, 600)


def test_a_visit_over_sixty_minutes_is_one_visit_and_flagged() -> None:
    assert result_of(visit(minutes=60)).flags == ()
    result = result_of(visit(minutes=61))
    assert (result.subsidy_yen, result.flags) == (500, ("over_minutes",))


def test_rubbish_alone_is_flagged_and_together_with_another_item_not() -> None:
    assert result_of(visit(menu=("rubbish",))).flags == ("rubbish_alone",)
    assert result_of(visit(menu=("rubbish", "safety_check"))).flags == ()
    assert result_of(visit(menu=("rubbish",), minutes=90)).flags == ("over_minutes", "rubbish_alone")


def test_rules_without_the_flag_of_rubbish_do_not_raise_it() -> None:
    rules = document()
    del rules["versions"][0]["flags.not_alone"]
    assert result_of(visit(menu=("rubbish",)), rules=rules).flags == ()


# ------------------------------------------------------------------------------------------ the cap


def test_the_sixth_and_seventh_of_a_month_are_over_the_cap() -> None:
    known = ledger(*[assess(facts) for facts in WORKED_CASE]).results()
    assert [known[facts.visit_id].reason for facts in WORKED_CASE] == ["paid"] * 5 + ["over_cap"] * 2
    assert [known[facts.visit_id].cap_position for facts in WORKED_CASE] == [1, 2, 3, 4, 5, 6, 7]
    over = known["V19"]
    assert (over.subsidy_yen, over.user_fee_yen, over.helper_expense_yen) == (0, 100, 300)
    assert over.rule == f"{LABEL}#visit.cap"


def test_an_earlier_visit_that_arrives_late_moves_the_others_up() -> None:
    known = ledger(*[assess(facts) for facts in october(5, 7, 12, 14, 19)])
    (fact,) = known.decide(assess(visit("V03", date(2016, 10, 3))))
    assert isinstance(fact, SubsidyAssessed)
    assert {(each.visit_id, each.cap_position, each.reason) for each in fact.assessments} == {
        ("V03", 1, "paid"),
        ("V05", 2, "paid"),
        ("V07", 3, "paid"),
        ("V12", 4, "paid"),
        ("V14", 5, "paid"),
        ("V19", 6, "over_cap"),
    }


def test_only_results_that_differ_are_recorded() -> None:
    known = ledger(*[assess(facts) for facts in october(3, 5)])
    (fact,) = known.decide(assess(visit("V07", date(2016, 10, 7))))
    assert isinstance(fact, SubsidyAssessed)
    assert [each.visit_id for each in fact.assessments] == ["V07"]


def test_a_voided_visit_makes_room_for_the_next() -> None:
    known = ledger(*[assess(facts) for facts in WORKED_CASE])
    (fact,) = known.decide(assess(WORKED_CASE[1], void=True))
    assert isinstance(fact, SubsidyAssessed)
    assert {(each.visit_id, each.reason, each.subsidy_yen) for each in fact.assessments} == {
        ("V05", "void", 0),
        ("V07", "paid", 500),
        ("V12", "paid", 500),
        ("V14", "paid", 500),
        ("V19", "paid", 500),
        ("V26", "over_cap", 0),
    }
    assert sum(known.yen().values()) == 2_500


@pytest.mark.parametrize(
    "hindered",
    [
        {"outcome": "stopped"},
        {"user": user(category="other")},
        {"helpers": (helper(trained=False),)},
        {"helpers": (helper(relative=True),)},
        {"agreed_record": False},
        {"service": "day"},
    ],
)
def test_a_visit_that_is_not_payable_takes_no_place_under_the_cap(hindered: dict[str, Any]) -> None:
    first, *others = october(3, 5, 7, 12, 14, 19)
    known = ledger(*[assess(facts) for facts in [visit("V03", first.served_on, **hindered), *others]])
    results = known.results()
    assert results["V03"].cap_position is None
    assert [results[facts.visit_id].cap_position for facts in others] == [1, 2, 3, 4, 5]
    assert sum(known.yen().values()) == 2_500


def test_on_one_day_the_start_decides_then_the_number() -> None:
    rules = document(visit__cap=1)
    morning = visit("V9", started_at="09:00")
    noon_a, noon_b = visit("V2", started_at="12:00"), visit("V1", started_at="12:00")
    known = ledger_under(rules).handle(assess(noon_a), assess(noon_b), assess(morning)).results()
    assert {visit_id: result.cap_position for visit_id, result in known.items()} == {"V9": 1, "V1": 2, "V2": 3}
    assert [visit_id for visit_id, result in known.items() if result.reason == "paid"] == ["V9"]


def test_a_month_with_two_versions_counts_places_through_and_meets_the_cap_of_each_day() -> None:
    rules = two_versions(
        document(until="2016-10-15", visit__cap=2),
        document(effective_from="2016-10-16", visit__cap=4, visit__per_visit=700),
    )
    known = ledger_under(rules).handle(*[assess(facts) for facts in october(3, 5, 7, 19, 26)]).results()
    assert [(result.cap_position, result.reason, result.subsidy_yen) for result in known.values()] == [
        (1, "paid", 500),
        (2, "paid", 500),
        (3, "over_cap", 0),
        (4, "paid", 700),
        (5, "over_cap", 0),
    ]
    assert known["V19"].rule == "takamatsu-2016@2016-10-16#visit.per_visit"


def test_a_cap_of_nought_pays_nothing() -> None:
    assert result_of(visit(), rules=document(visit__cap=0)).reason == "over_cap"


def test_each_user_and_each_month_has_a_cap_of_its_own() -> None:
    mine, november = october(3, 5, 7, 12, 14), visit("N1", date(2016, 11, 2))
    others = visit("X1", date(2016, 10, 3), user=user(OTHER_USER))
    known = ledger(*[assess(facts) for facts in [*mine, november, others]])
    assert sum(known.yen().values()) == 3_500
    assert set(known.states) >= {f"user_month-{USER}-2016-11", f"user_month-{OTHER_USER}-2016-10"}


# ------------------------------------------------------------------------------------------ the engine


def test_a_replay_decides_by_the_engine_that_the_results_stand_on() -> None:
    known = ledger(assess(visit()))
    assert known.decide(AssessVisit(visit(slip_no="S2"), False, None)) == [assessed(visit(slip_no="S2"))]


def test_an_older_state_does_not_see_what_came_after_it() -> None:
    known = ledger(assess(visit()))
    before = known.user_month()
    known.handle(assess(visit("V2", date(2016, 10, 1))), assess(visit(), void=True))
    assert list(before.visits) == list(before.results) == ["V1"]
    assert before.results["V1"] == PAID
