"""The real application on a free port of this machine, with one month of two municipalities, on a fixed day."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Final

from services.app import build_app
from services.cli.console import Console
from services.cli.imports import take_in_text
from services.cli.rules import enact_document
from services.cli.session import Session
from services.cli.tenants import add_municipality
from services.coordination.figures import published_name
from services.demo import half_year
from services.library import packaged_rules
from services.settings import Settings
from services.wiring import Embedded, open_embedded
from shared.adapters.http import Server
from tests.controls import KOSAKA, TAKAMATSU
from tests.fakes import SetClock

MONTH: Final = "2016-10"
TODAY: Final = datetime(2016, 11, 10, 3, 0, tzinfo=UTC)
SEED: Final = 2016


@dataclass(frozen=True)
class Site:
    address: str
    embedded: Embedded

    def settle(self) -> None:
        assert self.embedded.system.settle([TAKAMATSU, KOSAKA]) == []


@contextmanager
def running_site(data: Path) -> Iterator[Site]:
    embedded = open_embedded(data, SetClock(TODAY))
    embedded.start()
    try:
        for tenant in (TAKAMATSU, KOSAKA):
            _bring(Session(embedded, _silent(data)), tenant)
        embedded.system.settle([TAKAMATSU, KOSAKA])
        with _served(embedded) as port:
            yield Site(f"http://127.0.0.1:{port}", embedded)
    finally:
        embedded.stop()


def _bring(session: Session, tenant: str) -> None:
    add_municipality(session, tenant, published_name(tenant) or tenant)
    for rules in packaged_rules():
        if rules.municipality == tenant:
            enact_document(session, tenant, rules)
    files = half_year(tenant, SEED)
    for kind in ("organisations", "people", "visits", "activities"):
        take_in_text(session, tenant, kind, _of_month(kind, getattr(files, kind)), None, f"test:{kind}")


def _of_month(kind: str, text: str) -> str:
    """The header and, of what happens on days, the rows of one month."""
    if kind in {"organisations", "people"}:
        return text
    header, *rows = text.splitlines()
    return "\n".join([header, *[row for row in rows if f",{MONTH}-" in row], ""])


def _silent(data: Path) -> Console:
    return Console(lambda _: None, lambda _: None, data, terminal=False)


@contextmanager
def _served(embedded: Embedded) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        app = build_app(embedded, Settings(demo=True))
        server = Server(app, app.state.close)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="server")
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.end()
            thread.join()
