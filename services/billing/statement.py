"""The assessment as promised to scripts and spreadsheets: one shape for a statement and for a simulation of a file."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from shared.kernel.dates import Month

NOT_DONE = ("void", "not_done")


class AssessedVisit(Protocol):
    """An Assessment, or a row of the view that holds it."""

    @property
    def visit_id(self) -> str: ...
    @property
    def organisation_id(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def served_on(self) -> date: ...
    @property
    def user_fee_yen(self) -> int: ...
    @property
    def helper_expense_yen(self) -> int: ...
    @property
    def subsidy_yen(self) -> int: ...
    @property
    def reason(self) -> str: ...
    @property
    def cap_position(self) -> int | None: ...
    @property
    def rule(self) -> str | None: ...


class GrantedMonth(Protocol):
    """A Grant, or a row of the view that holds it."""

    @property
    def organisation_id(self) -> str: ...
    @property
    def service(self) -> str: ...
    @property
    def month(self) -> str: ...
    @property
    def base_yen(self) -> int: ...
    @property
    def startup_yen(self) -> int: ...
    @property
    def base_rule(self) -> str | None: ...
    @property
    def startup_rule(self) -> str | None: ...


@dataclass
class _OrganisationMonth:
    visits_done: int = 0
    visits_subsidised: int = 0
    per_visit_yen: int = 0
    base_yen: int = 0
    startup_yen: int = 0

    @property
    def total_yen(self) -> int:
        return self.per_visit_yen + self.base_yen + self.startup_yen

    def pay_in(self, month: Month) -> dict[str, int]:
        """Base and start-up are paid in the month itself, the amount per visit in the following one (000)."""
        due = {str(month): self.base_yen + self.startup_yen, str(month.next()): self.per_visit_yen}
        return {paid_in: yen for paid_in, yen in due.items() if yen}


def assessment_document(
    assessed: Iterable[tuple[str, AssessedVisit]], grants: Iterable[GrantedMonth]
) -> dict[str, Any]:
    """The promised JSON of visits, each with the id of its user as it is to be shown, and of grants."""
    visits = []
    months: dict[tuple[str, str, str], _OrganisationMonth] = defaultdict(_OrganisationMonth)
    rules: set[str] = set()
    for user_id, visit in sorted(assessed, key=lambda pair: pair[1].visit_id):
        visits.append(_visit_row(user_id, visit))
        month = months[visit.organisation_id, str(Month.of(visit.served_on)), visit.service]
        month.visits_done += visit.reason not in NOT_DONE
        month.visits_subsidised += visit.reason == "paid"
        month.per_visit_yen += visit.subsidy_yen
        _add_rule(rules, visit.rule)
    for grant in grants:
        month = months[grant.organisation_id, grant.month, grant.service]
        month.base_yen += grant.base_yen
        month.startup_yen += grant.startup_yen
        _add_rule(rules, grant.base_rule)
        _add_rule(rules, grant.startup_rule)
    return {
        "rules": sorted(rules),
        "total_yen": sum(month.total_yen for month in months.values()),
        "visits": visits,
        "months": [_month_row(*place, months[place]) for place in sorted(months)],
        "adjustments": [],
    }


def _add_rule(rules: set[str], clause: str | None) -> None:
    if clause is not None:
        rules.add(clause.partition("#")[0])


def _visit_row(user_id: str, visit: AssessedVisit) -> dict[str, Any]:
    return {
        "visit_id": visit.visit_id,
        "organisation_id": visit.organisation_id,
        "user_id": user_id,
        "served_on": visit.served_on.isoformat(),
        "user_fee_yen": visit.user_fee_yen,
        "helper_expense_yen": visit.helper_expense_yen,
        "subsidy_yen": visit.subsidy_yen,
        "reason": visit.reason,
        "cap_position": visit.cap_position,
        "rule": visit.rule,
    }


def _month_row(organisation_id: str, month: str, service: str, of: _OrganisationMonth) -> dict[str, Any]:
    return {
        "organisation_id": organisation_id,
        "service": service,
        "month": month,
        "visits_done": of.visits_done,
        "visits_subsidised": of.visits_subsidised,
        "per_visit_yen": of.per_visit_yen,
        "base_yen": of.base_yen,
        "startup_yen": of.startup_yen,
        "adjustment_yen": 0,
        "total_yen": of.total_yen,
        "pay_in": of.pay_in(Month.parse(month)),
    }
