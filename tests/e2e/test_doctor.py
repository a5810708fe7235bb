"""What the doctor sees: nothing on a good day, and by name what somebody has to look after."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from services.wiring import Embedded
from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.ports import Parked, Quarantined, Unavailable
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


READERS = ("billing.assess_visits", "billing.assessments", "points.assess_earnings")


def set_aside(office: Office, numbers: range, readers: Sequence[str] = READERS) -> None:
    """These messages of one partition, as each of the readers does."""
    since = office.clock.now()
    for name in readers:
        with office.embedded.system.store(name.partition(".")[0]).begin(()) as tx:
            for number in numbers:
                at = (since + timedelta(seconds=number)).isoformat(timespec="seconds")
                tx.quarantine(Quarantined(name, f"yui.requests.v1/3/{number}", b"?", "読めません。", at))


def test_a_message_set_aside_is_one_line_however_many_have_read_it_below_what_stands_still(office: Office) -> None:
    set_aside(office, range(2))
    with office.embedded.system.store("points").begin([TAKAMATSU]) as tx:
        tx.park(Parked(READERS[2], TAKAMATSU, "requests", 7, "理由", "2016-11-01T01:00:00+00:00"))
    answer = office.yui("doctor")
    lines = answer.out.splitlines()
    aside = [line for line in lines if line.startswith("隔離: ")]
    assert [line.split(": ")[1] for line in aside] == ["yui.requests.v1/3/1", "yui.requests.v1/3/0"]
    assert "読めません。（billing.assess_visits など 3 購読、2016-11-01T01:00:01+00:00）" in aside[0]
    assert lines.index(f"停止中: {READERS[2]} {TAKAMATSU} — requests の 7 番: 理由") < lines.index(aside[0])
    assert answer.code == 1


def test_many_messages_set_aside_are_ten_lines_and_a_number(office: Office) -> None:
    set_aside(office, range(13))
    answer = office.yui("doctor")
    aside = [line for line in answer.out.splitlines() if line.startswith("隔離: ")]
    assert len(aside) == 11
    assert "yui.requests.v1/3/12" in aside[0]
    assert aside[-1].startswith("隔離: ほか 3 件")
    assert "事実は台帳から取り寄せるので、失われたものはありません" in answer.out
    document = office.yui("doctor", "--json").json
    assert len(document["quarantined"]) == 13 * len(READERS)
    assert set(document["quarantined"][0]) == {"subscription", "place", "reason", "since"}


def test_what_was_set_aside_a_day_ago_is_a_number_and_no_illness(office: Office) -> None:
    """Also when somebody reads it for the first time only now."""
    set_aside(office, range(2))
    assert office.yui("doctor", "--json").code == 1
    office.next_day(2)
    set_aside(office, range(1), ["reporting.visits"])
    told = office.done("doctor").out
    assert "隔離してから1日を過ぎた伝言: 2 件" in told
    assert "隔離: " not in told
    assert "異常はありません。" in told
    assert len(office.done("doctor", "--json").json["quarantined"]) == 2 * len(READERS) + 1


def test_everything_that_stands_still_of_a_municipality_is_taken_up_by_one_command(office: Office) -> None:
    stopped = ["billing.assess_visits", "points.assess_earnings", "reporting.figures"]
    system = office.embedded.system
    for name in stopped:
        with system.part_of(name).store.begin([TAKAMATSU]) as tx:
            tx.park(Parked(name, TAKAMATSU, "requests", 7, "理由", "2016-11-01T01:00:00+00:00"))
    waited = office.take("visits", lines_of(WORKED_LINES))
    assert waited.code == 1
    assert waited.err.count("\n") == len(stopped) + 1
    assert f"yui doctor --retry all --tenant {TAKAMATSU}" in waited.err
    told = office.done("doctor", "--retry", "all", "--tenant", TAKAMATSU).out
    assert told == "".join(f"{name} {TAKAMATSU}: 再開しました。\n" for name in stopped)
    assert sum(row["subsidy_yen"] for row in office.statement()["visits"]) == 2_500
    assert office.done("doctor", "--retry", "all", "--tenant", TAKAMATSU).out == (
        f"{TAKAMATSU}: 止まっている処理はありません。\n"
    )


def test_what_is_taken_up_though_it_does_not_stand_still_is_said(office: Office) -> None:
    name = "billing.assess_visits"
    with office.embedded.system.store("billing").begin([TAKAMATSU]) as tx:
        tx.park(Parked(name, TAKAMATSU, "requests", 7, "理由", "2016-11-01T01:00:00+00:00"))
    assert office.done("doctor", "--retry", name, "--tenant", TAKAMATSU).out == f"{name} {TAKAMATSU}: 再開しました。\n"
    assert office.done("doctor", "--retry", name, "--tenant", TAKAMATSU).out == (
        f"{name} {TAKAMATSU}: 止まっていませんでした。\n"
    )
