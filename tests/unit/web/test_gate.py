"""Who is let in, and what browsers are told."""

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from shared.adapters.http import Gate
from tests.loops import run


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("inside")(scope, receive, send)


def ask(method: str = "GET", path: str = "/", **headers: str) -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app=Gate(inside))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, path, headers=named)

    return run(go())


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_this_machine_is_let_in_under_each_of_its_names(host: str) -> None:
    assert ask(Host=host).status_code == 200


@pytest.mark.parametrize("host", ["yui.example", "127.0.0.1.example", "", "[2001:db8::1]"])
def test_other_names_are_not(host: str) -> None:
    assert ask(Host=host).status_code == 403


def test_a_program_may_write() -> None:
    assert ask("POST").status_code == 200


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_pages_may_write(site: str) -> None:
    assert ask("POST", Sec_Fetch_Site=site, Origin="http://127.0.0.1:8000").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:9000"},
        {"Origin": "null"},
    ],
)
def test_other_sites_may_not_write(headers: dict[str, str]) -> None:
    assert ask("POST", **headers).status_code == 403


def test_a_link_from_another_site_may_be_followed() -> None:
    assert ask(Sec_Fetch_Site="cross-site").status_code == 200


def test_browsers_are_told_what_a_page_may_load_and_what_to_keep() -> None:
    answer = ask()
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    assert answer.headers["cache-control"] == "no-store"
    assert ask(path="/static/abc/base.css").headers["cache-control"].endswith("immutable")


@pytest.mark.parametrize("path", ["/t/372013/visits?text=a%00b", "/t/372013/visit/%00"])
def test_an_address_with_a_nul_is_refused(path: str) -> None:
    assert ask(path=path).status_code == 400


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_who_keeps_the_processes_running_may_ask_by_address(path: str) -> None:
    assert ask(path=path, Host="10.244.1.7:8000").status_code == 200
    assert ask("POST", path=path, Host="10.244.1.7:8000").status_code == 403
