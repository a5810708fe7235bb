"""From what people did to what may earn points: visits and activities as earnings, and their moves as commands."""

from typing import Final, Literal

from services.points.commands import AssessEarning, WithdrawEarning
from services.points.events import Earning
from shared.kernel.ages import Ages
from shared.kernel.contracts.requests import ActivityFacts, Service, VisitFacts
from shared.kernel.kinds import ActivityRow, VisitRow

VisitKind = Literal["visit_user", "visit_helper", "day_user", "day_helper"]

USER_KIND: Final[dict[Service, VisitKind]] = {"visit": "visit_user", "day": "day_user"}
HELPER_KIND: Final[dict[Service, VisitKind]] = {"visit": "visit_helper", "day": "day_helper"}
VISIT_KINDS: Final = frozenset((*USER_KIND.values(), *HELPER_KIND.values()))


def earning_of_visit(visit: VisitFacts | VisitRow, kind: VisitKind, ages: Ages | None) -> Earning:
    """The share of the user or of a helper. Whatever the outcome: the scheme decides what it earns."""
    return Earning(
        activity_id=visit.visit_id,
        kind=kind,
        done_on=visit.served_on,
        started_at=visit.started_at,
        minutes=visit.minutes,
        outcome=visit.outcome,
        group_id=None,
        ages=ages,
    )


def earning_of_activity(activity: ActivityFacts | ActivityRow, ages: Ages | None) -> Earning:
    """What is recorded was done.

    A kind that belongs to visits is marked as an activity's, so that no scheme takes it for a visit; and a colon, which
    separates kind and id where an earning is named, becomes a full-width one.
    """
    kind = activity.kind.replace(":", "：")
    return Earning(
        activity_id=activity.activity_id,
        kind=f"activity_{kind}" if kind in VISIT_KINDS else kind,
        done_on=activity.done_on,
        started_at=activity.started_at,
        minutes=activity.minutes,
        outcome="done",
        group_id=activity.group_id,
        ages=ages,
    )


def earnings_of_visit(visit: VisitFacts) -> list[tuple[str, Earning]]:
    """Person and earning of the user, then of each helper."""
    user = (visit.user.person, earning_of_visit(visit, USER_KIND[visit.service], visit.user.ages))
    kind = HELPER_KIND[visit.service]
    return [user, *((helper.person, earning_of_visit(visit, kind, helper.ages)) for helper in visit.helpers)]


def earnings_of_activity(activity: ActivityFacts) -> list[tuple[str, Earning]]:
    """Person and earning of the one who took part."""
    return [(activity.person, earning_of_activity(activity, activity.ages))]


def earnings_of(facts: VisitFacts | ActivityFacts) -> list[tuple[str, Earning]]:
    return earnings_of_visit(facts) if isinstance(facts, VisitFacts) else earnings_of_activity(facts)


def assess(facts: VisitFacts | ActivityFacts, void: bool) -> list[AssessEarning | WithdrawEarning]:
    """The commands for a visit or activity that has become known (`void`: that has turned out not to count)."""
    return [AssessEarning(person, earning, void) for person, earning in earnings_of(facts)]


def moved(was: VisitFacts | ActivityFacts, now: VisitFacts | ActivityFacts) -> list[AssessEarning | WithdrawEarning]:
    """The commands for a visit or activity that is `now` known better than it `was`.

    An earning leaves the account of a person who has no share any more, and the kind it does not have any more;
    another date or duration is decided where the earning is.
    """
    kept = {(person, earning.kind, earning.activity_id) for person, earning in earnings_of(now)}
    gone = [(person, earning.kind, earning.activity_id) for person, earning in earnings_of(was)]
    return [*(WithdrawEarning(*place) for place in gone if place not in kept), *assess(now, void=False)]
