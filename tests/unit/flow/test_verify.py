"""verify: a changed, removed, inserted, reordered or cut-off event is named (decision 2)."""

import sqlite3
from collections.abc import Iterable

import pytest
import sqlalchemy as sa

from shared.adapters.sql_sqlite import SqliteStore
from shared.adapters.sql_tables import ledger
from shared.flow import verify as verify_module
from shared.flow.handle import Desk, handle
from shared.flow.ports import Position
from shared.flow.verify import Verified, pages, verify
from shared.kernel.messages import START, Head
from tests.controls import MATSUDO, TAKAMATSU
from tests.tally import Put, request


@pytest.fixture(autouse=True)
def seven_events(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_module, "PAGE", 3)
    handle(desk, [request(town, Put("a", number)) for number in range(7) for town in (TAKAMATSU, MATSUDO)])


def tamper(store: SqliteStore, *statements: str) -> None:
    """What somebody could do to the file by hand."""
    connection = sqlite3.connect(store.path)
    for guard in ("update", "delete"):
        connection.execute(f"DROP TRIGGER ledger_refuses_{guard}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def seen(store: SqliteStore, *names_and_seqs: tuple[str, int]) -> list[tuple[str, Position]]:
    events = {event.seq: event for event in store.read(TAKAMATSU, 0, 99)}
    return [(name, Position(seq, events[seq].hash, 0, 0)) for name, seq in names_and_seqs]


def found(store: SqliteStore, marks: Iterable[tuple[str, Position]] = ()) -> list[tuple[int, str]]:
    result = verify(store, TAKAMATSU, marks)
    assert verify(store, MATSUDO, []).breaks == ()
    assert all((one.service, one.tenant) == ("tally", TAKAMATSU) for one in result.breaks)
    return [(one.seq, one.what[:12]) for one in result.breaks]


def test_an_untouched_ledger_holds(store: SqliteStore) -> None:
    marks = seen(store, ("mirror.levels", 7), ("mirror.copying", 4))
    assert verify(store, TAKAMATSU, marks) == Verified("tally", 7, store.head(TAKAMATSU), ())


def test_an_empty_ledger_holds(store: SqliteStore) -> None:
    assert verify(store, "999997", []) == Verified("tally", 0, START, ())


CHANGES = {
    "stream": "jar-z",
    "version": 99,
    "type": "yui.tally.taken.v1",
    "time": "2016-11-01T01:02:03.001Z",
    "actor": "other",
    "cause": "other",
    "correlation": "other",
    "data": b"{}",
    "prevhash": bytes(32),
    "hash": bytes(32),
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_event_is_named(store: SqliteStore, column: str) -> None:
    tamper(store)
    fourth = (ledger.c.tenant == TAKAMATSU) & (ledger.c.seq == 4)
    with store.begin([TAKAMATSU]) as tx:
        tx.connection.execute(sa.update(ledger).where(fourth).values({column: CHANGES[column]}))
    assert [seq for seq, _ in found(store)] == [4]


def test_a_removed_event_is_named(store: SqliteStore) -> None:
    tamper(store, "DELETE FROM ledger WHERE tenant = '372013' AND seq = 4")
    assert found(store) == [(5, "番号が 3 から 5 に")]


def test_exchanged_events_are_named(store: SqliteStore) -> None:
    tamper(
        store,
        "UPDATE ledger SET seq = -4 WHERE tenant = '372013' AND seq = 4",
        "UPDATE ledger SET seq = 4 WHERE tenant = '372013' AND seq = 5",
        "UPDATE ledger SET seq = 5 WHERE tenant = '372013' AND seq = -4",
    )
    assert found(store) == [(4, "直前の事実とつながりませ")]


def test_an_inserted_event_is_named(store: SqliteStore) -> None:
    columns = "stream, 99, type, time, actor, cause, correlation, data, prevhash, hash FROM ledger"
    tamper(store, f"INSERT INTO ledger SELECT tenant, 8, {columns} WHERE tenant = '372013' AND seq = 7")
    assert found(store) == [(8, "直前の事実とつながりませ")]


def test_a_cut_off_tail_is_named(store: SqliteStore) -> None:
    tamper(store, "DELETE FROM ledger WHERE tenant = '372013' AND seq > 5")
    assert found(store) == [(6, "台帳の先頭の記録（7）と")]


def test_a_tail_cut_off_together_with_its_head_is_named_by_those_who_have_seen_it(store: SqliteStore) -> None:
    marks = seen(store, ("mirror.levels", 7), ("mirror.copying", 6), ("mirror.doubling", 5))
    tamper(
        store,
        "DELETE FROM ledger WHERE tenant = '372013' AND seq > 5",
        "UPDATE heads SET seq = 5, hash = (SELECT hash FROM ledger WHERE tenant = '372013' AND seq = 5)"
        " WHERE tenant = '372013'",
    )
    assert found(store, marks) == [(6, "購読 mirror.co")]


def test_a_tail_written_anew_is_named_by_those_who_have_seen_another(desk: Desk, store: SqliteStore) -> None:
    marks = seen(store, ("mirror.levels", 7), ("mirror.copying", 6))
    tamper(
        store,
        "DELETE FROM ledger WHERE tenant = '372013' AND seq > 5",
        "UPDATE heads SET seq = 5, hash = (SELECT hash FROM ledger WHERE tenant = '372013' AND seq = 5)"
        " WHERE tenant = '372013'",
    )
    handle(desk, [request(TAKAMATSU, Put("a", 100, 3))])
    assert found(store, marks) == [(6, "購読 mirror.co")]


def test_from_where_it_was_found_whole_only_the_rest_is_read(store: SqliteStore) -> None:
    whole = verify(store, TAKAMATSU, [])
    tamper(store, "UPDATE ledger SET actor = 'other' WHERE tenant = '372013' AND seq = 6")
    fourth = store.read(TAKAMATSU, 3, 1)[0].head
    assert verify(store, TAKAMATSU, [], after=whole.head).breaks == ()
    assert [broken.seq for broken in verify(store, TAKAMATSU, [], after=fourth).breaks] == [6]


class Growing(SqliteStore):
    """A ledger to which others append while it is read."""

    desk: Desk

    def head(self, tenant: str) -> Head:
        head = super().head(tenant)
        handle(self.desk, [request(tenant, Put("a", 1))])
        return head


def test_a_ledger_that_grows_meanwhile_holds(store: SqliteStore, desk: Desk) -> None:
    growing = Growing(store.path, store.contract, synchronous="OFF")
    growing.desk = desk
    assert verify(growing, TAKAMATSU, []) == Verified("tally", 8, store.read(TAKAMATSU, 7, 1)[0].head, ())
    growing.close()


def test_pages_end_where_they_are_asked_to(store: SqliteStore) -> None:
    def seqs(through: int | None) -> list[list[int]]:
        return [[event.seq for event in page] for page in pages(store, TAKAMATSU, through)]

    assert seqs(None) == [[1, 2, 3], [4, 5, 6], [7]]
    assert seqs(6) == [[1, 2, 3], [4, 5, 6]]
    assert seqs(4) == [[1, 2, 3], [4]]
    assert seqs(9) == [[1, 2, 3], [4, 5, 6], [7]]


@pytest.mark.parametrize("column", ["data", "hash", "prevhash", "stream", "actor"])
@pytest.mark.parametrize("changed", ["CAST({} AS TEXT) || 'x'", "x'ff' || {}", "CAST({} AS BLOB) || x'ff'"])
def test_a_value_of_another_kind_is_named_like_any_other_change(store: SqliteStore, column: str, changed: str) -> None:
    change = f"{column} = {changed.format(column)}"
    tamper(store, f"UPDATE ledger SET {change} WHERE tenant = '{TAKAMATSU}' AND seq = 4")  # noqa: S608 - by hand
    assert [seq for seq, _ in found(store)] == [4]
