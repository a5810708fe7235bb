"""rebuild: a new generation beside the live one, then switched."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.adapters.sql_sqlite import SqliteStore
from shared.adapters.sql_store import live_generation
from shared.flow import rebuild as rebuild_module
from shared.flow.ports import Position
from shared.flow.rebuild import rebuild
from shared.flow.system import System
from shared.kernel.messages import Head
from tests.controls import KOSAKA, MATSUDO, TAKAMATSU
from tests.projecting import all_rows
from tests.tally import LEVELS, SHOWING, Put, Take, request
from tests.unit.flow.whole import rest, whole_system


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    monkeypatch.setattr(rebuild_module, "BATCH", 2)
    built = whole_system(tmp_path)
    built.handle("tally", [request(TAKAMATSU, Put("a", 1, 5)), request(MATSUDO, Put("b", 2))])
    rest(built)
    yield built
    built.close()


def mirror(system: System) -> SqliteStore:
    store = system.store("mirror")
    assert isinstance(store, SqliteStore)
    return store


def built_anew(system: System) -> int:
    return rebuild(SHOWING, LEVELS, mirror(system), {"tally": system.store("tally")})


def rows(system: System, tenant: str = TAKAMATSU) -> list[Any]:
    with mirror(system).reading(TAKAMATSU) as connection:
        return all_rows(LEVELS, connection, live_generation(connection, LEVELS.name), tenant)


def tables(system: System) -> set[str]:
    with mirror(system).reading(TAKAMATSU) as connection:
        return {name for name in sa.inspect(connection).get_table_names() if name.startswith("levels")}


def test_the_new_generation_holds_what_the_old_one_held(system: System) -> None:
    before = [rows(system, town) for town in (TAKAMATSU, MATSUDO)]
    assert built_anew(system) == 6
    assert [rows(system, town) for town in (TAKAMATSU, MATSUDO)] == before
    assert tables(system) == {"levels__2"}


def test_a_view_that_had_gone_wrong_is_right_again(system: System) -> None:
    with mirror(system).begin([TAKAMATSU]) as tx:
        tx.connection.execute(sa.update(LEVELS.tables(1)["levels"]).values(level=99))
    built_anew(system)
    assert rows(system) == [("levels", TAKAMATSU, "a", 5)]


def test_a_ledger_that_never_rests_does_not_keep_the_rebuild_from_its_end(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = system.store("tally")
    looks, heads = count(1), ledger.heads

    def grown() -> dict[str, Head]:
        assert next(looks) < 10
        system.handle("tally", [request(TAKAMATSU, Put("a", 1))])
        return heads()

    monkeypatch.setattr(ledger, "heads", grown)
    built_anew(system)
    rest(system)
    assert rows(system) == [("levels", TAKAMATSU, "a", heads()[TAKAMATSU].seq)]


def test_the_view_goes_on_where_the_rebuild_ended(system: System) -> None:
    built_anew(system)
    system.handle("tally", [request(TAKAMATSU, Take("a", 2))])
    rest(system)
    assert rows(system) == [("levels", TAKAMATSU, "a", 3)]
    assert mirror(system).position("mirror.levels", ("tally", TAKAMATSU)) == 6
    assert built_anew(system) == 7
    assert tables(system) == {"levels__3"}


def test_a_half_built_generation_of_a_crash_is_begun_anew(system: System) -> None:
    with mirror(system).begin([TAKAMATSU]) as tx:
        LEVELS.open(tx.connection, 2)
        LEVELS.project(tx.connection, 2, system.store("tally").read(TAKAMATSU, 0, 3))
        event = system.store("tally").read(TAKAMATSU, 0, 3)[-1]
        tx.move("mirror.levels", 2, {("tally", TAKAMATSU): Position(3, event.hash, 0, 0)})
    assert built_anew(system) == 6
    assert rows(system) == [("levels", TAKAMATSU, "a", 5)]


def test_what_the_live_view_takes_up_at_the_last_moment_is_not_lost(system: System) -> None:
    class Late:
        """The ledger, seen by a rebuild that is a little slower than the live consumer."""

        service = "tally"
        read = system.store("tally").read
        head = system.store("tally").head
        calls = 0

        def heads(self) -> Any:
            self.calls += 1
            found = system.store("tally").heads()
            if self.calls == 2:
                system.handle("tally", [request(TAKAMATSU, Take("a", 1)), request(KOSAKA, Put("c", 7))])
                rest(system)
            return found

    applied = rebuild(SHOWING, LEVELS, mirror(system), {"tally": Late()})

    assert applied == 8
    assert rows(system) == [("levels", TAKAMATSU, "a", 4)]
    assert rows(system, KOSAKA) == [("levels", KOSAKA, "c", 7)]


def test_a_live_view_that_lags_behind_is_overtaken_and_nothing_counts_twice(system: System) -> None:
    system.handle("tally", [request(TAKAMATSU, Put("a", 10))])
    assert built_anew(system) == 7
    assert rows(system) == [("levels", TAKAMATSU, "a", 15)]
    rest(system)
    assert rows(system) == [("levels", TAKAMATSU, "a", 15)]


def test_the_place_on_the_bus_stays_where_it_was(system: System) -> None:
    source = ("tally", TAKAMATSU)
    with mirror(system).begin([TAKAMATSU]) as tx:
        live = tx.positions("mirror.levels", 1, {source})[source]
        tx.move("mirror.levels", 1, {source: live._replace(partition=7, offset=1_234)})
    built_anew(system)
    placed = {of: position for name, _, of, position in mirror(system).all_positions() if name == "mirror.levels"}
    assert placed[source] == live._replace(partition=7, offset=1_234)
