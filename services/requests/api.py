"""The HTTP interface of `requests`: visits, organisations, care-management records, and the ledger as events."""

from datetime import date
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Response
from fastapi.responses import Response as AnyResponse

from services.requests import queries
from services.requests.entries import CareRecordEntry, OrganisationEntry, VisitEntry, VisitPlanEntry, VisitVoidEntry
from services.requests.schemas import (
    CareRecordIn,
    CorrectionIn,
    OrganisationCorrectionIn,
    OrganisationIn,
    PlanIn,
    VisitIn,
    VoidIn,
    organisation_document,
    organisation_row,
    visit_row,
)
from shared.kernel.dates import Month
from shared.web.context import Context
from shared.web.paging import LARGEST_PAGE, paged, read_cursor, unreadable_cursor
from shared.web.problems import READ_PROBLEMS, WRITE_PROBLEMS, Problem, answer_with_problems
from shared.web.sending import KEY_PARAMETER, IfMatch, Key, LastEventId, Receipt, etag, receipt, seen_version, send
from shared.web.streams import ledger_stream, resume_point

SERVICE = "requests"
VIEWS = {"visits": "requests.visits", "organisations": "requests.organisations"}

Tenant = Annotated[str, Query(description="全国地方公共団体コード", min_length=6, max_length=6)]
After = Annotated[str | None, Query(description="`service:seq`: この記録を見てから答える", max_length=80)]
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE)]
Number = Annotated[str, Path(max_length=64)]


def api(context: Context) -> FastAPI:
    here = RequestsApi(context)
    app = FastAPI(title="Yui requests", version="1", docs_url=None, redoc_url=None)
    write: dict[str, Any] = {
        "responses": WRITE_PROBLEMS,
        "status_code": 201,
        "response_model": Receipt,
        "openapi_extra": {"parameters": [KEY_PARAMETER]},
    }
    app.post("/visits", **write)(here.confirm)
    app.post("/plans", **write)(here.plan)
    app.post("/visits/{visit_id:path}/void", **write)(here.void)
    app.post("/visits/{visit_id:path}/correct", **write)(here.correct)
    app.get("/visits", responses=READ_PROBLEMS)(here.visits)
    app.get("/visits/{visit_id:path}", responses=READ_PROBLEMS)(here.visit)
    app.post("/organisations", **write)(here.register_organisation)
    app.post("/organisations/{organisation_id:path}/correct", **write)(here.correct_organisation)
    app.get("/organisations", responses=READ_PROBLEMS)(here.organisations)
    app.get("/organisations/{organisation_id:path}", responses=READ_PROBLEMS)(here.organisation)
    app.post("/people/{person_id:path}/care-records", **write)(here.agree_care_record)
    app.get("/events", responses=READ_PROBLEMS)(here.events)
    answer_with_problems(app)
    return app


class RequestsApi:
    def __init__(self, context: Context) -> None:
        self._context = context

    def confirm(self, tenant: Tenant, body: VisitIn, response: Response, key: Key = None) -> Receipt:
        """確認書のとおりに訪問を記録します。"""
        entry = VisitEntry(visit_row(body.model_dump()), None, brings_agreed_record=False)
        return self._send(tenant, entry, key, response)

    def plan(self, tenant: Tenant, body: PlanIn, response: Response, key: Key = None) -> Receipt:
        """訪問の予定を入れます。"""
        row = visit_row({**body.model_dump(), "minutes": 0, "outcome": "done"})
        return self._send(tenant, VisitPlanEntry(row), key, response)

    def correct(
        self,
        tenant: Tenant,
        visit_id: Number,
        body: CorrectionIn,
        response: Response,
        key: Key = None,
        if_match: IfMatch = None,
    ) -> Receipt:
        """理由を付けて訪問を訂正します。"""
        version = seen_version(if_match, required=True)
        if body.visit_id != visit_id:
            raise Problem(
                422,
                "invalid",
                f"visit_id「{body.visit_id}」が住所の訪問番号「{visit_id}」と違います。同じにしてください。",
            )
        self._context.municipality(tenant)
        self._context.catch_up(SERVICE, tenant, VIEWS["visits"])
        self._visit(tenant, visit_id)
        row = visit_row(body.model_dump(exclude={"reason"}))
        entry = VisitEntry(row, body.reason, brings_agreed_record=False)
        return self._send(tenant, entry, key, response, version)

    def void(
        self,
        tenant: Tenant,
        visit_id: Number,
        body: VoidIn,
        response: Response,
        key: Key = None,
        if_match: IfMatch = None,
    ) -> Receipt:
        """理由を付けて訪問を無効にします。"""
        version = seen_version(if_match, required=False)
        return self._send(tenant, VisitVoidEntry(visit_id, body.reason), key, response, version)

    def visits(
        self,
        tenant: Tenant,
        month: str | None = None,
        organisation_id: str | None = None,
        cursor: str | None = None,
        limit: Limit = 100,
        after: After = None,
    ) -> dict[str, Any]:
        """訪問の一覧、提供日と番号の順。"""
        self._ready(tenant, "visits", after)
        with self._context.reading(SERVICE, tenant) as connection:
            found = queries.list_visits(
                connection,
                tenant,
                month=_month(month),
                organisation_id=organisation_id,
                after=_place(cursor),
                limit=limit + 1,
            )
        page = paged(found, limit, lambda row: (row.served_on.isoformat(), row.visit_id))
        return {"visits": self._visit_documents(tenant, page.rows), "next": page.next}

    def visit(self, tenant: Tenant, visit_id: Number, response: Response, after: After = None) -> dict[str, Any]:
        self._ready(tenant, "visits", after)
        row = self._visit(tenant, visit_id)
        response.headers["ETag"] = etag(row.version)
        return self._visit_documents(tenant, [row])[0]

    def register_organisation(
        self, tenant: Tenant, body: OrganisationIn, response: Response, key: Key = None
    ) -> Receipt:
        entry = OrganisationEntry(organisation_row(body.model_dump()), None)
        return self._send(tenant, entry, key, response)

    def correct_organisation(
        self,
        tenant: Tenant,
        organisation_id: Number,
        body: OrganisationCorrectionIn,
        response: Response,
        key: Key = None,
        if_match: IfMatch = None,
    ) -> Receipt:
        version = seen_version(if_match, required=True)
        if body.organisation_id != organisation_id:
            raise Problem(422, "invalid", "organisation_id が住所の団体番号と違います。同じにしてください。")
        entry = OrganisationEntry(organisation_row(body.model_dump(exclude={"reason"})), body.reason)
        return self._send(tenant, entry, key, response, version)

    def organisations(
        self, tenant: Tenant, cursor: str | None = None, limit: Limit = 100, after: After = None
    ) -> dict[str, Any]:
        self._ready(tenant, "organisations", after)
        place = read_cursor(cursor)
        with self._context.reading(SERVICE, tenant) as connection:
            found = queries.list_organisations(connection, tenant, place[0] if place else "", limit + 1)
        page = paged(found, limit, lambda row: (row.organisation_id, ""))
        return {"organisations": [organisation_document(row) for row in page.rows], "next": page.next}

    def organisation(
        self, tenant: Tenant, organisation_id: Number, response: Response, after: After = None
    ) -> dict[str, Any]:
        self._ready(tenant, "organisations", after)
        with self._context.reading(SERVICE, tenant) as connection:
            row = queries.get_organisation(connection, tenant, organisation_id)
        if row is None:
            raise Problem(404, "not_found", f"団体番号「{organisation_id}」は登録されていません。")
        response.headers["ETag"] = etag(row.version)
        return organisation_document(row)

    def agree_care_record(
        self, tenant: Tenant, person_id: Number, body: CareRecordIn, response: Response, key: Key = None
    ) -> Receipt:
        """結果記録票に利用者が同意した日を記録します。`person_id` は事務局の番号です。"""
        return self._send(tenant, CareRecordEntry(person_id, body.agreed_on), key, response)

    async def events(
        self,
        tenant: Tenant,
        after: Annotated[int | None, Query(ge=0)] = None,
        last_event_id: LastEventId = None,
    ) -> AnyResponse:
        """台帳の記録を、CloudEvents (JSON) として順に送り続けます。"""
        place = resume_point(after, last_event_id)
        return ledger_stream(self._context.bell, self._context.store(SERVICE), tenant, place)

    def _send(
        self, tenant: str, entry: Any, key: str | None, response: Response, version: int | None = None
    ) -> Receipt:
        self._context.municipality(tenant)
        return receipt(SERVICE, send(self._context, SERVICE, tenant, entry, key, version), response)

    def _ready(self, tenant: str, view: str, after: str | None) -> None:
        self._context.municipality(tenant)
        self._context.wait_for(after, tenant, (VIEWS[view],))

    def _visit(self, tenant: str, visit_id: str) -> Any:
        with self._context.reading(SERVICE, tenant) as connection:
            row = queries.get_visit(connection, tenant, visit_id)
        if row is None:
            raise Problem(404, "not_found", f"訪問番号「{visit_id}」は登録されていません。番号を確かめてください。")
        return row

    def _visit_documents(self, tenant: str, rows: Any) -> list[dict[str, Any]]:
        people = {person for row in rows for person in (row.person, *row.helpers.split(";"))}
        named = self._context.names(tenant, people, "API 訪問")

        def office_id(person: str) -> str:
            return named[person].office_id if person in named else person

        return [
            {
                "visit_id": row.visit_id,
                "status": row.status,
                "organisation_id": row.organisation_id,
                "user_id": office_id(row.person),
                "helper_ids": [office_id(person) for person in row.helpers.split(";")],
                "service": row.service,
                "menu": row.menu.split(";"),
                "served_on": row.served_on,
                "started_at": row.started_at,
                "minutes": row.minutes,
                "outcome": row.outcome or None,
                "slip_no": row.slip_no,
                "category": row.category or None,
                "agreed_record": row.agreed_record,
                "version": row.version,
            }
            for row in rows
        ]


def _month(text: str | None) -> Month | None:
    try:
        return Month.parse(text) if text else None
    except ValueError as error:
        raise Problem(422, "invalid", f"月{error}") from error


def _place(cursor: str | None) -> tuple[date, str] | None:
    place = read_cursor(cursor)
    try:
        return (date.fromisoformat(place[0]), place[1]) if place else None
    except ValueError:
        raise unreadable_cursor() from None
