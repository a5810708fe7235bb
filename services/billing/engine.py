"""The arithmetic of the subsidy: what the visits of a user's month, and an organisation's months, are worth.

When the arithmetic changes, a new version is added beside the old one, so that an old month replays to its yen.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

import msgspec

from services.billing.events import Assessment, Flag, Grant, Reason
from shared.kernel.contracts.requests import HelperOnDay, OrganisationDetails, Service, VisitFacts
from shared.kernel.dates import Month, months_between
from shared.kernel.rule_documents import RuleBook, Version


class Known(msgspec.Struct, frozen=True, gc=False):
    """A visit as billing knows it. Like all that states keep in numbers it can hold no cycle: nothing to collect."""

    visit: VisitFacts
    void: bool


class Amounts(NamedTuple):
    """The clauses that name the amounts of one kind of service."""

    fee: str
    helper_expense: str
    per_visit: str


AMOUNTS: Final[Mapping[Service, Amounts]] = {
    "visit": Amounts("visit.fee", "visit.helper_expense", "visit.per_visit"),
    "day": Amounts("day.fee", "day.helper_expense", "day.per_visit"),
}
NO_VALUES: Final[Mapping[str, Any]] = {}

Results = dict[str, Assessment]
NO_RESULTS: Final[Mapping[str, Assessment]] = {}
Grants = dict[tuple[str, str], Grant]
"""By (service, month)."""


class Engine(NamedTuple):
    """One version of the arithmetic: of a user-month, and of an organisation up to and with a day."""

    assess_user_month: Callable[[Iterable[Known], RuleBook, Mapping[str, Assessment]], Results]
    assess_organisation: Callable[[OrganisationDetails, date, RuleBook], Grants]


def assess_user_month(
    visits: Iterable[Known], book: RuleBook, standing: Mapping[str, Assessment] = NO_RESULTS
) -> Results:
    """What every visit of one user in one calendar month is worth, by visit id.

    The order of arrival does not matter: visits take their places under the cap by day, start and the office's id.
    Only visits that are otherwise payable take a place; each meets the cap in force on its own day.

    `standing` are results that this arithmetic has had for the very same visits: where rule and place are still the
    same, so is the result (a label never stands for other values, see `rule_enacting.new_from`). Without them the
    outcome is no other.
    """
    results: Results = {}
    places_taken = 0
    for known in sorted(visits, key=_in_order):
        version = book.rule_on(known.visit.served_on)
        was = standing.get(known.visit.visit_id)
        if was is not None and _stands(was, version, places_taken + 1):
            results[was.visit_id] = was
            places_taken += was.cap_position is not None
            continue
        reason, clause = _reason(known, version)
        place = None
        if version is not None and reason == "paid":
            places_taken = place = places_taken + 1
            if place > version.values["visit.cap"]:
                reason, clause = "over_cap", "visit.cap"
        results[known.visit.visit_id] = _assessment(known, version, reason, clause, place)
    return results


def _stands(was: Assessment, version: Version | None, next_place: int) -> bool:
    if version is None or was.rule not in version.labels:
        return False
    return was.cap_position is None or was.cap_position == next_place


def _in_order(known: Known) -> tuple[date, str, str]:
    visit = known.visit
    return visit.served_on, visit.started_at, visit.visit_id


def _reason(known: Known, version: Version | None) -> tuple[Reason, str | None]:
    """The first reason that holds (interfaces: Assessment), and the clause that decides."""
    visit = known.visit
    if known.void:
        return "void", None
    if visit.outcome != "done":
        return "not_done", None
    if version is None:
        return "no_rule", None
    values = version.values
    if visit.user.category not in values["eligibility.categories"]:
        return "not_eligible", "eligibility.categories"
    if not _all_fit(visit.helpers, values["eligibility.helpers"]):
        return "helper_not_trained", "eligibility.helpers"
    if values["eligibility.relatives"] == "excluded" and any([helper.relative for helper in visit.helpers]):
        return "relative", "eligibility.relatives"
    if values["eligibility.agreed_record"] == "required" and not visit.agreed_record:
        return "no_record", "eligibility.agreed_record"
    per_visit = AMOUNTS[visit.service].per_visit
    return "no_rate" if values[per_visit] is None else "paid", per_visit


def _all_fit(helpers: Iterable[HelperOnDay], needs: Container[str]) -> bool:
    for helper in helpers:
        if not helper.registered and "registered" in needs:
            return False
        if not helper.trained and "trained" in needs:
            return False
    return True


def _assessment(
    known: Known, version: Version | None, reason: Reason, clause: str | None, place: int | None
) -> Assessment:
    visit = known.visit
    happened = version is not None and visit.outcome == "done" and not known.void
    values = version.values if version is not None and happened else NO_VALUES
    amounts = AMOUNTS[visit.service]
    return Assessment(
        visit_id=visit.visit_id,
        organisation_id=visit.organisation_id,
        district_id=visit.district_id,
        service=visit.service,
        served_on=visit.served_on,
        user_fee_yen=values.get(amounts.fee, 0),
        helper_expense_yen=values.get(amounts.helper_expense, 0) * len(visit.helpers),
        subsidy_yen=values[amounts.per_visit] if reason == "paid" else 0,
        reason=reason,
        cap_position=place,
        rule=version.clauses[clause] if version is not None and clause is not None else None,
        flags=_flags(visit, values) if happened else (),
        engine=1,
    )


def _flags(visit: VisitFacts, values: Mapping[str, Any]) -> tuple[Flag, ...]:
    """What somebody should look at: over the minutes of one visit; rubbish alone (seed 000, 注意事項)."""
    flags: list[Flag] = []
    if visit.minutes > values["flags.minutes"]:
        flags.append("over_minutes")
    if len(visit.menu) == 1 and visit.menu[0] in values.get("flags.not_alone", ()):
        flags.append("rubbish_alone")
    return tuple(flags)


def assess_organisation(details: OrganisationDetails, through: date, book: RuleBook) -> Grants:
    """Base for every month in which the organisation was active on a day with a rule, start-up in the month of
    `active_from` when a rule is in force on that day; up to and with `through`. Amounts that are zero have no grant.
    """
    last = min(through, details.active_until or through)
    grants: Grants = {}
    first = max(details.active_from, book.versions[0].effective_from) if book.versions else date.max
    if last < first:
        return grants
    for month in months_between(Month.of(first), Month.of(last)):
        version = _first_version(book, max(first, month.first), min(last, month.last))
        starting = book.rule_on(details.active_from) if month == Month.of(details.active_from) else None
        for service in details.services:
            base_yen, base_rule = _amount(version, f"{service}.base")
            startup_yen, startup_rule = _amount(starting, f"{service}.startup")
            if base_yen or startup_yen:
                grants[service, str(month)] = Grant(
                    organisation_id=details.organisation_id,
                    service=service,
                    month=str(month),
                    base_yen=base_yen,
                    startup_yen=startup_yen,
                    base_rule=base_rule,
                    startup_rule=startup_rule,
                    engine=1,
                )
    return grants


def _first_version(book: RuleBook, first: date, last: date) -> Version | None:
    """The version in force on the first day of a stretch that has one."""
    version = book.rule_on(first)
    if version is not None:
        return version
    return next((each for each in book.versions if first <= each.effective_from <= last), None)


def _amount(version: Version | None, clause: str) -> tuple[int, str | None]:
    if version is None or clause not in version.values:
        return 0, None
    return version.values[clause], version.clauses[clause]


ENGINES: Final[Mapping[int, Engine]] = {1: Engine(assess_user_month, assess_organisation)}
CURRENT_ENGINE: Final = 1
