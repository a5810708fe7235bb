"""Bodies of the HTTP interface of `requests`, read as the cells of a CSV file of the same kind are."""

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from services.requests.events import Outcome, Service
from shared.kernel import kinds
from shared.kernel.cells import storable
from shared.kernel.kinds import OrganisationRow, VisitRow
from shared.web.forms import json_cells, read_or_refuse

Reason = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(storable)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class VisitIn(Strict):
    """A visit as its slip says; columns as in the CSV file."""

    visit_id: str
    organisation_id: str
    user_id: str
    helper_ids: list[str]
    service: Service
    menu: list[str]
    served_on: date
    started_at: str
    minutes: int
    outcome: Outcome
    slip_no: str | None = None


class PlanIn(Strict):
    visit_id: str
    organisation_id: str
    user_id: str
    helper_ids: list[str]
    service: Service
    menu: list[str]
    served_on: date
    started_at: str


class CorrectionIn(VisitIn):
    reason: Reason


class VoidIn(Strict):
    reason: Reason


class OrganisationIn(Strict):
    organisation_id: str
    name: str
    services: list[Service]
    district_id: str | None = None
    active_from: date
    active_until: date | None = None


class OrganisationCorrectionIn(OrganisationIn):
    reason: Reason


class CareRecordIn(Strict):
    agreed_on: date


def visit_row(body: dict[str, Any]) -> VisitRow:
    return VisitRow(**read_or_refuse(kinds.VISITS, json_cells(body)))


def organisation_row(body: dict[str, Any]) -> OrganisationRow:
    cells = {**json_cells(body), "services": "+".join(body["services"])}
    return OrganisationRow(**read_or_refuse(kinds.ORGANISATIONS, cells))


def organisation_document(row: Any) -> dict[str, Any]:
    return {
        "organisation_id": row.organisation_id,
        "name": row.name,
        "services": row.services.split("+"),
        "district_id": row.district_id,
        "active_from": row.active_from,
        "active_until": row.active_until,
        "version": row.version,
    }
