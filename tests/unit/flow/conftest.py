from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.adapters.sql_store import SqlStore
from shared.flow.handle import Desk
from tests.fakes import SetClock
from tests.tally import TALLY


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    opened = SqlStore(tmp_path / "tally.db", TALLY.contract, synchronous="OFF")
    yield opened
    opened.close()


@pytest.fixture
def desk(store: SqlStore) -> Desk:
    return Desk(store, TALLY, SetClock())
