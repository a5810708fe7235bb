"""Pages of `requests`: a visit and its forms, organisations, care-management records."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.requests import forms, queries
from services.requests.entries import CareRecordEntry, OrganisationEntry, VisitEntry, VisitPlanEntry, VisitVoidEntry
from shared.flow.handle import Accepted, Failed, Outcome, Refused
from shared.kernel import kinds
from shared.kernel.dates import parse_date
from shared.kernel.kinds import OrganisationRow, VisitRow
from shared.web.context import Context
from shared.web.formats import number_order
from shared.web.forms import form_cells, read_cells
from shared.web.problems import FieldProblem, Problem
from shared.web.sending import send_form

SERVICE = "requests"
NO_REASON = "理由が空です。なぜそうするのかを入力してください。"

Cells = Annotated[dict[str, str], Depends(form_cells)]
After = Annotated[str | None, Query(max_length=80)]
Show = Callable[[Mapping[str, str], Sequence[FieldProblem]], HTMLResponse]


def pages(context: Context) -> APIRouter:
    here = RequestsPages(context)
    router = APIRouter()
    for path, show, take in (
        ("/t/{tenant}/visits/new", here.new_visit, here.confirm),
        ("/t/{tenant}/visits/plan", here.new_plan, here.plan),
        ("/t/{tenant}/correct/{visit_id:path}", here.correction, here.correct),
        ("/t/{tenant}/void/{visit_id:path}", here.voiding, here.void),
        ("/t/{tenant}/organisations/new", here.new_organisation, here.register_organisation),
        ("/t/{tenant}/organisation/{organisation_id:path}", here.organisation, here.correct_organisation),
        ("/t/{tenant}/care-records/new", here.new_care_record, here.agree_care_record),
    ):
        router.get(path)(show)
        router.post(path)(take)
    router.get("/t/{tenant}/visit/{visit_id:path}")(here.visit)
    router.get("/t/{tenant}/organisations")(here.organisations)
    return router


class RequestsPages:
    def __init__(self, context: Context) -> None:
        self._context = context

    # visits

    def visit(self, tenant: str, visit_id: str, after: After = None) -> HTMLResponse:
        fresh = self._context.wait_for(after, tenant, ("requests.visits",))
        row = self._known_visit(tenant, visit_id)
        with self._context.reading(SERVICE, tenant) as connection:
            organisation = queries.get_organisation(connection, tenant, row.organisation_id)
        people = self._context.names(tenant, [row.person, *row.helpers.split(";")], "訪問")
        return self._render(
            "visit",
            tenant,
            row=row,
            organisation=organisation,
            people=people,
            after=after,
            told=queries.told_by(self._context.store(SERVICE), tenant, f"visit-{visit_id}", after),
            fresh=fresh,
            district=self._context.districts(tenant).get(row.district_id or ""),
        )

    def new_visit(self, tenant: str, planned: str = "") -> HTMLResponse:
        cells = {"service": "visit", "outcome": "done", "served_on": self._context.today.isoformat(), "minutes": "60"}
        if planned:
            row = self._known_visit(tenant, planned)
            cells |= {name: cell for name, cell in self._cells(tenant, row).items() if cell}
        return self._visit_form(tenant, "confirm")(cells, ())

    def confirm(self, tenant: str, cells: Cells) -> Response:
        return self._take_visit(tenant, "confirm", cells, lambda row: VisitEntry(row, None, brings_agreed_record=False))

    def new_plan(self, tenant: str) -> HTMLResponse:
        cells = {"service": "visit", "served_on": self._context.today.isoformat()}
        return self._visit_form(tenant, "plan")(cells, ())

    def plan(self, tenant: str, cells: Cells) -> Response:
        return self._take_visit(tenant, "plan", {**cells, "minutes": "0", "outcome": "done"}, VisitPlanEntry)

    def correction(self, tenant: str, visit_id: str) -> HTMLResponse:
        self._context.catch_up(SERVICE, tenant, "requests.visits")
        row = self._known_visit(tenant, visit_id)
        return self._visit_form(tenant, "correct", row)({**self._cells(tenant, row), "version": str(row.version)}, ())

    def correct(self, tenant: str, visit_id: str, cells: Cells) -> Response:
        self._context.catch_up(SERVICE, tenant, "requests.visits")
        known = self._known_visit(tenant, visit_id)
        cells["visit_id"] = visit_id
        reason = cells.get("reason", "")
        return self._take_visit(
            tenant,
            "correct",
            cells,
            lambda row: VisitEntry(row, reason, brings_agreed_record=False),
            known,
            [] if reason else [FieldProblem("reason", NO_REASON)],
        )

    def voiding(self, tenant: str, visit_id: str) -> HTMLResponse:
        self._context.catch_up(SERVICE, tenant, "requests.visits")
        row = self._known_visit(tenant, visit_id)
        return self._void_form(tenant, row)({"version": str(row.version)}, ())

    def void(self, tenant: str, visit_id: str, cells: Cells) -> Response:
        show = self._void_form(tenant, self._known_visit(tenant, visit_id))
        if not cells.get("reason"):
            return show(cells, [FieldProblem("reason", NO_REASON)])
        outcome = self._send(tenant, VisitVoidEntry(visit_id, cells["reason"]), cells)
        return self._answer(outcome, cells, show, f"/t/{tenant}/visit/{quote(visit_id)}")

    # organisations

    def organisations(self, tenant: str, after: After = None) -> HTMLResponse:
        fresh = self._context.wait_for(after, tenant, ("requests.organisations",))
        with self._context.reading(SERVICE, tenant) as connection:
            rows = queries.list_organisations(connection, tenant)
        rows.sort(key=lambda row: number_order(row.organisation_id))
        return self._render("organisations", tenant, rows=rows, districts=self._context.districts(tenant), fresh=fresh)

    def new_organisation(self, tenant: str) -> HTMLResponse:
        return self._organisation_form(tenant, "")({"services": "visit"}, ())

    def register_organisation(self, tenant: str, cells: Cells) -> Response:
        return self._take_organisation(tenant, "", cells, None)

    def organisation(self, tenant: str, organisation_id: str) -> HTMLResponse:
        self._context.catch_up(SERVICE, tenant, "requests.organisations")
        row = self._known_organisation(tenant, organisation_id)
        cells = {name: str(value) for name, value in row._mapping.items() if value is not None}
        return self._organisation_form(tenant, organisation_id)(cells, ())

    def correct_organisation(self, tenant: str, organisation_id: str, cells: Cells) -> Response:
        self._known_organisation(tenant, organisation_id)
        cells["organisation_id"] = organisation_id
        return self._take_organisation(tenant, organisation_id, cells, cells.get("reason", ""))

    # care-management records

    def new_care_record(self, tenant: str, user: str = "") -> HTMLResponse:
        return self._care_record_form(tenant)({"person_id": user, "agreed_on": self._context.today.isoformat()}, ())

    def agree_care_record(self, tenant: str, cells: Cells) -> Response:
        show = self._care_record_form(tenant)
        errors = []
        if not cells.get("person_id"):
            errors.append(FieldProblem("person_id", "利用者番号が空です。必ず入力してください。"))
        try:
            agreed_on = parse_date(cells.get("agreed_on", ""))
        except ValueError as error:
            errors.append(FieldProblem("agreed_on", f"同意した日{error}"))
        if errors:
            return show(cells, errors)
        outcome = self._send(tenant, CareRecordEntry(cells["person_id"], agreed_on), cells)
        return self._answer(outcome, cells, show, f"/t/{tenant}/visits")

    # what several of them need

    def _take_visit(
        self,
        tenant: str,
        mode: str,
        cells: Mapping[str, str],
        entry: Callable[[VisitRow], Any],
        known: Any = None,
        errors: Sequence[FieldProblem] = (),
    ) -> Response:
        form = self._visit_form(tenant, mode, known)
        number = cells.get("visit_id") or forms.number_of(cells.get("form_key") or self._context.mint())
        read = read_cells(kinds.VISITS, {**cells, "visit_id": number})

        def show(cells: Mapping[str, str], errors: Sequence[FieldProblem]) -> HTMLResponse:
            more = forms.register_problems(self._context, tenant, read.values, planned=mode == "plan")
            told = {error.field for error in errors}
            return form(cells, [*errors, *[problem for problem in more if problem.field not in told]])

        if read.problems or errors:
            return show(cells, [*read.problems, *errors])
        outcome = self._send(tenant, entry(VisitRow(**read.values)), cells)
        return self._answer(outcome, cells, show, f"/t/{tenant}/visit/{quote(number)}")

    def _take_organisation(
        self, tenant: str, organisation_id: str, cells: Mapping[str, str], reason: str | None
    ) -> Response:
        show = self._organisation_form(tenant, organisation_id)
        services = "+".join(cells.get("services", "").split(";"))
        read = read_cells(kinds.ORGANISATIONS, {**cells, "services": services})
        errors = [*read.problems, *([FieldProblem("reason", NO_REASON)] if reason == "" else [])]
        if errors:
            return show(cells, errors)
        outcome = self._send(tenant, OrganisationEntry(OrganisationRow(**read.values), reason), cells)
        return self._answer(outcome, cells, show, f"/t/{tenant}/organisations")

    def _send(self, tenant: str, entry: Any, cells: Mapping[str, str]) -> Outcome:
        self._context.municipality(tenant)
        version = cells.get("version", "")
        seen = int(version) if version.isdecimal() else None
        return send_form(self._context, SERVICE, tenant, entry, cells.get("form_key", ""), seen)

    def _answer(self, outcome: Outcome, cells: Mapping[str, str], show: Show, path: str) -> Response:
        match outcome:
            case Accepted():
                return RedirectResponse(f"{path}?after={SERVICE}:{outcome.last_seq}", 303)
            case Refused(refusal):
                return show(cells, [forms.refused_field(refusal)])
            case Failed(error):
                raise error

    def _cells(self, tenant: str, row: Any) -> dict[str, str]:
        return forms.visit_cells(row, self._context.names(tenant, [row.person, *row.helpers.split(";")], "訪問の入力"))

    def _visit_form(self, tenant: str, mode: str, row: Any = None) -> Show:
        def show(cells: Mapping[str, str], errors: Sequence[FieldProblem]) -> HTMLResponse:
            if mode == "correct" and row.status == "void":
                return self._voided(tenant, row, errors)
            choices = forms.visit_choices(self._context, tenant, cells.get("menu", ""))
            return self._form("visit_form", tenant, cells, errors, mode=mode, choices=choices, row=row)

        return show

    def _void_form(self, tenant: str, row: Any) -> Show:
        if row.status == "void":
            return lambda _, errors: self._voided(tenant, row, errors)
        return lambda cells, errors: self._form("void_form", tenant, cells, errors, row=row)

    def _voided(self, tenant: str, row: Any, errors: Sequence[FieldProblem]) -> HTMLResponse:
        """Instead of a form that could only be refused; 409 to somebody who has sent one."""
        return self._render("visit_voided", tenant, 409 if errors else 200, row=row)

    def _organisation_form(self, tenant: str, organisation_id: str) -> Show:
        return lambda cells, errors: self._form(
            "organisation_form", tenant, cells, errors, known=organisation_id, districts=self._context.districts(tenant)
        )

    def _care_record_form(self, tenant: str) -> Show:
        def show(cells: Mapping[str, str], errors: Sequence[FieldProblem]) -> HTMLResponse:
            users = forms.visit_choices(self._context, tenant, "").users
            return self._form("care_record_form", tenant, cells, errors, users=users)

        return show

    def _form(
        self, template: str, tenant: str, cells: Mapping[str, str], errors: Sequence[FieldProblem], **values: Any
    ) -> HTMLResponse:
        form_key = cells.get("form_key") or self._context.mint()
        shared = {"cells": cells, "errors": errors, "labels": forms.LABELS, "form_key": form_key}
        return self._render(template, tenant, 422 if errors else 200, **shared, **values)

    def _render(self, template: str, tenant: str, status: int = 200, /, **values: Any) -> HTMLResponse:
        town = self._context.municipality(tenant)
        here = "organisations" if template.startswith("organisation") else "visits"
        return self._context.pages.render(f"requests/{template}.html", status, town=town, here=here, **values)

    def _known_visit(self, tenant: str, visit_id: str) -> Any:
        self._context.municipality(tenant)
        with self._context.reading(SERVICE, tenant) as connection:
            row = queries.get_visit(connection, tenant, visit_id)
        if row is None:
            raise Problem(
                404, "not_found", f"訪問番号「{visit_id}」は登録されていません。訪問の一覧から選んでください。"
            )
        return row

    def _known_organisation(self, tenant: str, organisation_id: str) -> Any:
        self._context.municipality(tenant)
        with self._context.reading(SERVICE, tenant) as connection:
            row = queries.get_organisation(connection, tenant, organisation_id)
        if row is None:
            raise Problem(
                404, "not_found", f"団体番号「{organisation_id}」は登録されていません。団体の一覧から選んでください。"
            )
        return row
