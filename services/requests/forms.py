"""What the forms of `requests` show and send: choices, suggested people, and rows as form fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.requests import queries, refusals, vault
from shared.kernel.deciding import Refusal
from shared.kernel.kinds import JA, OUTCOME_JA, SERVICE_JA
from shared.kernel.menu import MENU
from shared.web.context import Context, Named
from shared.web.formats import number_order
from shared.web.problems import FieldProblem

LABELS: Mapping[str, str] = {**JA, "reason": "理由", "agreed_on": "同意した日"}
"""Fields that an error message can lead to."""


@dataclass(frozen=True)
class VisitChoices:
    organisations: Sequence[tuple[str, str]]
    users: Sequence[Named]
    helpers: Sequence[Named]
    menu: Sequence[tuple[str, str]]
    services: Sequence[tuple[str, str]]
    outcomes: Sequence[tuple[str, str]]


def visit_choices(context: Context, tenant: str, menu: str) -> VisitChoices:
    """`menu` holds the items chosen so far; those that the list does not know stay choosable."""
    with context.reading("requests", tenant) as connection:
        organisations = queries.list_organisations(connection, tenant)
        users = queries.list_people(connection, tenant, helpers=False)
        helpers = queries.list_people(connection, tenant, helpers=True)
    named = context.names(tenant, {*users, *helpers}, "訪問の入力")
    known = [(id_, word) for word, id_ in MENU.items()]
    others = [item for item in menu.split(";") if item and item not in MENU and item not in MENU.values()]
    return VisitChoices(
        [
            (row.organisation_id, f"{row.name} ({row.organisation_id})")
            for row in sorted(organisations, key=lambda row: number_order(row.organisation_id))
        ],
        _sorted(named, users),
        _sorted(named, helpers),
        known + [(item, item) for item in others],
        list(SERVICE_JA.items()),
        list(OUTCOME_JA.items()),
    )


def _sorted(named: Mapping[str, Named], people: Sequence[str]) -> list[Named]:
    return sorted((named[person] for person in people if person in named), key=lambda person: person.office_id)


def visit_cells(row: Any, named: Mapping[str, Named]) -> dict[str, str]:
    """The fields of a form, filled with a visit of the view. Helpers' numbers stay empty when names are not at hand."""
    helpers = [named[person].office_id for person in row.helpers.split(";") if person in named]
    return {
        "visit_id": row.visit_id,
        "organisation_id": row.organisation_id,
        "user_id": named[row.person].office_id if row.person in named else "",
        "helper_ids": ";".join(helpers),
        "service": row.service,
        "menu": row.menu,
        "served_on": row.served_on.isoformat(),
        "started_at": row.started_at,
        "minutes": str(row.minutes) if row.minutes else "",
        "outcome": row.outcome or "done",
        "slip_no": row.slip_no or "",
    }


def register_problems(context: Context, tenant: str, values: Mapping[str, Any], *, planned: bool) -> list[FieldProblem]:
    """What the register says against a visit's fields that could be read, in the words of the decision; one per field.

    It is told beside other problems, so that a form is put right in one go; what is recorded is decided elsewhere.
    """
    context.catch_up("requests", tenant, "requests.organisations")
    users = [("user_id", values["user_id"])] if "user_id" in values else []
    people = [*users, *[("helper_ids", number) for number in values.get("helper_ids", ())]]
    with context.reading("requests", tenant) as connection:
        organisation = values.get("organisation_id")
        named = organisation is None or queries.get_organisation(connection, tenant, organisation) is not None
        known = vault.identities(connection, {(tenant, number) for _, number in people})
    found = [] if named else [refusals.unknown("organisation_id", JA["organisation_id"], str(organisation))]
    found += [refusals.unknown(field, JA[field], number) for field, number in people if (tenant, number) not in known]
    served_on = values.get("served_on")
    if served_on is not None and served_on > context.today and not planned:
        found.append(refusals.in_future("served_on", served_on, context.today))
    first = {refusal.column: refusal for refusal in reversed(found)}
    return [refused_field(refusal) for refusal in reversed(first.values())]


def number_of(form_key: str) -> str:
    """A visit's number for a form without one; the same form sent twice gets the same."""
    return f"w{form_key.replace('-', '')[-10:]}"


def refused_field(refusal: Refusal) -> FieldProblem:
    """A refusal beside its field, in words for somebody who sits before a page."""
    text = refusal.text
    if refusal.code == "known_with_other_content":
        text = "この番号は別の内容で登録済みです。別の番号にするか、登録済みのページで「訂正する」を選んでください。"
    return FieldProblem(refusal.column or "", text)
