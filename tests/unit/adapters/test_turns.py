"""The stores of a process take turns at working; while one waits for the disk, another works."""

from pathlib import Path
from threading import Event, Thread

import pytest
import sqlalchemy as sa

from shared.adapters.fair_lock import FairLock
from shared.adapters.sql_sqlite import SqliteStore
from tests.tally import TALLY


@pytest.mark.parametrize("within_a_turn", [False, True])
def test_another_store_works_while_one_commits(tmp_path: Path, within_a_turn: bool) -> None:
    turns, committing, other_is_done = FairLock(), Event(), Event()
    slow, other = [SqliteStore(tmp_path / f"{name}.db", TALLY.contract, turns=turns) for name in ("slow", "other")]
    done: list[str] = []

    def wait_for_the_disk(_connection: sa.Connection) -> None:
        committing.set()
        assert other_is_done.wait(30)

    def work_slowly() -> None:
        with slow.begin(()) as tx:
            sa.event.listen(slow._writer, "commit", wait_for_the_disk)
            tx.on_commit(lambda: done.append("slow"))

    def work() -> None:
        if within_a_turn:
            with turns.turn(urgent=False):
                work_slowly()
                assert turns.is_mine
        else:
            work_slowly()

    thread = Thread(target=work)
    thread.start()
    assert committing.wait(30)
    with other.begin(()) as tx:
        tx.on_commit(lambda: done.append("other"))
    other_is_done.set()
    thread.join()
    assert done == ["other", "slow"]
    for store in (slow, other):
        store.close()


def test_a_store_that_commits_is_closed_to_the_next_writer(tmp_path: Path) -> None:
    store, committing, waiting = SqliteStore(tmp_path / "one.db", TALLY.contract), Event(), Event()
    done: list[str] = []

    def wait_for_the_disk(_connection: sa.Connection) -> None:
        if not committing.is_set():
            committing.set()
            waiting.wait(0.05)

    def first() -> None:
        with store.begin(()) as tx:
            sa.event.listen(store._writer, "commit", wait_for_the_disk)
            tx.on_commit(lambda: done.append("first"))

    thread = Thread(target=first)
    thread.start()
    assert committing.wait(30)
    with store.begin(()):
        done.append("second")
    thread.join()
    assert done == ["first", "second"]
    store.close()
