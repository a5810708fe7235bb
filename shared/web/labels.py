"""The Japanese words of ids on screens; a test holds them against docs/glossary.yaml."""

from collections.abc import Mapping
from typing import Any, Final

from shared.kernel import menu
from shared.kernel.kinds import CARE_LEVEL_JA, OUTCOME_JA, SERVICE_JA

REASON: Final = {
    "paid": "補助対象",
    "over_cap": "上限超過",
    "not_done": "未実施",
    "no_rule": "要綱なし",
    "not_eligible": "対象外",
    "helper_not_trained": "未登録・未研修",
    "relative": "親族による提供",
    "no_record": "結果記録票なし",
    "no_rate": "単価なし",
    "void": "無効",
}
POINT_REASON: Final = {
    "earned": "付与",
    "void": "無効",
    "not_done": "未実施",
    "no_rule": "要綱なし",
    "no_rate": "対象外の活動",
    "age_unknown": "年齢不明",
    "under_age": "対象年齢に満たない",
    "too_short": "時間が足りない",
    "over_cap": "上限超過",
}
STATUS: Final = {"planned": "予定", "confirmed": "確認済み", "void": "無効"}
FLAG: Final = {"over_minutes": "60分超", "rubbish_alone": "ゴミ出しのみ"}
CATEGORY: Final = {"checklist": "事業対象者", "support1": "要支援1", "support2": "要支援2", "other": "対象外"}
SERVICE_KIND: Final = {"visit": "訪問型", "day": "通所型"}
MENU: Final = {id_: word for word, id_ in menu.MENU.items()}
CLAUSE: Final = {
    "visit.fee": "利用料",
    "visit.helper_expense": "必要経費",
    "visit.helper_expense_for": "必要経費の単位",
    "visit.per_visit": "加算額",
    "visit.cap": "月の限度回数",
    "visit.cap_order": "数える順",
    "visit.cap_scope": "数える範囲",
    "day.per_visit": "通所型の加算額",
    "eligibility.categories": "対象の区分",
    "eligibility.helpers": "提供者の条件",
    "eligibility.relatives": "親族による提供",
    "eligibility.agreed_record": "結果記録票の同意",
}
POINT_KIND: Final = {
    "visit_user": "訪問の利用",
    "visit_helper": "訪問の提供",
    "day_user": "通所の利用",
    "day_helper": "通所の提供",
    "participation": "活動への参加",
    "volunteering": "ボランティア",
}
EVENT: Final = {
    "yui.requests.visit_planned.v1": "予定",
    "yui.requests.visit_confirmed.v1": "確認",
    "yui.requests.visit_corrected.v1": "訂正",
    "yui.requests.visit_voided.v1": "無効",
}
SERVICE_NAME: Final = {
    "requests": "依頼・訪問・活動",
    "billing": "補助金",
    "points": "ポイント",
    "coordination": "体制整備",
    "reporting": "帳票",
}

LABELS: Final[Mapping[str, Mapping[Any, str]]] = {
    "reason": REASON,
    "point_reason": POINT_REASON,
    "status": STATUS,
    "flag": FLAG,
    "category": CATEGORY,
    "service": SERVICE_JA,
    "service_kind": SERVICE_KIND,
    "outcome": OUTCOME_JA,
    "care_level": CARE_LEVEL_JA,
    "menu": MENU,
    "clause": CLAUSE,
    "point_kind": POINT_KIND,
    "event": EVENT,
    "service_name": SERVICE_NAME,
}


def label(id_: object, group: str) -> str:
    """The word of an id; an id without one stays as it is."""
    return LABELS[group].get(str(id_), str(id_))
