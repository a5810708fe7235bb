"""What billing does when a visit becomes known, moves or is voided: pure functions from event to commands."""

from services.billing.commands import AssessVisit, WithdrawVisit
from services.billing.decider import bucket_of
from shared.kernel.contracts.requests import VisitConfirmed, VisitCorrected, VisitRestated, VisitVoided

Commands = list[AssessVisit | WithdrawVisit]


def when_visit_confirmed_assess(fact: VisitConfirmed) -> Commands:
    return [AssessVisit(fact.visit, void=False)]


def when_visit_moved_assess(fact: VisitCorrected | VisitRestated) -> Commands:
    """Both buckets are known: the one it left, and the one it is in now."""
    if bucket_of(fact.was) == bucket_of(fact.visit):
        return [AssessVisit(fact.visit, void=False)]
    user, month = bucket_of(fact.was)
    return [WithdrawVisit(user, month, fact.was.visit_id), AssessVisit(fact.visit, void=False)]


def when_visit_voided_assess(fact: VisitVoided) -> Commands:
    return [AssessVisit(fact.was, void=True)]
