"""A gateway by itself: pages and commands in front of PostgreSQL, whoever else is there or not."""

from collections.abc import Iterator
from datetime import date

import httpx
import pytest

from deploy.servers import HOST, free_port
from services.app import build_app
from services.cli.session import gateway
from services.coordination.commands import JoinMunicipality
from services.distributed import Gateway
from services.parts import SERVICES
from services.settings import Settings, distributed
from shared.flow.handle import Accepted, Request
from tests.controls import TAKAMATSU
from tests.loops import run
from tests.servers_postgres import running_postgres
from tests.waiting import until


@pytest.fixture
def without_kafka() -> Iterator[Gateway]:
    """It shows the live windows, as `yui up` does; nobody listens where Kafka should be."""
    server = running_postgres()
    with server.database(server.template("services", SERVICES)) as database:
        environment = {
            "YUI_DATABASE_URL": database.url,
            "YUI_DATABASE_SECRETS": str(database.secrets),
            "YUI_KAFKA_SERVERS": f"{HOST}:{free_port()}",
        }
        settings = distributed(environment)
        assert settings is not None
        with gateway(settings) as running:
            running.follow_live()
            yield running


def asked(running: Gateway, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=build_app(running, Settings()))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(path)

    return run(ask())


def test_it_is_ready_and_records_while_kafka_is_away(without_kafka: Gateway) -> None:
    until(lambda: bool(without_kafka.degraded()))
    answer = asked(without_kafka, "/readyz")
    document = answer.json()
    assert (answer.status_code, document["failures"], list(document["degraded"])) == (200, {}, ["live"])
    joining = Request(TAKAMATSU, JoinMunicipality("高松市", date(2016, 4, 1)), "clerk", "test", "trace")
    (outcome,) = without_kafka.system.handle("coordination", [joining])
    assert isinstance(outcome, Accepted)
