"""What `points` reacts to. Names are permanent: they are keys in the database."""

from collections.abc import Callable, Iterable
from typing import Any

from services.points import lookups, policies, views
from services.points.events import PointRulesEnacted, PointsAssessed, PointSweepAdvanced
from shared.flow.subscriptions import LookingPolicy, Policy, Subscription, types
from shared.kernel.contracts.requests import (
    ActivityCorrected,
    ActivityRecorded,
    ActivityRestated,
    ActivityVoided,
    VisitConfirmed,
    VisitCorrected,
    VisitRestated,
    VisitVoided,
)
from shared.kernel.messages import Fact

OWN = ("points",)
REACTIONS: dict[type[Fact], Callable[[Any], Iterable[Any]]] = {
    VisitConfirmed: policies.when_recorded_assess,
    VisitCorrected: policies.when_visit_moved_assess,
    VisitRestated: policies.when_visit_moved_assess,
    VisitVoided: policies.when_voided_assess,
    ActivityRecorded: policies.when_recorded_assess,
    ActivityCorrected: policies.when_activity_moved_assess,
    ActivityRestated: policies.when_activity_moved_assess,
    ActivityVoided: policies.when_voided_assess,
}

SUBSCRIPTIONS = (
    Subscription("points.assess_earnings", ("requests",), types(*REACTIONS), Policy(REACTIONS)),
    Subscription(
        "points.sweep",
        OWN,
        types(PointsAssessed, PointRulesEnacted, PointSweepAdvanced),
        LookingPolicy(lookups.when_rules_enacted_sweep),
    ),
    Subscription("points.entries", OWN, types(*views.ENTRY_FACTS), views.ENTRIES),
)
