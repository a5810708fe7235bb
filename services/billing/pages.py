"""Pages of `billing`: the statement of a month, and the story of one visit's yen."""

from collections import defaultdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from services.billing import queries
from services.billing.api import FOLLOWED, SERVICE
from services.billing.explain import WORDS
from shared.kernel.dates import Month, months_between
from shared.web.context import Context, Municipality
from shared.web.formats import number_order, wareki_month
from shared.web.problems import Problem

MOST_ROWS = 1_000

After = Annotated[str | None, Query(max_length=80)]


def pages(context: Context) -> APIRouter:
    here = BillingPages(context)
    router = APIRouter()
    router.get("/t/{tenant}/statement")(here.statement)
    router.get("/t/{tenant}/explanation/{visit_id:path}")(here.explanation)
    return router


class BillingPages:
    def __init__(self, context: Context) -> None:
        self._context = context

    def statement(self, tenant: str, month: str = "", organisation: str = "", after: After = None) -> HTMLResponse:
        """All organisations of a month; of one organisation also its visits."""
        town = self._context.municipality(tenant)
        fresh = self._context.wait_for(after, tenant, FOLLOWED)
        with self._context.reading(SERVICE, tenant) as connection:
            span = queries.assessed_span(connection, tenant)
            chosen = _month(month, span, self._context)
            document = queries.month_statement(connection, tenant, str(chosen))
        months = [row for row in document["months"] if organisation in {"", row["organisation_id"]}]
        months.sort(key=lambda row: number_order(row["organisation_id"]))
        visits = [row for row in document["visits"] if row["organisation_id"] == organisation]
        visits.sort(key=lambda row: (row["served_on"], row["visit_id"]))
        return self._render(
            "statement",
            town,
            month=str(chosen),
            others=_choices(span, chosen),
            rules=document["rules"],
            organisation=organisation,
            organisations=self._context.organisations(tenant),
            rows=months,
            totals=_totals(months),
            pay_in=_pay_in(months),
            visits=visits[:MOST_ROWS],
            hidden=max(0, len(visits) - MOST_ROWS),
            people=self._context.names(tenant, {row["user_id"] for row in visits[:MOST_ROWS]}, "明細書"),
            today=self._context.today,
            fresh=fresh,
        )

    def explanation(self, tenant: str, visit_id: str, after: After = None) -> HTMLResponse:
        town = self._context.municipality(tenant)
        fresh = self._context.wait_for(after, tenant, FOLLOWED)
        story = queries.derive_visit(self._context.store(SERVICE), tenant, visit_id)
        if story is None:
            raise Problem(404, "not_found", self._without_yen(tenant, visit_id))
        people = self._context.names(tenant, [story["user"]], "金額の根拠")
        organisations = self._context.organisations(tenant)
        return self._render(
            "explanation", town, story=story, people=people, organisations=organisations, words=WORDS, fresh=fresh
        )

    def _without_yen(self, tenant: str, visit_id: str) -> str:
        match self._context.visit_status(tenant, visit_id):
            case None:
                return f"訪問番号「{visit_id}」は登録されていません。訪問の一覧から選んでください。"
            case "planned":
                return f"訪問番号「{visit_id}」はまだ予定です。訪問を記録すると、金額が計算されます。"
            case _:
                return (
                    f"訪問番号「{visit_id}」の金額はまだ計算されていません。少し待って、この画面を開き直してください。"
                )

    def _render(self, template: str, town: Municipality, **values: Any) -> HTMLResponse:
        here = "statement" if template == "statement" else "visits"
        return self._context.pages.render(f"billing/{template}.html", town=town, here=here, **values)


def _month(text: str, span: tuple[str, str] | None, context: Context) -> Month:
    """The month that was asked for, else the last one with visits, else the current one."""
    try:
        return Month.parse(text) if text else Month.parse(span[1]) if span else Month.of(context.today)
    except ValueError as error:
        raise Problem(422, "invalid", f"月{error}") from error


def _choices(span: tuple[str, str] | None, chosen: Month) -> list[tuple[str, str]]:
    known = [str(month) for month in months_between(Month.parse(span[0]), Month.parse(span[1]))] if span else []
    return [(month, wareki_month(month)) for month in sorted({*known, str(chosen)}, reverse=True)]


def _totals(rows: list[dict[str, Any]]) -> dict[str, int]:
    names = (
        "visits_done",
        "visits_subsidised",
        "per_visit_yen",
        "base_yen",
        "startup_yen",
        "adjustment_yen",
        "total_yen",
    )
    return {name: sum(row[name] for row in rows) for name in names}


def _pay_in(rows: list[dict[str, Any]]) -> list[tuple[str, int]]:
    """What is to be paid in which month, over all organisations."""
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        for month, yen in row["pay_in"].items():
            found[month] += yen
    return sorted(found.items())
