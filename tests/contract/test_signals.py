"""Commits on PostgreSQL are heard of, also after the server was started anew."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from queue import Empty, Queue

import pytest

from deploy.postgres.server import Running, start
from shared.adapters.sql_migrate import migrate
from shared.adapters.sql_postgres import PostgresStore, open_engine
from shared.adapters.sql_signals import CommitListener, appended, moved
from shared.flow.ports import Parked, Position, Unavailable
from tests.contract.backends import NamedService
from tests.contract.chains import chain
from tests.controls import TAKAMATSU
from tests.tally import TALLY

PATIENCE_SECONDS = 20


@pytest.fixture
def server(open_folder: Path) -> Iterator[Running]:
    running = start(open_folder, durable=False)
    yield running
    running.stop()


def until_it_works(attempt: Callable[[], None]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return attempt()
        except Unavailable:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@contextmanager
def store_as(role: str, server: Running, secrets: Path) -> Iterator[PostgresStore]:
    engine = open_engine(f"postgresql://{server.address}/yui", secrets, "tally", role)
    with closing(PostgresStore(engine, TALLY.contract)) as store:
        yield store


def silence(heard: "Queue[str]") -> None:
    while True:
        try:
            heard.get(timeout=0.3)
        except Empty:
            return


def test_commits_are_heard_of_and_a_restart_of_the_server_is_survived(server: Running, tmp_path: Path) -> None:
    migrate(server.admin_url, tmp_path, [NamedService("tally")])
    engine = open_engine(f"postgresql://{server.address}/yui", tmp_path, "tally", "worker")
    store = PostgresStore(engine, TALLY.contract)
    heard: Queue[str] = Queue()
    listeners = [
        CommitListener(server.admin_url, [channel("tally")], partial(heard.put, name))
        for name, channel in (("appended", appended), ("moved", moved))
    ]
    for listener in listeners:
        listener.start()
    assert {heard.get(timeout=PATIENCE_SECONDS) for _ in listeners} == {"appended", "moved"}

    def append() -> None:
        with store.begin([TAKAMATSU]) as tx:
            head = tx.lock_heads([TAKAMATSU])[TAKAMATSU]
            tx.append(chain(1, head))

    append()
    assert heard.get(timeout=PATIENCE_SECONDS) == "appended"
    with store.begin([TAKAMATSU]) as tx:
        tx.move("sub", 1, {("tally", TAKAMATSU): Position(1, b"", 0, 0)})
    assert heard.get(timeout=PATIENCE_SECONDS) == "moved"
    with store.begin([TAKAMATSU]) as tx:
        tx.standing("sub")
    with pytest.raises(Empty):
        heard.get(timeout=0.3)

    server.stop()
    with pytest.raises(Unavailable):
        append()
    again = start(server.folder, server.port, durable=False)
    server.process = again.process
    until_it_works(append)
    assert {heard.get(timeout=PATIENCE_SECONDS) for _ in listeners} == {"appended", "moved"}
    silence(heard)
    append()
    assert heard.get(timeout=PATIENCE_SECONDS) == "appended"

    for listener in listeners:
        listener.stop()
    store.close()


def test_what_is_parked_and_taken_up_again_is_heard_of_like_a_position_that_moved(
    server: Running, tmp_path: Path
) -> None:
    migrate(server.admin_url, tmp_path, [NamedService("tally")])
    heard: Queue[str] = Queue()
    listener = CommitListener(server.admin_url, [moved("tally")], partial(heard.put, "moved"))
    with store_as("worker", server, tmp_path) as worker, store_as("api", server, tmp_path) as gateway:
        listener.start()
        heard.get(timeout=PATIENCE_SECONDS)
        with worker.begin([TAKAMATSU]) as tx:
            tx.park(Parked("sub", TAKAMATSU, "tally", 1, "reason", "2016-11-01"))
        heard.get(timeout=PATIENCE_SECONDS)
        for is_parked in (True, False):
            with gateway.begin([TAKAMATSU]) as tx:
                assert tx.unpark("sub", TAKAMATSU) is is_parked
        heard.get(timeout=PATIENCE_SECONDS)
        with pytest.raises(Empty):
            heard.get(timeout=0.3)
        listener.stop()
