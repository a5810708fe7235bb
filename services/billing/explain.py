"""The derivation of a visit's yen: rule, clause and its source, place under the cap, and every later correction."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from services.billing.events import Assessment, SubsidyAssessed, SubsidyReassessed
from shared.kernel.contracts.requests import VisitFacts
from shared.kernel.money import format_yen
from shared.kernel.rule_documents import RuleBook, Version

REASONS = {
    "void": "この訪問は無効にされています。",
    "not_done": "実施されていません。",
    "no_rule": "提供日に施行されている要綱がありません。",
    "not_eligible": "提供日の利用者の区分が補助の対象ではありません。",
    "helper_not_trained": "提供日までに登録または研修を終えていない提供者がいます。",
    "relative": "提供者が利用者の親族です。",
    "no_record": "同意済みのケアマネジメント結果記録票がありません。",
    "no_rate": "このサービスには1回ごとの加算額がありません。",
    "over_cap": "同じ利用者の月の限度回数を超えています。",
    "paid": "補助の対象です。",
}
CLAUSES_OF_VISIT = ("visit.fee", "visit.helper_expense", "visit.per_visit", "visit.cap", "eligibility.categories")


class Recorded(NamedTuple):
    """An event of a user-month: when it was recorded (RFC 3339), its seq, and the fact."""

    recorded_at: str
    seq: int
    fact: SubsidyAssessed | SubsidyReassessed


def explain(visit_id: str, events: Iterable[Recorded], book: RuleBook) -> dict[str, Any] | None:
    """The derivation of one visit from the events of every user-month that it has been in, in seq order.

    None when no such visit has been assessed.
    """
    visits: dict[str, VisitFacts] = {}
    results: dict[str, Assessment] = {}
    history: list[dict[str, Any]] = []
    for event in events:
        fact = event.fact
        if isinstance(fact, SubsidyAssessed) and fact.visit is not None:
            visits[fact.visit.visit_id] = fact.visit
        before = results.get(visit_id)
        if isinstance(fact, SubsidyAssessed) and fact.withdrawn is not None:
            results.pop(fact.withdrawn, None)
        results |= {assessment.visit_id: assessment for assessment in fact.assessments}
        if results.get(visit_id) != before:
            history.append(_step(event, visit_id, before, results.get(visit_id)))
    if visit_id not in results or visit_id not in visits:
        return None
    visit, result = visits[visit_id], results[visit_id]
    version = book.rule_on(visit.served_on)
    return {
        "visit_id": visit_id,
        "organisation_id": visit.organisation_id,
        "user": visit.user.person,
        "served_on": visit.served_on.isoformat(),
        "service": visit.service,
        "outcome": visit.outcome,
        "reason": result.reason,
        "reason_text": REASONS[result.reason],
        "rule": result.rule,
        "article": _article(version, result.rule),
        "clauses": _clauses(version),
        "cap": _cap(visit, result, version, visits, results),
        "user_fee_yen": result.user_fee_yen,
        "helper_expense_yen": result.helper_expense_yen,
        "subsidy_yen": result.subsidy_yen,
        "rounding": "none",
        "flags": list(result.flags),
        "engine": result.engine,
        "history": history,
    }


def _step(event: Recorded, visit_id: str, was: Assessment | None, now: Assessment | None) -> dict[str, Any]:
    return {
        "recorded_at": event.recorded_at,
        "seq": event.seq,
        "because": _because(event.fact, visit_id),
        "subsidy_yen": {"from": was.subsidy_yen if was else None, "to": now.subsidy_yen if now else None},
        "reason": {"from": was.reason if was else None, "to": now.reason if now else None},
        "cap_position": {"from": was.cap_position if was else None, "to": now.cap_position if now else None},
    }


def _because(fact: SubsidyAssessed | SubsidyReassessed, visit_id: str) -> dict[str, Any]:
    match fact:
        case SubsidyReassessed(rules=rules):
            return {"kind": "rules_enacted", "rules": rules}
        case SubsidyAssessed(withdrawn=str(withdrawn)):
            return {"kind": "visit_moved", "visit_id": withdrawn}
        case SubsidyAssessed(visit=VisitFacts() as visit, void=void):
            kind = "visit_voided" if void else "visit_recorded"
            of = {"visit_id": visit.visit_id, "served_on": visit.served_on.isoformat()}
            return {"kind": kind, "own": visit.visit_id == visit_id, **of}
        case _:
            return {"kind": "unknown"}


def _cap(
    visit: VisitFacts,
    result: Assessment,
    version: Version | None,
    visits: dict[str, VisitFacts],
    results: dict[str, Assessment],
) -> dict[str, Any] | None:
    if result.cap_position is None or version is None:
        return None
    month = visit.served_on.isoformat()[:7]
    before = sorted(
        (other.cap_position, visits[other.visit_id])
        for other in results.values()
        if other.cap_position is not None
        and other.cap_position < result.cap_position
        and visits[other.visit_id].user.person == visit.user.person
        and visits[other.visit_id].served_on.isoformat()[:7] == month
    )
    return {
        "position": result.cap_position,
        "limit": version.values["visit.cap"],
        "month": month,
        "before": [
            {
                "position": position,
                "visit_id": other.visit_id,
                "organisation_id": other.organisation_id,
                "served_on": other.served_on.isoformat(),
                "started_at": other.started_at,
            }
            for position, other in before
        ],
    }


def _clauses(version: Version | None) -> list[dict[str, Any]]:
    if version is None:
        return []
    return [
        {
            "clause": version.clause(name),
            "value": version.values[name],
            "document": version.origins[name].document,
            "place": version.origins[name].place,
            "article": version.origins[name].article,
            "assumed": version.origins[name].assumed,
            "why": version.origins[name].why,
        }
        for name in CLAUSES_OF_VISIT
    ]


def _article(version: Version | None, clause: str | None) -> str | None:
    if version is None or clause is None:
        return None
    return version.origins[clause.partition("#")[2]].article


def explanation_text(document: dict[str, Any]) -> list[str]:
    """The derivation in sentences, for the desk of the city."""
    lines = [
        f"訪問 {document['visit_id']}（提供日 {document['served_on']}、団体 {document['organisation_id']}）",
        f"補助金 {format_yen(document['subsidy_yen'])}: {document['reason_text']}",
        f"利用料 {format_yen(document['user_fee_yen'])}、提供者への必要経費 {format_yen(document['helper_expense_yen'])}。",
    ]
    if document["rule"]:
        article = f"（{document['article']}）" if document["article"] else ""
        lines.append(f"根拠: {document['rule']}{article}。金額はすべて整数で、端数処理はありません。")
    lines += [f"  {_clause_text(clause)}" for clause in document["clauses"]]
    cap = document["cap"]
    if cap:
        lines.append(f"{cap['month']} の {cap['position']} 回目です（限度 {cap['limit']} 回）。先に数えた訪問:")
        lines += [
            f"  {row['position']} 回目 {row['served_on']} {row['started_at']} 訪問 {row['visit_id']}（団体 {row['organisation_id']}）"
            for row in cap["before"]
        ] or ["  ありません。"]
    lines.append("経過:")
    lines += [f"  {_history_text(step)}" for step in document["history"]]
    return lines


def _clause_text(clause: dict[str, Any]) -> str:
    origin = f"仮定: {clause['why']}" if clause["assumed"] else f"資料 {clause['document']}「{clause['place']}」"
    return f"{clause['clause'].partition('#')[2]} = {clause['value']}（{origin}）"


def _history_text(step: dict[str, Any]) -> str:
    because = step["because"]
    match because["kind"]:
        case "rules_enacted":
            what = f"要綱 {because['rules']} の施行"
        case "visit_moved":
            what = f"訪問 {because['visit_id']} が別の月または利用者に移った"
        case "visit_voided":
            what = f"訪問 {because['visit_id']}（{because['served_on']}）が無効になった"
        case _:
            what = f"訪問 {because['visit_id']}（{because['served_on']}）の記録"
    was, now = step["subsidy_yen"]["from"], step["subsidy_yen"]["to"]
    yen = f"{'—' if was is None else format_yen(was)} → {'—' if now is None else format_yen(now)}"
    position = step["cap_position"]
    place = (
        f"、{position['from'] or '—'} 回目 → {position['to'] or '—'} 回目" if position["from"] != position["to"] else ""
    )
    return f"{step['recorded_at']} {what}: {yen}{place}（{step['reason']['to'] or '移動'}）"


def in_order(recorded: Sequence[Recorded]) -> list[Recorded]:
    """Events of several user-months in the order in which they were recorded."""
    return sorted(recorded, key=lambda event: event.seq)
