"""The public facts of `points`; there are no private ones."""

from shared.kernel.contracts.points import (
    CONTRACT,
    Earning,
    PointEntry,
    PointReason,
    PointRulesEnacted,
    PointsAssessed,
    PointsReassessed,
    PointSweepAdvanced,
)

__all__ = [
    "CONTRACT",
    "Earning",
    "PointEntry",
    "PointReason",
    "PointRulesEnacted",
    "PointSweepAdvanced",
    "PointsAssessed",
    "PointsReassessed",
]
