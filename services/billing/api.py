"""The HTTP interface of `billing`: statements, derivations, and the ledger as events."""

from typing import Annotated, Any

from fastapi import FastAPI, Path, Query
from fastapi.responses import Response

from services.billing import queries
from services.billing.explain import explanation_text
from shared.kernel.dates import Month
from shared.web.context import Context
from shared.web.paging import LARGEST_PAGE, paged, read_cursor
from shared.web.problems import READ_PROBLEMS, Problem, answer_with_problems
from shared.web.sending import LastEventId
from shared.web.streams import ledger_stream, resume_point

SERVICE = "billing"
FOLLOWED = ("billing.assess_visits", "billing.assessments")
"""From a visit in `requests` to its yen in the view of `billing`."""

Tenant = Annotated[str, Query(description="全国地方公共団体コード", min_length=6, max_length=6)]
After = Annotated[str | None, Query(description="`service:seq`: この記録を見てから答える", max_length=80)]


def api(context: Context) -> FastAPI:
    here = BillingApi(context)
    app = FastAPI(title="Yui billing", version="1", docs_url=None, redoc_url=None)
    app.get("/statement", responses=READ_PROBLEMS)(here.statement)
    app.get("/visits/{visit_id:path}/explanation", responses=READ_PROBLEMS)(here.explanation)
    app.get("/events", responses=READ_PROBLEMS)(here.events)
    answer_with_problems(app)
    return app


class BillingApi:
    def __init__(self, context: Context) -> None:
        self._context = context

    def statement(
        self,
        tenant: Tenant,
        month: Annotated[str, Query(description="YYYY-MM")],
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = LARGEST_PAGE,
        after: After = None,
    ) -> dict[str, Any]:
        """月の査定。金額と団体ごとの月は全部、訪問は1ページずつ (`next`)。"""
        self._context.municipality(tenant)
        self._context.wait_for(after, tenant, FOLLOWED)
        with self._context.reading(SERVICE, tenant) as connection:
            document = queries.month_statement(connection, tenant, _month(month))
        place = read_cursor(cursor)
        rows = [row for row in document["visits"] if place is None or row["visit_id"] > place[0]]
        page = paged(rows, limit, lambda row: (row["visit_id"], ""))
        named = self._context.names(tenant, {row["user_id"] for row in page.rows}, "API 明細")
        for row in page.rows:
            row["user_id"] = named[row["user_id"]].office_id if row["user_id"] in named else row["user_id"]
        return {**document, "visits": page.rows, "next": page.next}

    def explanation(
        self, tenant: Tenant, visit_id: Annotated[str, Path(max_length=64)], after: After = None
    ) -> dict[str, Any]:
        """1件の訪問の金額の根拠。`text` は同じことを文で言ったもの。"""
        self._context.municipality(tenant)
        self._context.wait_for(after, tenant, FOLLOWED)
        document = queries.derive_visit(self._context.store(SERVICE), tenant, visit_id)
        if document is None:
            raise Problem(404, "not_found", f"訪問番号「{visit_id}」の査定はありません。番号を確かめてください。")
        person = document.pop("user")
        named = self._context.names(tenant, [person], "API 根拠")
        user_id = named[person].office_id if person in named else person
        return {**document, "user_id": user_id, "text": explanation_text(document)}

    async def events(
        self,
        tenant: Tenant,
        after: Annotated[int | None, Query(ge=0)] = None,
        last_event_id: LastEventId = None,
    ) -> Response:
        """台帳の記録を、CloudEvents (JSON) として順に送り続けます。"""
        place = resume_point(after, last_event_id)
        return ledger_stream(self._context.bell, self._context.store(SERVICE), tenant, place)


def _month(text: str) -> str:
    try:
        return str(Month.parse(text))
    except ValueError as error:
        raise Problem(422, "invalid", f"月{error}") from error
