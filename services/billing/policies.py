"""What billing does when something happens: visits are assessed, organisations granted, old months swept."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.billing.commands import (
    AdvanceSweep,
    AssessOrganisation,
    AssessVisit,
    NoteDay,
    ReassessOrganisation,
    ReassessUserMonth,
    WithdrawVisit,
)
from services.billing.events import BillingRulesEnacted, BillingSweepAdvanced, SubsidyAssessed
from shared.adapters.sql_view import upsert
from shared.kernel.contracts.coordination import DayBegan
from shared.kernel.contracts.requests import (
    OrganisationCorrected,
    OrganisationRegistered,
    VisitConfirmed,
    VisitCorrected,
    VisitFacts,
    VisitRestated,
    VisitVoided,
)
from shared.kernel.dates import Month
from shared.kernel.messages import Event

SWEEP_BUCKETS = 200

metadata = sa.MetaData()

known_organisations = sa.Table(
    "known_organisations",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("organisation_id", sa.Text, primary_key=True),
    sqlite_with_rowid=False,
)

user_months = sa.Table(
    "user_months",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("month", sa.Text, primary_key=True),
    sa.Column("person", sa.Text, primary_key=True),
    sqlite_with_rowid=False,
)


def when_visit_confirmed_assess(fact: VisitConfirmed) -> list[Any]:
    return [AssessVisit(fact.visit, void=False)]


def when_visit_moved_assess(fact: VisitCorrected | VisitRestated) -> list[Any]:
    """Both buckets are known: the one it left, and the one it is in now."""
    if _bucket(fact.was) == _bucket(fact.visit):
        return [AssessVisit(fact.visit, void=False)]
    user, month = _bucket(fact.was)
    return [WithdrawVisit(user, month, fact.was.visit_id), AssessVisit(fact.visit, void=False)]


def when_visit_voided_assess(fact: VisitVoided) -> list[Any]:
    return [AssessVisit(fact.was, void=True)]


def _bucket(visit: VisitFacts) -> tuple[str, str]:
    return visit.user.person, str(Month.of(visit.served_on))


def when_day_or_organisation_known_grant(connection: Any, events: Sequence[Event]) -> list[tuple[Event, Any]]:
    """Base and start-up amounts follow an organisation's details, every new day, and newly enacted rules."""
    commands: list[tuple[Event, Any]] = []
    for event in events:
        match event.fact:
            case OrganisationRegistered(organisation=details) | OrganisationCorrected(organisation=details):
                row = {"tenant": event.tenant, "organisation_id": details.organisation_id}
                upsert(connection, known_organisations, [row])
                commands.append((event, AssessOrganisation(details)))
            case DayBegan(on=on):
                commands.append((event, NoteDay(on)))
                commands += [(event, command) for command in _every_organisation(connection, event.tenant)]
            case BillingRulesEnacted():
                commands += [(event, command) for command in _every_organisation(connection, event.tenant)]
    return commands


def _every_organisation(connection: Any, tenant: str) -> list[ReassessOrganisation]:
    of = known_organisations.c
    ids = connection.scalars(sa.select(of.organisation_id).where(of.tenant == tenant).order_by(of.organisation_id))
    return [ReassessOrganisation(organisation_id) for organisation_id in ids]


def when_rules_enacted_sweep(connection: Any, events: Sequence[Event]) -> list[tuple[Event, Any]]:
    """Decide the user-months anew that the enacted rules speak of, a stretch at a time; progress is an event, so the
    sweep goes on where it was, whatever happens."""
    upsert(
        connection,
        user_months,
        [
            {"tenant": event.tenant, "month": event.fact.month, "person": event.fact.user}
            for event in events
            if isinstance(event.fact, SubsidyAssessed)
        ],
    )
    commands: list[tuple[Event, Any]] = []
    for event in events:
        match event.fact:
            case BillingRulesEnacted(rules_id=rules_id, effective_from=effective_from):
                rules = f"{rules_id}@{effective_from}"
                commands += _stretch(connection, event, rules, str(Month.of(effective_from)), 0)
            case BillingSweepAdvanced(finished=False, rules=rules, after=after, done=done):
                commands += _stretch(connection, event, rules, after, done)
    return commands


def _stretch(connection: Any, event: Event, rules: str, after: str, done: int) -> list[tuple[Event, Any]]:
    """`after` is `month` or `month/person` of the last bucket done."""
    of = user_months.c
    month, _, person = after.partition("/")
    query = (
        sa.select(of.month, of.person)
        .where(of.tenant == event.tenant, sa.tuple_(of.month, of.person) > sa.tuple_(month, person))
        .order_by(of.month, of.person)
        .limit(SWEEP_BUCKETS)
    )
    buckets = connection.execute(query).all()
    commands: list[Any] = [ReassessUserMonth(person, month, rules) for month, person in buckets]
    last = f"{buckets[-1].month}/{buckets[-1].person}" if buckets else after
    finished = len(buckets) < SWEEP_BUCKETS
    commands.append(AdvanceSweep(rules, last, done + len(buckets), finished))
    return [(event, command) for command in commands]
