"""The HTTP interface of `points`: the account list, and the ledger as events."""

from datetime import date
from typing import Annotated, Any

from fastapi import FastAPI, Query
from fastapi.responses import Response

from services.points import queries
from shared.web.context import Context
from shared.web.paging import LARGEST_PAGE, paged, read_cursor
from shared.web.problems import READ_PROBLEMS, Problem, answer_with_problems
from shared.web.sending import LastEventId
from shared.web.streams import ledger_stream, resume_point

SERVICE = "points"
FOLLOWED = ("points.assess_earnings", "points.entries")

Tenant = Annotated[str, Query(description="全国地方公共団体コード", min_length=6, max_length=6)]
After = Annotated[str | None, Query(description="`service:seq`: この記録を見てから答える", max_length=80)]


def api(context: Context) -> FastAPI:
    here = PointsApi(context)
    app = FastAPI(title="Yui points", version="1", docs_url=None, redoc_url=None)
    app.get("/statement", responses=READ_PROBLEMS)(here.statement)
    app.get("/events", responses=READ_PROBLEMS)(here.events)
    answer_with_problems(app)
    return app


class PointsApi:
    def __init__(self, context: Context) -> None:
        self._context = context

    def statement(
        self,
        tenant: Tenant,
        on: date,
        person: Annotated[str | None, Query(description="対象者番号", max_length=64)] = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
        after: After = None,
    ) -> dict[str, Any]:
        """ポイントの口座の一覧、対象者番号とポイント年度の順。"""
        self._context.municipality(tenant)
        self._context.wait_for(after, tenant, FOLLOWED)
        document = queries.accounts(
            self._context.store(SERVICE), tenant, None, on, lambda people: self._numbers(tenant, people)
        )
        rows = [row for row in document["accounts"] if person in {None, row["person_id"]}]
        if person is not None and not rows:
            raise Problem(404, "not_found", f"対象者番号「{person}」の口座はありません。番号を確かめてください。")
        place = read_cursor(cursor)
        rows = [row for row in rows if place is None or (row["person_id"], row["point_year"]) > place]
        page = paged(rows, limit, lambda row: (row["person_id"], row["point_year"]))
        return {**document, "accounts": page.rows, "next": page.next}

    async def events(
        self,
        tenant: Tenant,
        after: Annotated[int | None, Query(ge=0)] = None,
        last_event_id: LastEventId = None,
    ) -> Response:
        """台帳の記録を、CloudEvents (JSON) として順に送り続けます。"""
        place = resume_point(after, last_event_id)
        return ledger_stream(self._context.bell, self._context.store(SERVICE), tenant, place)

    def _numbers(self, tenant: str, people: set[str]) -> dict[str, str]:
        named = self._context.names(tenant, people, "API ポイント")
        return {person: named[person].office_id if person in named else person for person in people}
