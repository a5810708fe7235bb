"""Policies of `billing` that look something up in a table they own: all organisations, all user-months."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from services.billing.commands import (
    AdvanceSweep,
    AssessOrganisation,
    NoteDay,
    ReassessOrganisation,
    ReassessUserMonth,
)
from services.billing.events import BillingRulesEnacted, BillingSweepAdvanced, SubsidyAssessed
from shared.adapters.sql_sweep import advance, buckets
from shared.adapters.sql_view import upsert
from shared.kernel.contracts.coordination import DayBegan
from shared.kernel.contracts.requests import OrganisationCorrected, OrganisationRegistered
from shared.kernel.dates import Month
from shared.kernel.messages import Event

metadata = sa.MetaData()

known_organisations = sa.Table(
    "known_organisations",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("organisation_id", sa.Text, primary_key=True),
    sqlite_with_rowid=False,
)

sweep_metadata, user_months = buckets("user_months", "month", "person")


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
            case _:
                continue
    return commands


def _every_organisation(connection: Any, tenant: str) -> list[ReassessOrganisation]:
    of = known_organisations.c
    ids = connection.scalars(sa.select(of.organisation_id).where(of.tenant == tenant).order_by(of.organisation_id))
    return [ReassessOrganisation(organisation_id) for organisation_id in ids]


def when_rules_enacted_sweep(connection: Any, events: Sequence[Event]) -> list[tuple[Event, Any]]:
    """Decide the user-months anew that the enacted rules speak of, a stretch at a time."""
    commands: list[tuple[Event, Any]] = []
    for event in user_months.noting(connection, events, SubsidyAssessed, lambda fact: (fact.month, fact.user)):
        match event.fact:
            case BillingRulesEnacted(rules_id=rules_id, effective_from=effective_from):
                rules, after, done = f"{rules_id}@{effective_from}", str(Month.of(effective_from)), 0
            case BillingSweepAdvanced(finished=False, rules=rules, after=after, done=done):
                pass
            case _:
                continue
        commands += [(event, command) for command in _sweep(connection, event.tenant, rules, after, done)]
    return commands


def _sweep(connection: Any, tenant: str, rules: str, after: str, done: int) -> list[Any]:
    return advance(
        user_months.stretch(connection, tenant, after),
        done,
        lambda month, person: ReassessUserMonth(person, month, rules),
        lambda last, so_far, finished: AdvanceSweep(rules, last, so_far, finished),
    )
