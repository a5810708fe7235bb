"""The dashboard, the list of visits, the live page and the audit page."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.reporting import live_page, queries
from shared.kernel.dates import FiscalYear, Month
from shared.web.context import Context, Municipality
from shared.web.formats import number_order, wareki_month
from shared.web.labels import REASON, STATUS
from shared.web.paging import paged, read_cursor
from shared.web.problems import Problem
from shared.web.runs import KINDS, AuditRuns
from shared.web.sending import LastEventId
from shared.web.streams import stream

ROWS = 50
COMPACT_ROWS = 5
LONGEST_LOOK_SECONDS = 20.0

After = Annotated[str | None, Query(max_length=80)]


def pages(context: Context) -> APIRouter:
    here = ReportingPages(context)
    router = APIRouter()
    router.get("/t/{tenant}/")(here.dashboard)
    router.get("/t/{tenant}/visits")(here.visits)
    router.get("/t/{tenant}/live")(here.live)
    router.get("/t/{tenant}/live/stream")(here.live_stream)
    router.get("/t/{tenant}/audit")(here.audit)
    router.get("/t/{tenant}/audit/result")(here.audit_result)
    router.post("/t/{tenant}/audit/{kind}")(here.start_audit)
    return router


class ReportingPages:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._audits = AuditRuns(context.audits, context.clock.now)
        self._summaries = live_page.Summaries(context)

    def dashboard(self, tenant: str, year: str | None = None, after: After = None) -> HTMLResponse:
        town = self._context.municipality(tenant)
        self._context.wait_for(after, tenant, (live_page.FIGURES.name,))
        with self._context.reading("reporting", tenant) as connection:
            span = queries.served_span(connection, tenant)
        chosen = _fiscal_year(year, span, self._context)
        summary = self._summaries.of(tenant, queries.Period(str(chosen.months[0]), str(chosen.months[-1])))
        return self._render(
            "dashboard",
            town,
            year=chosen,
            years=_years(span, chosen),
            months=_filled(summary.by["month"], chosen),
            total=summary.total,
            organisations=sorted(summary.by["organisation_id"], key=lambda row: number_order(row.key)),
            districts=summary.by["district_id"],
            now=live_page.look_now(self._context, self._summaries, tenant, COMPACT_ROWS),
        )

    def visits(
        self,
        tenant: str,
        month: str = "",
        organisation: str = "",
        state: str = "",
        reason: str = "",
        text: str = "",
        cursor: str | None = None,
        after: After = None,
    ) -> HTMLResponse:
        town = self._context.municipality(tenant)
        fresh = self._context.wait_for(after, tenant, (live_page.FIGURES.name,))
        chosen = {"month": month, "organisation": organisation, "state": state, "reason": reason, "text": text.strip()}
        only = _filter(chosen)
        with self._context.reading("reporting", tenant) as connection:
            rows = queries.list_visits(connection, tenant, only, read_cursor(cursor), ROWS + 1)
            organisations = queries.organisation_names(connection, tenant)
            span = queries.served_span(connection, tenant)
        page = paged(rows, ROWS, lambda row: (row.served_on, row.visit_id))
        return self._render(
            "visits",
            town,
            page=page,
            organisations=organisations,
            organisation_choices=[
                (id_, f"{organisations[id_]} ({id_})") for id_ in sorted(organisations, key=number_order)
            ],
            months=[(month, wareki_month(month)) for month in _months(span)],
            chosen=chosen,
            reasons=REASON,
            states=STATUS,
            path=f"?{urlencode({name: value for name, value in chosen.items() if value})}&",
            people=self._context.names(tenant, {row.person for row in page.rows}, "訪問の一覧"),
            fresh=fresh,
        )

    def live(self, tenant: str) -> HTMLResponse:
        town = self._context.municipality(tenant)
        return self._render("live", town, now=live_page.look_now(self._context, self._summaries, tenant))

    async def live_stream(
        self, tenant: str, after: After = None, rows: int = live_page.TICKER_ROWS, last_event_id: LastEventId = None
    ) -> Response:
        rows = max(1, min(rows, live_page.TICKER_ROWS))
        return stream(
            self._context.bell,
            last_event_id or after or "",
            lambda last: live_page.fragments(self._context, self._summaries, tenant, rows, last),
        )

    def audit(self, tenant: str) -> HTMLResponse:
        return self._render("audit", self._context.municipality(tenant), runs=self._audits.last(tenant))

    def audit_result(self, tenant: str) -> HTMLResponse:
        """The fragment with the results, as soon as nothing runs any more."""
        runs = self._audits.wait(tenant, LONGEST_LOOK_SECONDS)
        town = self._context.municipality(tenant)
        return HTMLResponse(self._context.pages.fragment("reporting/audit_result.html", town=town, runs=runs))

    def start_audit(self, tenant: str, kind: str) -> Response:
        self._context.municipality(tenant)
        if kind not in KINDS:
            raise Problem(404, "not_found", f"監査「{kind}」はありません。監査のページから選んでください。")
        self._audits.start(tenant, kind)
        return RedirectResponse(f"/t/{tenant}/audit", 303)

    def _render(self, template: str, town: Municipality, **values: Any) -> HTMLResponse:
        return self._context.pages.render(f"reporting/{template}.html", town=town, here=template, **values)


Span = tuple[str, str] | None


def _fiscal_year(text: str | None, span: Span, context: Context) -> FiscalYear:
    """The year that was asked for, else that of the last visit, else the current one."""
    if text:
        try:
            return FiscalYear.parse(text)
        except ValueError as error:
            raise Problem(422, "invalid", f"年度{error}") from error
    return FiscalYear.of(Month.parse(span[1]).first if span else context.today)


def _years(span: Span, chosen: FiscalYear) -> list[FiscalYear]:
    if span is None:
        return [chosen]
    first, last = (FiscalYear.of(Month.parse(month).first).year for month in span)
    return [FiscalYear(year) for year in range(first, last + 1)]


def _filled(months: list[queries.Figures], year: FiscalYear) -> list[queries.Figures]:
    """Every month of the year in which visits were made or money was granted, without holes between them."""
    known = {figures.key: figures for figures in months}
    if not known:
        return []
    return [
        known.get(str(month), queries.Figures(key=str(month), name=""))
        for month in year.months
        if min(known) <= str(month) <= max(known)
    ]


def _months(span: Span) -> list[str]:
    if span is None:
        return []
    month, last = Month.parse(span[0]), Month.parse(span[1])
    found = []
    while month <= last:
        found.append(str(month))
        month = month.next()
    return found[::-1]


def _filter(chosen: dict[str, str]) -> queries.VisitFilter:
    try:
        month = str(Month.parse(chosen["month"])) if chosen["month"] else None
    except ValueError as error:
        raise Problem(422, "invalid", f"月{error}") from error
    return queries.VisitFilter(
        month=month,
        organisation_id=chosen["organisation"] or None,
        status=chosen["state"] or None,
        reason=chosen["reason"] or None,
        text=chosen["text"] or None,
    )
