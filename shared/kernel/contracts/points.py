"""Public events of `points` (ポイント): enacted schemes, and what every visit and activity earns under them."""

from datetime import date
from typing import Any, ClassVar, Literal

from shared.kernel.ages import Ages
from shared.kernel.contracts.requests import Outcome
from shared.kernel.messages import Fact, Part, contract

PointReason = Literal[
    "void", "not_done", "no_rule", "no_rate", "age_unknown", "under_age", "too_short", "over_cap", "earned"
]


class Earning(Part, frozen=True):
    """A person's share in a visit or an activity: what may earn points.

    `kind` is the activity's kind, or `visit_user` / `visit_helper` / `day_user` / `day_helper` for service B.
    """

    activity_id: str
    kind: str
    done_on: date
    started_at: str | None
    minutes: int
    outcome: Outcome
    group_id: str | None
    ages: Ages | None


class PointEntry(Part, frozen=True):
    """What one earning is worth: `earned_points` posted to the account, `unearned_points` with the reason why not."""

    activity_id: str
    kind: str
    point_year: str
    done_on: date
    earned_points: int
    unearned_points: int
    reason: PointReason
    rule: str | None
    engine: int


class PointRulesEnacted(Fact, frozen=True):
    """The municipality enacted a scheme; the whole document is embedded, as read from its file.

    `effective_from` is the first day of the versions that this enactment adds; others in it are known already.
    """

    TYPE: ClassVar[str] = "yui.points.rules_enacted.v1"

    rules_id: str
    effective_from: date
    document: dict[str, Any]


class PointsAssessed(Fact, frozen=True):
    """A fact arrived in a person's account (`earning`; None: `withdrawn` has moved to another account).

    `entries` are the results that differ from what the ledger held before. An earning is known by `activity_id`
    and `kind`; `withdrawn` names both as `kind:activity_id`.
    """

    TYPE: ClassVar[str] = "yui.points.points_assessed.v1"

    person: str
    earning: Earning | None
    void: bool
    withdrawn: str | None
    entries: tuple[PointEntry, ...]


class PointsReassessed(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.points.points_reassessed.v1"

    person: str
    rules: str
    entries: tuple[PointEntry, ...]


class PointSweepAdvanced(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.points.sweep_advanced.v1"

    rules: str
    after: str
    done: int
    finished: bool


CONTRACT = contract("points", (PointRulesEnacted, PointsAssessed, PointsReassessed, PointSweepAdvanced))
