from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.handle import Desk
from tests.fakes import SetClock
from tests.tally import COPYING, TALLY
from tests.unit.flow.towers import Tower


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "tally.db", TALLY.contract, synchronous="OFF")
    yield opened
    opened.close()


@pytest.fixture
def desk(store: SqliteStore) -> Desk:
    return Desk(store, TALLY, SetClock())


@pytest.fixture
def tower(tmp_path: Path) -> Iterator[Tower]:
    built = Tower(tmp_path, COPYING)
    yield built
    built.close()
