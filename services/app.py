"""The HTTP application: every service's API and pages on one address, and what they are given."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from services.audit import replay_tenant, verify_tenant
from services.coordination import views as coordination_views
from services.demo import NOTICE
from services.people import shown_people
from services.requests import queries as requests_queries
from services.running import Running
from services.settings import Settings
from shared.adapters.http import LOOPBACK_HOSTS, Gate
from shared.adapters.ids import mint
from shared.flow.ports import Unavailable
from shared.web.bell import Bell
from shared.web.context import Context, Municipality, Named
from shared.web.problems import Problem, as_problem, problem_response
from shared.web.templating import STATIC, build_pages

SERVICES = ("requests", "billing", "points", "coordination", "reporting")
LARGEST_BODY_BYTES = 1_048_576


def build_app(running: Running, settings: Settings) -> FastAPI:
    """The application; `app.state.close()` ends the open streams, so that a server can stop at once."""
    context = build_context(running, demo=settings.demo)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        context.bell.start()
        yield
        context.bell.stop()

    app = FastAPI(
        title="Yui",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        max_body_size=LARGEST_BODY_BYTES,
    )
    app.state.close = context.bell.stop
    _add_probes(app, running)
    for service in SERVICES:
        app.mount(f"/api/{service}", import_module(f"services.{service}.api").api(context))
    for service in SERVICES:
        app.include_router(import_module(f"services.{service}.pages").pages(context), include_in_schema=False)
    app.mount(context.pages.static_path, StaticFiles(directory=STATIC), name="static")
    _answer_with_pages(app, context)
    app.add_middleware(Gate, hosts=LOOPBACK_HOSTS | set(settings.names))
    return app


def build_context(running: Running, *, demo: bool) -> Context:
    system = running.system
    folders = {name: Path(__file__).parent / name / "templates" for name in SERVICES}

    def names_of(tenant: str, people: Collection[str], actor: str, purpose: str) -> Mapping[str, Named]:
        try:
            return shown_people(system, tenant, people, actor, purpose)
        except Unavailable:
            return {}

    def organisations(tenant: str) -> Mapping[str, str]:
        with system.store("requests").reading(tenant) as connection:
            rows = requests_queries.list_organisations(connection, tenant)
        return {row.organisation_id: row.name for row in rows}

    def visit_status(tenant: str, visit_id: str) -> str | None:
        with system.store("requests").reading(tenant) as connection:
            return requests_queries.visit_status(connection, tenant, visit_id)

    def find_municipality(tenant: str) -> Municipality | None:
        with system.store("coordination").reading(tenant) as connection:
            return coordination_views.get_municipality(connection, tenant)

    def districts(tenant: str) -> Mapping[str, str]:
        with system.store("coordination").reading(tenant) as connection:
            return {row.district_id: row.name for row in coordination_views.list_districts(connection, tenant)}

    def replay(tenant: str) -> Mapping[str, Any]:
        system.settle([tenant])
        return replay_tenant(system, tenant, data=running.data)

    return Context(
        system=system,
        clock=system.clock,
        mint=mint,
        names_of=names_of,
        find_municipality=find_municipality,
        districts=districts,
        organisations=organisations,
        visit_status=visit_status,
        audits={"verify": lambda tenant: verify_tenant(system, tenant), "replay": replay},
        pages=build_pages(folders, NOTICE if demo else None),
        bell=Bell(system.progress),
        signals=running.signals,
    )


def _add_probes(app: FastAPI, running: Running) -> None:
    def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok")

    def readyz() -> JSONResponse:
        """Whether every store answers and every loop runs. What is degraded is told, and keeps nobody away."""
        reached = {name: part.store.heads() is not None for name, part in running.system.parts.items()}
        failures = running.failures()
        document = {"stores": reached, "failures": failures, "degraded": running.degraded()}
        return JSONResponse(document, 503 if failures else 200)

    def metrics() -> Response:
        return Response(generate_latest(running.registry), media_type=CONTENT_TYPE_LATEST)

    for path, probe in (("/healthz", healthz), ("/readyz", readyz), ("/metrics", metrics)):
        app.add_api_route(path, probe, response_model=None)


def _answer_with_pages(app: FastAPI, context: Context) -> None:
    headings = {404: "見つかりません", 403: "できません", 503: "いまは使えません"}

    async def answer(request: Request, error: Exception) -> Response:
        problem = as_problem(error)
        if request.url.path.startswith("/api/"):
            return problem_response(problem)
        heading = headings.get(problem.status, "うまくいきませんでした")
        _, _, of_town = request.url.path.partition("/t/")
        town = await run_in_threadpool(context.town_or_none, of_town.partition("/")[0])
        return context.pages.render("web/problem.html", problem.status, heading=heading, problem=problem, town=town)

    for kind in (Problem, RequestValidationError, HTTPException, Unavailable, Exception):
        app.add_exception_handler(kind, answer)
