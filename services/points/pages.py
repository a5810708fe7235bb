"""Pages of `points`: balances, and one person's account."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from services.points import queries
from services.points.api import SERVICE
from shared.web.context import Context, Municipality
from shared.web.paging import paged, read_cursor, unreadable_cursor
from shared.web.problems import Problem

ROWS = 50
LATEST_ROWS = 50


def pages(context: Context) -> APIRouter:
    here = PointsPages(context)
    router = APIRouter()
    router.get("/t/{tenant}/points")(here.balances)
    router.get("/t/{tenant}/points/{person}")(here.account)
    return router


class PointsPages:
    def __init__(self, context: Context) -> None:
        self._context = context

    def balances(self, tenant: str, cursor: str | None = None) -> HTMLResponse:
        town = self._context.municipality(tenant)
        rows = queries.balances(self._context.store(SERVICE), tenant, _place(cursor), ROWS + 1)
        page = paged(rows, ROWS, lambda row: (str(row.earned_points), row.person))
        people = self._context.names(tenant, {row.person for row in page.rows}, "ポイントの一覧")
        return self._render("balances", town, page=page, people=people)

    def account(self, tenant: str, person: str) -> HTMLResponse:
        town = self._context.municipality(tenant)
        store, today = self._context.store(SERVICE), self._context.today
        document = queries.accounts(store, tenant, person, today, lambda people: {each: each for each in people})
        if not document["accounts"]:
            raise Problem(404, "not_found", "この人のポイントの口座はありません。一覧から選んでください。")
        return self._render(
            "account",
            town,
            person=person,
            people=self._context.names(tenant, [person], "ポイントの口座"),
            years=document["accounts"],
            rules=document["rules"],
            entries=queries.latest_entries(store, tenant, person, today, LATEST_ROWS),
            today=today,
        )

    def _render(self, template: str, town: Municipality, **values: Any) -> HTMLResponse:
        return self._context.pages.render(f"points/{template}.html", town=town, here="points", **values)


def _place(cursor: str | None) -> tuple[int, str] | None:
    place = read_cursor(cursor)
    if place is None:
        return None
    if not place[0].isdecimal():
        raise unreadable_cursor()
    return int(place[0]), place[1]
