"""The arithmetic of the subsidy: what the visits of a user's month, and an organisation's months, are worth.

When the arithmetic changes, a new version is added beside the old one, so that an old month replays to its yen.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Final, NamedTuple

from services.billing.events import Assessment, Flag, Grant, Reason
from shared.kernel.contracts.requests import OrganisationDetails, VisitFacts
from shared.kernel.dates import Month, months_between
from shared.kernel.rule_documents import RuleBook, Version


class Known(NamedTuple):
    """A visit as billing knows it."""

    visit: VisitFacts
    void: bool


Results = dict[str, Assessment]
Grants = dict[tuple[str, str], Grant]
"""By (service, month)."""


def assess_user_month(visits: Iterable[Known], book: RuleBook) -> Results:
    """What every visit of one user in one calendar month is worth, by visit id.

    The order of arrival does not matter: visits take their places under the cap by day, start and the office's id
    (domain §4, ◇). Only visits that are otherwise payable take a place; each meets the cap in force on its own day.
    """
    results: Results = {}
    places_taken = 0
    for known in sorted(visits, key=_in_order):
        version = book.rule_on(known.visit.served_on)
        reason, clause = _reason(known, version)
        place = None
        if reason == "paid" and version is not None:
            places_taken = place = places_taken + 1
            if place > version.values["visit.cap"]:
                reason, clause = "over_cap", "visit.cap"
        results[known.visit.visit_id] = _assessment(known, version, reason, clause, place)
    return results


def _in_order(known: Known) -> tuple[date, str, str]:
    return known.visit.served_on, known.visit.started_at, known.visit.visit_id


def _reason(known: Known, version: Version | None) -> tuple[Reason, str | None]:
    """The first reason that holds (interfaces: Assessment), and the clause that decides."""
    visit = known.visit
    if known.void:
        return "void", None
    if visit.outcome != "done":
        return "not_done", None
    if version is None:
        return "no_rule", None
    if visit.user.category not in version.values["eligibility.categories"]:
        return "not_eligible", "eligibility.categories"
    if not all([helper.registered and helper.trained for helper in visit.helpers]):
        return "helper_not_trained", None
    if any([helper.relative for helper in visit.helpers]):
        return "relative", None
    if not visit.agreed_record:
        return "no_record", None
    if visit.service != "visit":
        return "no_rate", None
    return "paid", "visit.per_visit"


def _assessment(
    known: Known, version: Version | None, reason: Reason, clause: str | None, place: int | None
) -> Assessment:
    visit = known.visit
    happened = visit.outcome == "done" and not known.void and version is not None and visit.service == "visit"
    values = version.values if version is not None else {}
    return Assessment(
        visit_id=visit.visit_id,
        organisation_id=visit.organisation_id,
        district_id=visit.district_id,
        service=visit.service,
        served_on=visit.served_on,
        user_fee_yen=values["visit.fee"] if happened else 0,
        helper_expense_yen=values["visit.helper_expense"] * len(visit.helpers) if happened else 0,
        subsidy_yen=values["visit.per_visit"] if reason == "paid" else 0,
        reason=reason,
        cap_position=place,
        rule=version.clause(clause) if version is not None and clause is not None else None,
        flags=_flags(known, version),
        engine=1,
    )


def _flags(known: Known, version: Version | None) -> tuple[Flag, ...]:
    """What somebody should look at: over the minutes of one visit; rubbish alone (seed 000, 注意事項)."""
    visit = known.visit
    if version is None or known.void or visit.outcome != "done":
        return ()
    flags: list[Flag] = []
    if visit.minutes > version.values["flags.minutes"]:
        flags.append("over_minutes")
    if len(visit.menu) == 1 and visit.menu[0] in version.values.get("flags.not_alone", ()):
        flags.append("rubbish_alone")
    return tuple(flags)


def assess_organisation(details: OrganisationDetails, through: date, book: RuleBook) -> Grants:
    """Base for every month in which the organisation was active on a day with a rule, start-up in the month of
    `active_from` when a rule is in force on that day; up to and with `through`. Amounts that are zero have no grant.
    """
    last = min(through, details.active_until or through)
    if last < details.active_from:
        return {}
    grants: Grants = {}
    for month in months_between(Month.of(details.active_from), Month.of(last)):
        version = _first_version(book, max(details.active_from, month.first), min(last, month.last))
        starting = book.rule_on(details.active_from) if month == Month.of(details.active_from) else None
        for service in details.services:
            base = _amount(version, f"{service}.base")
            startup = _amount(starting, f"{service}.startup")
            if base[0] or startup[0]:
                grants[service, str(month)] = Grant(
                    organisation_id=details.organisation_id,
                    service=service,
                    month=str(month),
                    base_yen=base[0],
                    startup_yen=startup[0],
                    base_rule=base[1],
                    startup_rule=startup[1],
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
    return version.values[clause], version.clause(clause)


Arithmetic = Callable[[Iterable[Known], RuleBook], Results]

ENGINES: Final[Mapping[int, Arithmetic]] = {1: assess_user_month}
CURRENT_ENGINE: Final = 1
