"""What the doctor sees: nothing on a good day, and by name what somebody has to look after."""

import pytest

from services.wiring import Embedded
from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.ports import Unavailable
from tests.controls import TAKAMATSU
from tests.e2e.office import WORKED_LINES, Office, lines_of


def test_nothing_is_wrong_on_a_good_day(office: Office) -> None:
    document = office.done("doctor", "--json").json
    assert list(document) == [
        "versions", "stores", "bus", "positions", "lags", "gaps", "parked", "quarantined", "loops", "clock",
    ]  # fmt: skip
    assert all(row["reachable"] for row in document["stores"])
    assert document["bus"] == {"reachable": True, "fits": True, "reason": ""}
    assert {row["events"] for row in document["lags"]} == {0}
    assert "異常はありません。" in office.done("doctor").out


def test_what_does_not_come_is_named_with_the_municipality_and_the_number(office: Office) -> None:
    office.embedded.host.stop()
    before = office.embedded.system.store("requests").head(TAKAMATSU).seq
    office.yui("import", "visits", office.file(lines_of(WORKED_LINES)), "--tenant", TAKAMATSU, "--no-wait")
    assert office.done("doctor", "--json").json["gaps"] == []
    office.clock.pass_days(1)
    answer = office.yui("doctor", "--json")
    gap = next(row for row in answer.json["gaps"] if row["subscription"] == "billing.assess_visits")
    assert (gap["tenant"], gap["source"], gap["seq"]) == (TAKAMATSU, "requests", before)
    assert gap["seconds"] >= 86_400
    assert answer.code == 1
    told = office.yui("doctor").out
    assert f"届いていない: billing.assess_visits {TAKAMATSU} — requests の {before + 1} 番" in told
    assert "発行 requests: " in told
    assert told.endswith("手当てが必要です。\n")


def test_a_store_that_cannot_be_reached_is_said_beside_those_that_can(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = SqliteStore.heads

    def away(store: SqliteStore) -> object:
        if store.service == "billing":
            raise Unavailable("disk I/O error")
        return heads(store)

    monkeypatch.setattr(SqliteStore, "heads", away)
    document = office.yui("doctor", "--json").json
    assert {row["service"]: row["reachable"] for row in document["stores"]} == {
        "coordination": True, "requests": True, "billing": False, "points": True, "reporting": True,
    }  # fmt: skip
    answer = office.yui("doctor")
    assert "台帳 billing に届きません: disk I/O error" in answer.out
    assert answer.code == 1


def test_a_bus_that_cannot_be_asked_is_said(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_embedded: Embedded) -> None:
        raise Unavailable("Kafka: no broker answers")

    monkeypatch.setattr(Embedded, "check_bus", away)
    answer = office.yui("doctor")
    assert "バスに届きません: Kafka: no broker answers" in answer.out
    assert answer.code == 1
