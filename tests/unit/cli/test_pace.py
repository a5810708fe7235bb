"""An import goes no faster than what follows it; when that stands still, the import goes on all the same."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from benchmarks.worlds import TAKAMATSU, opened
from services.cli import imports
from services.cli.imports import take_in_text
from services.cli.session import Session
from services.cli.tenants import add_municipality
from services.demo import large_visits
from services.wiring import Embedded
from shared.flow import handle, recent
from shared.flow.ports import Stretch
from shared.kernel.messages import Event

ROWS = 60


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    monkeypatch.setattr(imports, "BATCH", 2)
    monkeypatch.setattr(recent, "ROOM", 8)
    with opened(tmp_path) as session:
        add_municipality(session, TAKAMATSU, "高松市")
        session.system.settle([TAKAMATSU])
        yield session


def take_in_organisations(session: Session) -> int:
    files = large_visits(users=1, visits=1, organisations=ROWS, seed=1, months=1)
    return take_in_text(session, TAKAMATSU, "organisations", "".join(files.organisations), None, "test").accepted


def test_an_import_is_published_without_being_read_back(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    store = session.system.store("requests")
    read_back: list[Event] = []
    read_each = store.read_each

    def watched(stretches: Mapping[str, Stretch]) -> list[Event]:
        events = read_each(stretches)
        read_back.extend(events)
        return events

    monkeypatch.setattr(store, "read_each", watched)
    monkeypatch.setattr(session.system.parts["requests"].relay, "_batch", 1)
    assert take_in_organisations(session) == ROWS
    assert session.system.settle([TAKAMATSU]) == []
    assert len(read_back) < ROWS / 4, "only what was published between a commit and the word of it"


def test_an_import_does_not_wait_for_ever_for_what_stands_still(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handle, "PACE_SECONDS", 0.01)
    assert isinstance(session.running, Embedded)
    session.running.host.stop()
    assert take_in_organisations(session) == ROWS
    assert len(session.system.store("requests").unpublished()) == 1
