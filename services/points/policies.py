"""What points does when a visit or an activity becomes known, moves or is voided: pure functions to commands."""

from services.points.commands import AssessEarning, WithdrawEarning
from services.points.earnings import assess, moved
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

Commands = list[AssessEarning | WithdrawEarning]


def when_recorded_assess(fact: VisitConfirmed | ActivityRecorded) -> Commands:
    return assess(fact.visit if isinstance(fact, VisitConfirmed) else fact.activity, void=False)


def when_visit_moved_assess(fact: VisitCorrected | VisitRestated) -> Commands:
    return moved(fact.was, fact.visit)


def when_activity_moved_assess(fact: ActivityCorrected | ActivityRestated) -> Commands:
    return moved(fact.was, fact.activity)


def when_voided_assess(fact: VisitVoided | ActivityVoided) -> Commands:
    return assess(fact.was, void=True)
