"""The page of `coordination`: the municipalities that have joined."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from services.coordination import views
from shared.web.context import Context


def pages(context: Context) -> APIRouter:
    router = APIRouter()

    def municipalities() -> HTMLResponse:
        with context.reading("coordination", *context.tenants()) as connection:
            rows = views.list_municipalities(connection)
        return context.pages.render("coordination/municipalities.html", rows=rows)

    router.get("/")(municipalities)
    return router
