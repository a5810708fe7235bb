"""A gateway by itself: pages and commands in front of PostgreSQL, whoever else is there or not."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
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
from shared.flow.ports import Parked, Position, Transaction
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


@contextmanager
def begun_by_a_worker(running: Gateway, subscription: str) -> Iterator[Transaction]:
    """As another process that has this subscription."""
    database, service = running.settings.database, subscription.partition(".")[0]
    engine = open_engine(database.url, database.secrets, service, "worker")
    with closing(PostgresStore(engine, CONTRACTS[service])) as store, store.begin([TAKAMATSU]) as tx:
        yield tx


def park(running: Gateway, *subscriptions: str) -> None:
    for name in subscriptions:
        with begun_by_a_worker(running, name) as tx:
            tx.park(Parked(name, TAKAMATSU, "coordination", 1, "UnknownType: 未来の種類", "2016-11-01T00:00:00+00:00"))


@contextmanager
def waiting_for(running: Gateway, folder: Path, *arguments: str) -> Iterator[list[Answer]]:
    """A command at work meanwhile; afterwards its answer is in the list."""
    answers: list[Answer] = []
    waiting = Thread(target=lambda: answers.append(Commands(running, folder).yui(*arguments)), daemon=True)
    waiting.start()
    yield answers
    waiting.join(20)


def every_subscription(running: Gateway) -> list[str]:
    return [name for part in running.system.parts.values() for name in part.subscriptions]


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
    name = "coordination.municipalities"
    join(without_kafka)
    park(without_kafka, *every_subscription(without_kafka))
    with waiting_for(without_kafka, tmp_path, "doctor", "--retry", name, "--tenant", TAKAMATSU) as answers:
        until(lambda: name not in parked(without_kafka))
        park(without_kafka, name)
    assert [answer.code for answer in answers] == [1]
    assert f"{name} {TAKAMATSU}: 再開しましたが、また止まりました。" in answers[0].out
    assert "UnknownType: 未来の種類" in answers[0].err


def test_everything_that_is_parked_is_taken_up_by_one_command(without_kafka: Gateway, tmp_path: Path) -> None:
    join(without_kafka)
    names = every_subscription(without_kafka)
    park(without_kafka, *names)
    head = without_kafka.system.store("coordination").head(TAKAMATSU)
    with waiting_for(without_kafka, tmp_path, "doctor", "--retry", "all", "--tenant", TAKAMATSU) as answers:
        until(lambda: not parked(without_kafka))
        for name in names:
            with begun_by_a_worker(without_kafka, name) as tx:
                tx.move(name, 1, {("coordination", TAKAMATSU): Position(*head, 0, 0)})
    assert answers == [Answer(0, "".join(f"{name} {TAKAMATSU}: 再開しました。\n" for name in sorted(names)), "")]
