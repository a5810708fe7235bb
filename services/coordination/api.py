"""The HTTP interface of `coordination`: municipalities, their districts, and the ledger as events."""

from typing import Annotated, Any

from fastapi import FastAPI, Query
from fastapi.responses import Response

from services.coordination import views
from shared.web.context import Context
from shared.web.paging import LARGEST_PAGE, paged, read_cursor
from shared.web.problems import READ_PROBLEMS, answer_with_problems
from shared.web.sending import LastEventId
from shared.web.streams import ledger_stream, resume_point

SERVICE = "coordination"
Tenant = Annotated[str, Query(description="全国地方公共団体コード", min_length=6, max_length=6)]
After = Annotated[str | None, Query(description="`service:seq`: この記録を見てから答える", max_length=80)]


def api(context: Context) -> FastAPI:
    here = CoordinationApi(context)
    app = FastAPI(title="Yui coordination", version="1", docs_url=None, redoc_url=None)
    app.get("/municipalities", responses=READ_PROBLEMS)(here.municipalities)
    app.get("/districts", responses=READ_PROBLEMS)(here.districts)
    app.get("/events", responses=READ_PROBLEMS)(here.events)
    answer_with_problems(app)
    return app


class CoordinationApi:
    def __init__(self, context: Context) -> None:
        self._context = context

    def municipalities(
        self, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100
    ) -> dict[str, Any]:
        """Municipalities that have joined, by code, with the figures of their source."""
        place = read_cursor(cursor)
        with self._context.reading(SERVICE, *self._context.tenants()) as connection:
            rows = [row for row in views.list_municipalities(connection) if place is None or row.tenant > place[0]]
        page = paged(rows, limit, lambda row: (row.tenant, ""))
        return {"municipalities": [dict(row._mapping) for row in page.rows], "next": page.next}

    def districts(self, tenant: Tenant, after: After = None) -> dict[str, Any]:
        self._context.municipality(tenant)
        self._context.wait_for(after, tenant, ("coordination.districts",))
        return {
            "districts": [
                {"district_id": district_id, "name": name}
                for district_id, name in self._context.districts(tenant).items()
            ]
        }

    async def events(
        self,
        tenant: Tenant,
        after: Annotated[int | None, Query(ge=0)] = None,
        last_event_id: LastEventId = None,
    ) -> Response:
        """台帳の記録を、CloudEvents (JSON) として順に送り続けます。"""
        place = resume_point(after, last_event_id)
        return ledger_stream(self._context.bell, self._context.store(SERVICE), tenant, place)
