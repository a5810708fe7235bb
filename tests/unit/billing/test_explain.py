"""The story of a visit's yen."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from services.billing.commands import ReassessUserMonth, WithdrawVisit
from services.billing.events import SubsidyAssessed, SubsidyReassessed
from services.billing.explain import REASONS, Recorded, explain, explanation_text, in_order
from tests.controls import USER
from tests.unit.billing.visits_and_rules import (
    BOOK,
    LABEL,
    MONTH,
    OTHER_USER,
    TAKAMATSU,
    WORKED_CASE,
    BillingLedger,
    assess,
    document,
    enact,
    helper,
    ledger,
    october,
    user,
    visit,
)


def recorded(known: BillingLedger) -> list[Recorded]:
    """The events of all user-months, a minute apart from 1 November 2016, 10:00 in Japan."""
    told = [fact for fact in known.facts if isinstance(fact, SubsidyAssessed | SubsidyReassessed)]
    return [Recorded(f"2016-11-01T01:{number:02d}:00.000Z", number + 1, fact) for number, fact in enumerate(told)]


def story(known: BillingLedger, visit_id: str = "V1") -> dict[str, Any]:
    document = explain(visit_id, recorded(known), known.state("rules"))
    assert document is not None
    return document


def because(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [step["because"] for step in document["history"]]


def reasons(document: dict[str, Any]) -> list[tuple[str | None, str | None]]:
    return [(step["reason"]["from"], step["reason"]["to"]) for step in document["history"]]


def worked_case() -> BillingLedger:
    return ledger(*[assess(facts) for facts in WORKED_CASE], assess(WORKED_CASE[1], void=True))


def test_the_sixth_visit_of_the_worked_case_tells_how_it_came_to_be_paid() -> None:
    told = story(worked_case(), "V19")
    assert (told["subsidy_yen"], told["reason"], told["rule"]) == (500, "paid", f"{LABEL}#visit.per_visit")
    assert told["cap"]["position"] == 5
    assert [row["visit_id"] for row in told["cap"]["before"]] == ["V03", "V07", "V12", "V14"]
    assert reasons(told) == [(None, "over_cap"), ("over_cap", "paid")]
    assert because(told)[1] == {"kind": "visit_voided", "own": False, "visit_id": "V05", "served_on": "2016-10-05"}
    second = told["history"][1]
    assert second["subsidy_yen"] == {"from": 0, "to": 500}
    assert second["cap_position"] == {"from": 6, "to": 5}


def test_the_voided_visit_tells_of_its_end() -> None:
    told = story(worked_case(), "V05")
    assert (told["subsidy_yen"], told["reason"], told["rule"], told["cap"]) == (0, "void", None, None)
    assert reasons(told) == [(None, "paid"), ("paid", "void")]
    assert because(told)[1]["own"] is True


def test_the_visits_that_took_the_places_before_it_are_named() -> None:
    told = story(worked_case(), "V26")
    assert told["cap"] == {
        "position": 6,
        "limit": 5,
        "month": MONTH,
        "before": [
            {
                "position": position,
                "visit_id": facts.visit_id,
                "organisation_id": facts.organisation_id,
                "served_on": facts.served_on.isoformat(),
                "started_at": "10:00",
            }
            for position, facts in enumerate([WORKED_CASE[0], *WORKED_CASE[2:6]], start=1)
        ],
    }


def test_everything_the_yen_stands_on_is_there() -> None:
    told = story(ledger(assess(visit(minutes=90))))
    assert {name: told[name] for name in told if name not in {"clauses", "history", "cap"}} == {
        "visit_id": "V1",
        "organisation_id": "O1",
        "user": USER,
        "served_on": "2016-10-03",
        "service": "visit",
        "outcome": "done",
        "reason": "paid",
        "reason_text": "補助の対象です。",
        "rule": f"{LABEL}#visit.per_visit",
        "rules": {"label": LABEL, "title": TAKAMATSU.title, "effective_from": "2016-10-01"},
        "article": None,
        "user_fee_yen": 100,
        "helper_expense_yen": 300,
        "subsidy_yen": 500,
        "rounding": "none",
        "flags": ["over_minutes"],
        "engine": 1,
    }


def test_every_clause_comes_with_its_source_or_says_why_it_is_assumed() -> None:
    clauses = {row["clause"]: row for row in story(ledger(assess(visit())))["clauses"]}
    assert clauses[f"{LABEL}#visit.per_visit"] == {
        "clause": f"{LABEL}#visit.per_visit",
        "value": 500,
        "value_text": "500円",
        "document": "000",
        "place": "事務局の収入 ②補助金500円を支払う／●加算額（サービス提供1回につき）500円",
        "article": None,
        "assumed": False,
        "why": None,
    }
    categories = clauses[f"{LABEL}#eligibility.categories"]
    assert (categories["assumed"], categories["value_text"]) == (True, "事業対象者、要支援1、要支援2")
    assert (clauses[f"{LABEL}#visit.cap"]["value_text"], clauses[f"{LABEL}#day.per_visit"]["value_text"]) == (
        "5回",
        "なし",
    )


def test_an_article_is_named_where_the_source_names_one() -> None:
    with_article = document()
    with_article["versions"][0]["visit.per_visit"]["source"]["article"] = "第5条"
    told = story(BillingLedger().handle(enact(with_article), assess(visit())))
    assert told["article"] == "第5条"
    assert f"根拠: {LABEL}#visit.per_visit（第5条）" in explanation_text(told)


def test_a_day_without_a_rule_has_no_clauses() -> None:
    told = story(ledger(assess(visit(served_on=date(2016, 9, 30)))))
    assert (told["reason"], told["clauses"], told["article"], told["cap"]) == ("no_rule", [], None, None)
    assert told["rules"] is None


def test_a_result_is_explained_by_the_version_that_decided_it() -> None:
    known = ledger(assess(visit("V12", date(2016, 10, 12))))
    known.handle(enact(document(rules_id="kaisei", effective_from="2016-10-10", visit__fee=200)))
    told = story(known, "V12")
    assert told["rule"] == f"{LABEL}#visit.per_visit"
    assert {row["clause"].partition("#")[0] for row in told["clauses"]} == {LABEL}


def test_a_correction_without_yen_is_part_of_the_story() -> None:
    told = story(ledger(assess(visit()), assess(visit(slip_no="S2", minutes=45))))
    assert because(told)[1] == {
        "kind": "visit_corrected",
        "own": True,
        "visit_id": "V1",
        "served_on": "2016-10-03",
        "changed": ["minutes", "slip_no"],
    }
    assert reasons(told)[1] == ("paid", "paid")


def test_a_corrected_register_is_told_as_a_change_of_the_persons_standing() -> None:
    told = story(ledger(assess(visit()), assess(visit(user=user(category="other")))))
    assert (because(told)[1]["changed"], reasons(told)[1]) == (["user"], ("paid", "not_eligible"))


def test_another_visits_correction_is_told_when_it_moves_this_one() -> None:
    known = ledger(*[assess(facts) for facts in october(3, 5)])
    known.handle(assess(visit("V05", date(2016, 10, 1))))
    told = story(known, "V03")
    assert because(told)[1] == {
        "kind": "visit_corrected",
        "own": False,
        "visit_id": "V05",
        "served_on": "2016-10-01",
        "changed": ["served_on"],
    }
    assert told["history"][1]["cap_position"] == {"from": 1, "to": 2}


def test_other_visits_that_change_nothing_here_are_no_part_of_the_story() -> None:
    assert len(story(ledger(*[assess(facts) for facts in october(3, 5)]), "V03")["history"]) == 1


def test_a_visit_that_moved_to_another_month_tells_of_both() -> None:
    known = ledger(assess(visit()), WithdrawVisit(USER, MONTH, "V1"), assess(visit(served_on=date(2016, 11, 2))))
    told = story(known)
    assert told["served_on"] == "2016-11-02"
    assert [each["kind"] for each in because(told)] == ["visit_recorded", "visit_moved", "visit_corrected"]
    assert reasons(told) == [(None, "paid"), ("paid", None), (None, "paid")]


def test_a_visit_that_moved_to_another_user_counts_among_that_users_visits() -> None:
    theirs = visit("X1", date(2016, 10, 1), user=user(OTHER_USER))
    known = ledger(assess(theirs), *[assess(facts) for facts in october(3, 5)], WithdrawVisit(USER, MONTH, "V05"))
    known.handle(assess(visit("V05", date(2016, 10, 5), user=user(OTHER_USER))))
    told = story(known, "V05")
    assert told["user"] == OTHER_USER
    assert [row["visit_id"] for row in told["cap"]["before"]] == ["X1"]


def test_a_neighbour_that_moves_away_is_named() -> None:
    known = ledger(*[assess(facts) for facts in october(3, 5)], WithdrawVisit(USER, MONTH, "V03"))
    assert because(story(known, "V05"))[1] == {"kind": "visit_moved", "own": False, "visit_id": "V03"}


def test_rules_enacted_backwards_are_part_of_the_story() -> None:
    known = ledger(assess(visit("V12", date(2016, 10, 12))))
    known.handle(enact(document(rules_id="kaisei", effective_from="2016-10-10", visit__per_visit=600)))
    known.handle(ReassessUserMonth(USER, MONTH, "kaisei@2016-10-10"))
    told = story(known, "V12")
    assert because(told)[1] == {"kind": "rules_enacted", "own": False, "rules": "kaisei@2016-10-10"}
    assert told["history"][1]["subsidy_yen"] == {"from": 500, "to": 600}
    assert told["rule"] == "kaisei@2016-10-10#visit.per_visit"


def test_an_unknown_visit_has_no_story() -> None:
    assert explain("V9", recorded(ledger(assess(visit()))), BOOK) is None


def test_a_visit_that_has_left_for_a_place_nobody_tells_of_has_no_story() -> None:
    known = ledger(assess(visit()), WithdrawVisit(USER, MONTH, "V1"))
    assert explain("V1", recorded(known), BOOK) is None


def test_events_of_several_months_are_told_in_the_order_they_were_recorded() -> None:
    events = recorded(ledger(*[assess(facts) for facts in october(3, 5, 7)]))
    assert in_order([events[2], events[0], events[1]]) == events


# ------------------------------------------------------------------------------------------ in sentences


def told_lines(known: BillingLedger, visit_id: str = "V1") -> Sequence[str]:
    return explanation_text(story(known, visit_id))


def test_the_worked_case_in_sentences() -> None:
    lines = told_lines(worked_case(), "V19")
    assert lines[:4] == [
        "訪問 V19（提供日 2016-10-19、団体 O2）",
        "補助金 500円: 補助の対象です。",
        "利用料 100円、提供者への必要経費 300円。金額はすべて整数で、端数処理はありません。",
        f"根拠: {LABEL}#visit.per_visit",
    ]
    assert "  visit.cap = 5回（資料 000「※ただし、同じ利用者による補助金500円は、月5回を限度とする。」）" in lines
    at = lines.index("2016-10 の 5 回目です（限度 5 回）。先に数えた訪問:")
    assert lines[at + 1] == "  1 回目 2016-10-03 10:00 訪問 V03（団体 O1）"
    assert lines[at + 5 :] == [
        "経過:",
        f"  2016-11-01 10:05 訪問 V19（2016-10-19）の記録: — → 0円、— 回目 → 6 回目（{REASONS['over_cap']}）",
        "  2016-11-01 10:07 訪問 V05（2016-10-05）が無効になった: 0円 → 500円、6 回目 → 5 回目（補助の対象です。）",
    ]


def test_the_first_visit_of_a_month_has_none_before_it() -> None:
    lines = told_lines(ledger(assess(visit())))
    assert lines[lines.index("2016-10 の 1 回目です（限度 5 回）。先に数えた訪問:") + 1] == "  ありません。"


def test_a_day_without_a_rule_in_sentences() -> None:
    lines = told_lines(ledger(assess(visit(served_on=date(2016, 9, 30)))))
    assert lines[1:] == [
        "補助金 0円: 提供日に施行されている要綱がありません。",
        "利用料 0円、提供者への必要経費 0円。金額はすべて整数で、端数処理はありません。",
        "経過:",
        "  2016-11-01 10:00 訪問 V1（2016-09-30）の記録: — → 0円（提供日に施行されている要綱がありません。）",
    ]


def test_moves_corrections_and_new_rules_in_sentences() -> None:
    known = ledger(assess(visit()), WithdrawVisit(USER, MONTH, "V1"), assess(visit(served_on=date(2016, 10, 12))))
    known.handle(enact(document(rules_id="kaisei", effective_from="2016-10-10", visit__per_visit=600)))
    known.handle(ReassessUserMonth(USER, MONTH, "kaisei@2016-10-10"))
    lines = told_lines(known)
    moved = "  2016-11-01 10:01 訪問 V1 が別の月または利用者に移った"
    assert lines[lines.index("経過:") + 2 :] == [
        f"{moved}: 500円 → —、1 回目 → — 回目（この月の計算から外れました。）",
        "  2016-11-01 10:02 訪問 V1（2016-10-12）の訂正（提供日）: — → 500円、— 回目 → 1 回目（補助の対象です。）",
        "  2016-11-01 10:03 要綱 kaisei@2016-10-10 の施行: 500円 → 600円（補助の対象です。）",
    ]


@pytest.mark.parametrize(
    "hindered",
    [
        {"outcome": "no_show"},
        {"user": user(category="other")},
        {"helpers": (helper(trained=False),)},
        {"helpers": (helper(relative=True),)},
        {"agreed_record": False},
        {"service": "day"},
    ],
)
def test_every_reason_has_its_sentence(hindered: dict[str, Any]) -> None:
    told = story(ledger(assess(visit(**hindered))))
    assert told["reason_text"] == REASONS[told["reason"]]
    assert any(told["reason_text"] in line for line in explanation_text(told))


def test_every_field_that_can_be_corrected_has_a_word() -> None:
    other = visit(
        organisation_id="O2",
        district_id="D9",
        service="day",
        menu=("laundry",),
        started_at="11:00",
        minutes=45,
        outcome="stopped",
        slip_no=None,
        user=user(category="support2"),
        helpers=(helper(trained=False),),
        agreed_record=False,
    )
    told = story(ledger(assess(visit()), assess(other)))
    changed = because(told)[1]["changed"]
    assert set(changed) == {*other.__struct_fields__} - {"visit_id", "served_on"}
    assert any("の訂正（団体番号、地区番号、" in line for line in explanation_text(told))


def test_before_any_rule_is_enacted_there_are_no_clauses() -> None:
    assert story(BillingLedger().handle(assess(visit())))["clauses"] == []
