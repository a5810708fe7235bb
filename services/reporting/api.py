"""The HTTP interface of `reporting`: figures, and their changes as server-sent events."""

from typing import Annotated, Any

from fastapi import FastAPI, Query
from fastapi.responses import Response

from services.reporting import live_page, queries
from shared.kernel.dates import Month
from shared.web.context import Context
from shared.web.problems import READ_PROBLEMS, Problem, answer_with_problems
from shared.web.sending import LastEventId
from shared.web.streams import stream

Tenant = Annotated[str, Query(description="全国地方公共団体コード", min_length=6, max_length=6)]
After = Annotated[str | None, Query(description="`service:seq`: この記録を見てから答える", max_length=80)]
MonthText = Annotated[str, Query(description="YYYY-MM")]


def api(context: Context) -> FastAPI:
    here = ReportingApi(context)
    app = FastAPI(title="Yui reporting", version="1", docs_url=None, redoc_url=None)
    app.get("/figures", responses=READ_PROBLEMS)(here.figures)
    app.get("/events", responses=READ_PROBLEMS)(here.events)
    answer_with_problems(app)
    return app


class ReportingApi:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._summaries = live_page.Summaries(context)

    def figures(
        self, tenant: Tenant, first: MonthText, last: MonthText, by: queries.Dimension = "month", after: After = None
    ) -> dict[str, Any]:
        """Visits done, different people, yen and points of the months from `first` to `last`."""
        self._context.municipality(tenant)
        self._context.wait_for(after, tenant, (live_page.FIGURES.name,))
        period = queries.Period(_month(first), _month(last))
        summary = self._summaries.of(tenant, period)
        return {
            "tenant": tenant,
            "first": period.first,
            "last": period.last,
            "by": by,
            "rows": [live_page.figures_document(row) for row in summary.by[by]],
            "total": live_page.figures_document(summary.total),
        }

    async def events(
        self,
        tenant: Tenant,
        after: Annotated[str | None, Query(max_length=80, description="最後に受け取った id")] = None,
        last_event_id: LastEventId = None,
    ) -> Response:
        """The figures of the latest month and the last records about visits, whenever they change."""
        return stream(
            self._context.bell,
            last_event_id or after or "",
            lambda last: live_page.documents(self._context, self._summaries, tenant, last),
        )


def _month(text: str) -> str:
    try:
        return str(Month.parse(text))
    except ValueError as error:
        raise Problem(422, "invalid", f"月{error}") from error
