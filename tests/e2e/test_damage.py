"""Files that somebody or something has damaged are named; nothing is called sound that is not."""

import sqlite3
from pathlib import Path

import pytest

from shared.flow.ports import Damaged
from tests.by_hand import by_hand
from tests.controls import TAKAMATSU
from tests.e2e.office import WORKED_LINES, Office, founded, lines_of, open_office


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    with open_office(tmp_path) as opened:
        data = opened.embedded.data
    (data / "billing.db").write_bytes(b"not a database" * 400)
    for rest in data.glob("billing.db-*"):
        rest.unlink()
    with pytest.raises(Damaged, match=r"billing\.db: データベースのファイルが壊れています"), open_office(tmp_path):
        pass


def test_what_was_cut_off_behind_its_readers_is_an_illness(office: Office) -> None:
    office.take("visits", lines_of(WORKED_LINES))
    with sqlite3.connect(office.embedded.data / "requests.db") as connection:
        connection.execute("DROP TRIGGER ledger_refuses_delete")
        connection.execute("DELETE FROM ledger WHERE seq = (SELECT seq FROM heads)")
        connection.execute("UPDATE heads SET seq = seq - 1")
    connection.close()
    answer = office.yui("doctor")
    assert answer.code == 1
    assert "受け取った事実が台帳にありません" in answer.out


def test_streams_that_do_not_lead_to_their_events_are_named_and_made_anew(tmp_path: Path) -> None:
    ahead = "UPDATE streams SET version = version + 1 WHERE stream LIKE 'user_month-%'"
    with open_office(tmp_path) as opened:
        office = founded(opened)
        office.take("visits", lines_of(WORKED_LINES))
        before = office.statement()
        by_hand(tmp_path / "billing.db", ahead)
        answer = office.yui("audit", "verify", "--tenant", TAKAMATSU, "--service", "billing")
        assert answer.code == 1
        assert "billing" in answer.out
        assert "streams・earlier" in answer.out
    by_hand(tmp_path / "billing.db", "DROP TABLE streams", "DROP TABLE earlier")
    with open_office(tmp_path) as office:
        office.done("audit", "verify", "--tenant", TAKAMATSU)
        assert office.statement() == before
