"""A gateway by itself: pages and commands in front of PostgreSQL, whoever else is there or not."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from threading import Thread

import httpx
import pytest

from deploy.servers import HOST, free_port
from services.app import build_app
from services.cli.session import gateway
from services.coordination.commands import JoinMunicipality
from services.distributed import CONTRACTS, Gateway
from services.parts import SERVICES
from services.settings import Settings, distributed
from shared.adapters.sql_postgres import PostgresStore, open_engine
from shared.flow.handle import Accepted, Request
from shared.flow.ports import Parked
from tests.commands import Answer, Commands
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


def join(running: Gateway) -> None:
    joining = Request(TAKAMATSU, JoinMunicipality("高松市", date(2016, 4, 1)), "clerk", "test", "trace")
    (outcome,) = running.system.handle("coordination", [joining])
    assert isinstance(outcome, Accepted)


def park_as_a_worker(running: Gateway, *subscriptions: str) -> None:
    database = running.settings.database
    for name in subscriptions:
        service = name.partition(".")[0]
        engine = open_engine(database.url, database.secrets, service, "worker")
        with closing(PostgresStore(engine, CONTRACTS[service])) as store, store.begin([TAKAMATSU]) as tx:
            tx.park(Parked(name, TAKAMATSU, "coordination", 1, "UnknownType: 未来の種類", "2016-11-01T00:00:00+00:00"))


def parked(running: Gateway) -> set[str]:
    return {row.subscription for row in running.system.parked()}


def test_it_is_ready_and_records_while_kafka_is_away(without_kafka: Gateway) -> None:
    until(lambda: bool(without_kafka.degraded()))
    answer = asked(without_kafka, "/readyz")
    document = answer.json()
    assert (answer.status_code, document["failures"], list(document["degraded"])) == (200, {}, ["live"])
    join(without_kafka)


def test_a_command_that_waits_for_what_another_process_parks_meanwhile_ends_and_says_so(
    without_kafka: Gateway, tmp_path: Path
) -> None:
    """Everything that follows the municipality is parked but the view that is retried, which nobody works for here."""
    name, system = "coordination.municipalities", without_kafka.system
    join(without_kafka)
    park_as_a_worker(without_kafka, *[consumer for part in system.parts.values() for consumer in part.subscriptions])
    answers: list[Answer] = []

    def retry() -> None:
        yui = Commands(without_kafka, tmp_path).yui
        answers.append(yui("doctor", "--retry", name, "--tenant", TAKAMATSU))

    waiting = Thread(target=retry, daemon=True)
    waiting.start()
    until(lambda: name not in parked(without_kafka))
    park_as_a_worker(without_kafka, name)
    waiting.join(20)
    assert [answer.code for answer in answers] == [1]
    assert "UnknownType: 未来の種類" in answers[0].err
