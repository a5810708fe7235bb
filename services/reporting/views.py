"""The read model behind dashboards and the live page, fed by four sources whose mutual order does not matter:
each source writes its own tables or its own columns of a visit's row. Queries are in `queries.py`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from shared.adapters.sql_view import Row, Shape, SqlView, Tables, upsert
from shared.kernel.contracts.billing import Assessment, OrganisationGranted, SubsidyAssessed, SubsidyReassessed
from shared.kernel.contracts.coordination import DistrictDefined
from shared.kernel.contracts.points import PointsAssessed, PointsReassessed
from shared.kernel.contracts.requests import (
    OrganisationCorrected,
    OrganisationRegistered,
    VisitConfirmed,
    VisitCorrected,
    VisitFacts,
    VisitPlanned,
    VisitRestated,
    VisitVoided,
)
from shared.kernel.messages import Event, Fact

RECENT_SLOTS = 256
"""So many places hold the last events about visits: event `seq` takes the place `seq % RECENT_SLOTS`."""

Rows = dict[str, list[Row]]


def _planned(event: Event, rows: Rows) -> None:
    plan: VisitPlanned = event.fact
    rows["visits"].append(
        {
            "tenant": event.tenant,
            "visit_id": plan.visit_id,
            "organisation_id": plan.organisation_id,
            "district_id": None,
            "service": plan.service,
            "served_on": plan.planned_on.isoformat(),
            "month": plan.planned_on.isoformat()[:7],
            "status": "planned",
            "outcome": None,
            "person": plan.user,
            "recorded": event.time,
        }
    )


def _visit(event: Event, facts: VisitFacts, status: str, rows: Rows) -> None:
    served_on = facts.served_on.isoformat()
    rows["visits"].append(
        {
            "tenant": event.tenant,
            "visit_id": facts.visit_id,
            "organisation_id": facts.organisation_id,
            "district_id": facts.district_id,
            "service": facts.service,
            "served_on": served_on,
            "month": served_on[:7],
            "status": status,
            "outcome": facts.outcome,
            "person": facts.user.person,
            "recorded": event.time,
        }
    )


def _stated(event: Event, rows: Rows) -> None:
    _visit(event, event.fact.visit, "confirmed", rows)


def _voided(event: Event, rows: Rows) -> None:
    _visit(event, event.fact.was, "void", rows)


def _assessed(event: Event, rows: Rows) -> None:
    withdrawn = event.fact.withdrawn
    if withdrawn is not None:
        rows["yen"].append(_yen_row(event.tenant, withdrawn, None))
    _reassessed(event, rows)


def _reassessed(event: Event, rows: Rows) -> None:
    for each in event.fact.assessments:
        rows["yen"].append(_yen_row(event.tenant, each.visit_id, each))


def _yen_row(tenant: str, visit_id: str, assessment: Assessment | None) -> Row:
    return {
        "tenant": tenant,
        "visit_id": visit_id,
        "user_fee_yen": assessment and assessment.user_fee_yen,
        "helper_expense_yen": assessment and assessment.helper_expense_yen,
        "subsidy_yen": assessment and assessment.subsidy_yen,
        "reason": assessment and assessment.reason,
    }


def _granted(event: Event, rows: Rows) -> None:
    rows["grants"] += [
        {
            "tenant": event.tenant,
            "organisation_id": grant.organisation_id,
            "service": grant.service,
            "month": grant.month,
            "base_yen": grant.base_yen,
            "startup_yen": grant.startup_yen,
        }
        for grant in event.fact.grants
    ]


def _earned(event: Event, rows: Rows) -> None:
    person, withdrawn = event.fact.person, event.fact.withdrawn
    if withdrawn is not None:
        kind, _, activity_id = withdrawn.partition(":")
        rows["points"].append(_point_row(event.tenant, person, kind, activity_id, None, 0))
    _earned_anew(event, rows)


def _earned_anew(event: Event, rows: Rows) -> None:
    person = event.fact.person
    for e in event.fact.entries:
        month = e.done_on.isoformat()[:7]
        rows["points"].append(_point_row(event.tenant, person, e.kind, e.activity_id, month, e.earned_points))


def _point_row(tenant: str, person: str, kind: str, activity_id: str, month: str | None, points: int) -> Row:
    return {
        "tenant": tenant,
        "person": person,
        "kind": kind,
        "activity_id": activity_id,
        "month": month,
        "points": points,
    }


def _organisation(event: Event, rows: Rows) -> None:
    details = event.fact.organisation
    rows["organisations"].append(
        {
            "tenant": event.tenant,
            "organisation_id": details.organisation_id,
            "name": details.name,
            "district_id": details.district_id,
            "services": "+".join(details.services),
        }
    )


def _district(event: Event, rows: Rows) -> None:
    fact: DistrictDefined = event.fact
    rows["districts"].append({"tenant": event.tenant, "district_id": fact.district_id, "name": fact.name})


_TAKE: Mapping[str, Callable[[Event, Rows], None]] = {
    VisitPlanned.TYPE: _planned,
    VisitConfirmed.TYPE: _stated,
    VisitCorrected.TYPE: _stated,
    VisitRestated.TYPE: _stated,
    VisitVoided.TYPE: _voided,
    SubsidyAssessed.TYPE: _assessed,
    SubsidyReassessed.TYPE: _reassessed,
    OrganisationGranted.TYPE: _granted,
    PointsAssessed.TYPE: _earned,
    PointsReassessed.TYPE: _earned_anew,
    OrganisationRegistered.TYPE: _organisation,
    OrganisationCorrected.TYPE: _organisation,
    DistrictDefined.TYPE: _district,
}
_RECENT = {VisitPlanned.TYPE, VisitConfirmed.TYPE, VisitCorrected.TYPE, VisitVoided.TYPE}
_TABLES = {
    "visits": "visit_figures",
    "yen": "visit_figures",
    "grants": "grant_figures",
    "points": "point_figures",
    "organisations": "organisation_names",
    "districts": "district_names",
}


def _project(connection: sa.Connection, tables: Tables, events: Sequence[Event]) -> None:
    rows: Rows = {name: [] for name in _TABLES}
    recent: dict[tuple[str, int], Event] = {}
    for event in events:
        _TAKE[event.type](event, rows)
        if event.type in _RECENT:
            recent[event.tenant, event.seq % RECENT_SLOTS] = event
    for name, table in _TABLES.items():
        upsert(connection, tables[table], rows[name])
    upsert(connection, tables["recent_visits"], _recent_rows(recent))


def _recent_rows(recent: Mapping[tuple[str, int], Event]) -> Iterable[Row]:
    for (tenant, slot), event in recent.items():
        fact = event.fact
        facts = fact.was if event.type == VisitVoided.TYPE else getattr(fact, "visit", fact)
        yield {
            "tenant": tenant,
            "slot": slot,
            "seq": event.seq,
            "type": event.type,
            "recorded": event.time,
            "visit_id": facts.visit_id,
        }


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer)


FIGURES = SqlView(
    "reporting.figures",
    (
        Shape(
            "visit_figures",
            (_text("visit_id"),),
            (
                _text("organisation_id"),
                _text("district_id"),
                _text("service"),
                _text("served_on"),
                _text("month"),
                _text("status"),
                _text("outcome"),
                _text("person"),
                _text("recorded"),
                _number("user_fee_yen"),
                _number("helper_expense_yen"),
                _number("subsidy_yen"),
                _text("reason"),
            ),
            indexes=(("served_on",),),
        ),
        Shape(
            "point_figures",  # the office's numbers come nearly in order: new rows lie side by side
            (_text("activity_id"), _text("kind"), _text("person")),
            (_text("month"), _number("points")),
            indexes=(("month",),),
        ),
        Shape(
            "grant_figures",
            (_text("organisation_id"), _text("service"), _text("month")),
            (_number("base_yen"), _number("startup_yen")),
        ),
        Shape(
            "organisation_names", (_text("organisation_id"),), (_text("name"), _text("district_id"), _text("services"))
        ),
        Shape("district_names", (_text("district_id"),), (_text("name"),)),
        Shape(
            "recent_visits",
            (_number("slot"),),
            (sa.Column("seq", sa.BigInteger), _text("type"), _text("recorded"), _text("visit_id")),
        ),
    ),
    _project,
)

FACTS: tuple[type[Fact], ...] = (
    VisitPlanned,
    VisitConfirmed,
    VisitCorrected,
    VisitRestated,
    VisitVoided,
    SubsidyAssessed,
    SubsidyReassessed,
    OrganisationGranted,
    PointsAssessed,
    PointsReassessed,
    OrganisationRegistered,
    OrganisationCorrected,
    DistrictDefined,
)
