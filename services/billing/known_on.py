"""A month as it was known at the end of a day, from the ledger's events alone."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from services.billing.decider import DECIDER, Organisation, UserMonth
from services.billing.events import Assessment, Grant, OrganisationGranted, SubsidyAssessed, SubsidyReassessed
from shared.kernel.dates import Month, business_date
from shared.kernel.messages import Event


class KnownMonth(NamedTuple):
    """Assessments, each with the random id of its user, and grants."""

    assessed: list[tuple[str, Assessment]]
    grants: list[Grant]


def known_month(events: Iterable[Event], month: Month, known_on: date) -> KnownMonth:
    """The month as of the end of that day in Asia/Tokyo; `events` are those of one municipality, in seq order."""
    states: dict[str, Any] = {}
    for event in events:
        if _tells_of(event.fact, month) and business_date(datetime.fromisoformat(event.time)) <= known_on:
            aggregate = DECIDER.aggregate(event.stream)
            states[event.stream] = aggregate.fold([event.fact], states.get(event.stream))
    assessed = [
        (state.visits[visit_id].visit.user.person, result)
        for state in states.values()
        if isinstance(state, UserMonth)
        for visit_id, result in state.results.items()
    ]
    grants = [
        grant
        for state in states.values()
        if isinstance(state, Organisation)
        for grant in state.grants.values()
        if grant.month == str(month)
    ]
    return KnownMonth(assessed, grants)


def _tells_of(fact: Any, month: Month) -> bool:
    if isinstance(fact, SubsidyAssessed | SubsidyReassessed):
        return fact.month == str(month)
    return isinstance(fact, OrganisationGranted)
