"""The derivation of a visit's yen: rule, clause and its source, place under the cap, and every later correction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from services.billing.decider import bucket_of
from services.billing.engine import Known
from services.billing.events import Assessment, SubsidyAssessed, SubsidyReassessed
from shared.kernel.contracts.requests import VisitFacts
from shared.kernel.dates import JST
from shared.kernel.kinds import CARE_LEVEL_JA, JA
from shared.kernel.money import format_yen
from shared.kernel.rule_documents import RuleBook, Version

REASONS: Final = {
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
CLAUSES_OF_VISIT: Final = (
    "visit.fee",
    "visit.helper_expense",
    "visit.helper_expense_for",
    "visit.per_visit",
    "visit.cap",
    "visit.cap_order",
    "visit.cap_scope",
    "day.per_visit",
    "eligibility.categories",
    "eligibility.helpers",
    "eligibility.relatives",
    "eligibility.agreed_record",
)
UNITS: Final = {"visit.fee": "円", "visit.helper_expense": "円", "visit.per_visit": "円", "visit.cap": "回"}
WORDS: Final[Mapping[str, str]] = {
    **JA,
    "checklist": CARE_LEVEL_JA["checklist"],
    "support1": CARE_LEVEL_JA["support1"],
    "support2": CARE_LEVEL_JA["support2"],
    "other": "その他",
    "user": "利用者またはその区分",
    "helpers": "提供者またはその登録・研修・親族関係",
    "agreed_record": "結果記録票の同意",
    "registered": "登録",
    "trained": "研修修了",
    "excluded": "対象外",
    "allowed": "対象",
    "required": "必要",
    "not_required": "不要",
    "all_organisations": "全団体を通して",
    "each_helper": "提供者1人ごと",
}


class Recorded(NamedTuple):
    """An event of a user-month: when it was recorded (RFC 3339), its seq, and the fact."""

    recorded_at: str
    seq: int
    fact: SubsidyAssessed | SubsidyReassessed


def in_order(recorded: Iterable[Recorded]) -> list[Recorded]:
    """Events of several user-months in the order in which they were recorded."""
    return sorted(recorded, key=lambda event: event.seq)


def explain(visit_id: str, events: Iterable[Recorded], book: RuleBook) -> dict[str, Any] | None:
    """The derivation of one visit from the events of every user-month that it has been in, in seq order.

    None when no such visit has been assessed. Amounts are whole yen, so nothing is ever rounded.
    """
    telling = _Telling(visit_id)
    history = [step for event in events for step in telling.told(event)]
    if visit_id not in telling.results:
        return None
    visit, result = telling.visits[visit_id].visit, telling.results[visit_id]
    version = book.labelled(result.rule.partition("#")[0]) if result.rule else book.rule_on(visit.served_on)
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
        "rules": _rules(version, book),
        "article": _article(version, result.rule),
        "clauses": _clauses(version),
        "cap": _cap(visit, result, version, telling),
        "user_fee_yen": result.user_fee_yen,
        "helper_expense_yen": result.helper_expense_yen,
        "subsidy_yen": result.subsidy_yen,
        "rounding": "none",
        "flags": list(result.flags),
        "engine": result.engine,
        "history": history,
    }


@dataclass
class _Telling:
    """What is known of the visits around one of them, as the events go by."""

    visit_id: str
    visits: dict[str, Known] = field(default_factory=dict)
    results: dict[str, Assessment] = field(default_factory=dict)

    def told(self, event: Recorded) -> Iterator[dict[str, Any]]:
        """The step of the story: when the event is about this visit, or gives it another result."""
        fact = event.fact
        because = self._because(fact)
        was = self.results.get(self.visit_id)
        if isinstance(fact, SubsidyAssessed):
            if fact.visit is not None:
                self.visits[fact.visit.visit_id] = Known(fact.visit, fact.void)
            self.results.pop(fact.withdrawn or "", None)
        self.results |= {assessment.visit_id: assessment for assessment in fact.assessments}
        now = self.results.get(self.visit_id)
        if because["own"] or was != now:
            yield {
                "recorded_at": event.recorded_at,
                "seq": event.seq,
                "because": because,
                "subsidy_yen": {"from": was.subsidy_yen if was else None, "to": now.subsidy_yen if now else None},
                "reason": {"from": was.reason if was else None, "to": now.reason if now else None},
                "cap_position": {"from": was.cap_position if was else None, "to": now.cap_position if now else None},
            }

    def _because(self, fact: SubsidyAssessed | SubsidyReassessed) -> dict[str, Any]:
        if isinstance(fact, SubsidyReassessed):
            return {"kind": "rules_enacted", "own": False, "rules": fact.rules}
        visit = fact.visit
        if visit is None:
            return {"kind": "visit_moved", "own": fact.withdrawn == self.visit_id, "visit_id": fact.withdrawn}
        because = {
            "own": visit.visit_id == self.visit_id,
            "visit_id": visit.visit_id,
            "served_on": visit.served_on.isoformat(),
        }
        before = self.visits.get(visit.visit_id)
        if fact.void:
            return {"kind": "visit_voided", **because}
        if before is None:
            return {"kind": "visit_recorded", **because}
        changed = [name for name in visit.__struct_fields__ if getattr(visit, name) != getattr(before.visit, name)]
        return {"kind": "visit_corrected", **because, "changed": changed}


def _cap(visit: VisitFacts, result: Assessment, version: Version | None, telling: _Telling) -> dict[str, Any] | None:
    """The place under the cap, and the visits that took the places before it."""
    place = result.cap_position
    if place is None or version is None:
        return None
    before = [
        (other.cap_position, telling.visits[other.visit_id].visit)
        for other in telling.results.values()
        if other.cap_position is not None and other.cap_position < place
    ]
    return {
        "position": place,
        "limit": version.values["visit.cap"],
        "month": bucket_of(visit)[1],
        "before": [
            {
                "position": position,
                "visit_id": other.visit_id,
                "organisation_id": other.organisation_id,
                "served_on": other.served_on.isoformat(),
                "started_at": other.started_at,
            }
            for position, other in sorted(before, key=lambda taken: taken[0])
            if bucket_of(other) == bucket_of(visit)
        ],
    }


def _rules(version: Version | None, book: RuleBook) -> dict[str, Any] | None:
    """What people call the version of the rules, beside its label."""
    if version is None:
        return None
    return {
        "label": version.label,
        "title": book.title_of(version),
        "effective_from": version.effective_from.isoformat(),
    }


def _clauses(version: Version | None) -> list[dict[str, Any]]:
    if version is None:
        return []
    return [
        {
            "clause": version.clauses[name],
            "value": version.values[name],
            "value_text": _value_text(name, version.values[name]),
            "document": version.origins[name].document,
            "place": version.origins[name].place,
            "article": version.origins[name].article,
            "assumed": version.origins[name].assumed,
            "why": version.origins[name].why,
        }
        for name in CLAUSES_OF_VISIT
    ]


def _value_text(name: str, value: Any) -> str:
    if value is None:
        return "なし"
    if isinstance(value, int):
        return f"{value:,}{UNITS[name]}"
    words = [value] if isinstance(value, str) else value
    return "、".join(WORDS[word] for word in words)


def _article(version: Version | None, clause: str | None) -> str | None:
    if version is None or clause is None:
        return None
    return version.origins[clause.partition("#")[2]].article


def explanation_text(document: Mapping[str, Any]) -> list[str]:
    """The derivation in sentences, for the desk of the city."""
    fee, expense = format_yen(document["user_fee_yen"]), format_yen(document["helper_expense_yen"])
    lines = [
        f"訪問 {document['visit_id']}（提供日 {document['served_on']}、団体 {document['organisation_id']}）",
        f"補助金 {format_yen(document['subsidy_yen'])}: {document['reason_text']}",
        f"利用料 {fee}、提供者への必要経費 {expense}。金額はすべて整数で、端数処理はありません。",
    ]
    if document["rule"]:
        article = f"（{document['article']}）" if document["article"] else ""
        lines.append(f"根拠: {document['rule']}{article}")
    lines += [f"  {_clause_text(clause)}" for clause in document["clauses"]]
    lines += _cap_text(document["cap"]) if document["cap"] else []
    lines.append("経過:")
    lines += [f"  {_step_text(step)}" for step in document["history"]]
    return lines


def _clause_text(clause: Mapping[str, Any]) -> str:
    origin = f"仮定: {clause['why']}" if clause["assumed"] else f"資料 {clause['document']}「{clause['place']}」"
    return f"{clause['clause'].partition('#')[2]} = {clause['value_text']}（{origin}）"


def _cap_text(cap: Mapping[str, Any]) -> Sequence[str]:
    counted = [
        f"  {row['position']} 回目 {row['served_on']} {row['started_at']} "
        f"訪問 {row['visit_id']}（団体 {row['organisation_id']}）"
        for row in cap["before"]
    ]
    head = f"{cap['month']} の {cap['position']} 回目です（限度 {cap['limit']} 回）。先に数えた訪問:"
    return [head, *(counted or ["  ありません。"])]


def _step_text(step: Mapping[str, Any]) -> str:
    was, now = step["subsidy_yen"]["from"], step["subsidy_yen"]["to"]
    yen = f"{'—' if was is None else format_yen(was)} → {'—' if now is None else format_yen(now)}"
    before, after = step["cap_position"]["from"], step["cap_position"]["to"]
    place = f"、{before or '—'} 回目 → {after or '—'} 回目" if before != after else ""
    reason = REASONS[step["reason"]["to"]] if step["reason"]["to"] else "この月の計算から外れました。"
    recorded_at = datetime.fromisoformat(step["recorded_at"]).astimezone(JST)
    return f"{recorded_at:%Y-%m-%d %H:%M} {_because_text(step['because'])}: {yen}{place}（{reason}）"


def _because_text(because: Mapping[str, Any]) -> str:
    match because["kind"]:
        case "rules_enacted":
            return f"要綱 {because['rules']} の施行"
        case "visit_moved":
            return f"訪問 {because['visit_id']} が別の月または利用者に移った"
        case "visit_voided":
            return f"訪問 {because['visit_id']}（{because['served_on']}）が無効になった"
        case "visit_corrected":
            changed = "、".join(WORDS[name] for name in because["changed"])
            return f"訪問 {because['visit_id']}（{because['served_on']}）の訂正（{changed}）"
        case _:
            return f"訪問 {because['visit_id']}（{because['served_on']}）の記録"
