"""The promised commands: their names, the keys of their JSON, their exit codes, the worked case through them."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from services.requests.entries import VisitEntry
from shared.kernel.csv_reading import BadRow
from shared.kernel.kinds import parse_visits
from tests.controls import KOSAKA, TAKAMATSU
from tests.e2e.office import (
    PEOPLE,
    WORKED_LINES,
    Office,
    founded,
    lines_of,
    open_office,
    visit_line,
)

TENANT = ("--tenant", TAKAMATSU)
ASSESSMENT_KEYS = ["rules", "total_yen", "visits", "months", "adjustments"]


def yen(assessment: Any) -> dict[str, int]:
    return {row["visit_id"]: row["subsidy_yen"] for row in assessment["visits"]}


def explain(office: Office, visit_id: str) -> Any:
    return office.done("billing", "explain", visit_id, *TENANT, "--json").json


# ------------------------------------------------------------------------------------------ the worked case


def test_the_worked_case_from_import_to_replay(office: Office) -> None:
    assert office.take("visits", lines_of(WORKED_LINES)).json["accepted"] == 7
    before = office.statement()
    assert list(yen(before).values()) == [500, 500, 500, 500, 500, 0, 0]
    assert [row["reason"] for row in before["visits"]] == ["paid"] * 5 + ["over_cap"] * 2
    per_visit = {row["organisation_id"]: row["per_visit_yen"] for row in before["months"] if row["per_visit_yen"]}
    assert per_visit == {"O1": 1_500, "O2": 1_000}

    office.next_day()
    office.void("v05")
    after = office.statement()
    assert yen(after) == yen(before) | {"v05": 0, "v19": 500}
    assert sum(yen(after).values()) == 2_500
    assert office.statement("2016-10", "--known-on", "2016-11-01") == before
    assert office.statement("2016-10", "--known-on", "2016-11-02") == after

    story = explain(office, "v19")
    assert [step["reason"] for step in story["history"]] == [
        {"from": None, "to": "over_cap"},
        {"from": "over_cap", "to": "paid"},
    ]
    assert story["history"][1]["because"]["visit_id"] == "v05"
    assert story["history"][1]["recorded_at"].startswith("2016-11-02T")
    assert [row["visit_id"] for row in story["cap"]["before"]] == ["v03", "v07", "v12", "v14"]
    text = office.done("billing", "explain", "v19", *TENANT).out
    assert "訪問 v05（2016-10-05）が無効になった: 0円 → 500円、6 回目 → 5 回目" in text

    assert office.done("audit", "verify", *TENANT, "--json").json["breaks"] == []
    assert office.done("audit", "replay", *TENANT, "--json").json["identical"] is True


def test_the_seven_in_any_order_each_sent_twice_are_the_same_yen(office: Office) -> None:
    lines = WORKED_LINES * 2
    random.Random(7).shuffle(lines)
    report = office.take("visits", lines_of(lines)).json
    assert (report["accepted"], report["unchanged"], report["refused"]) == (7, 7, [])
    assert list(yen(office.statement()).values()) == [500, 500, 500, 500, 500, 0, 0]


def test_simulate_says_the_same_as_the_statement(office: Office) -> None:
    office.take("visits", lines_of(WORKED_LINES))
    simulated = office.done(
        "billing", "simulate", "--rules", "takamatsu-2016", "--visits", "file-3", "--organisations", "file-1",
        "--people", "file-2", "--through", "2016-10", "--json",
    ).json  # fmt: skip
    assert simulated == office.statement()


# ------------------------------------------------------------------------------------------ tenants and rules


def test_tenants_are_listed_in_the_order_of_their_codes(office: Office) -> None:
    office.done("tenant", "add", KOSAKA, "小坂町")
    listed = office.done("tenant", "list", "--json").json
    assert [(row["code"], row["name"]) for row in listed] == [(KOSAKA, "小坂町"), (TAKAMATSU, "高松市")]
    assert office.done("tenant", "list").out == f"{KOSAKA} 小坂町\n{TAKAMATSU} 高松市\n"


def test_where_no_tenant_is_registered_it_is_said_how_to_add_one(tmp_path: Path) -> None:
    with open_office(tmp_path) as empty:
        listed = empty.done("tenant", "list")
        assert (listed.out, listed.err.count("\n"), "yui tenant add" in listed.err) == ("", 1, True)
        as_json = empty.done("tenant", "list", "--json")
        assert (as_json.json, as_json.err) == ([], "")


def test_a_tenant_added_twice_is_said_to_be_known(office: Office) -> None:
    assert "登録済みです" in office.done("tenant", "add", TAKAMATSU, "高松市").out


def test_packaged_rules_are_listed(office: Office) -> None:
    listed = office.done("rules", "list", "--json").json
    assert [(row["id"], row["kind"], row["municipality"]) for row in listed] == [
        ("kosaka-2015", "points", KOSAKA),
        ("takamatsu-2016", "billing", TAKAMATSU),
    ]
    assert office.done("rules", "list").out.startswith("kosaka-2015 (points, 053031) ")


def test_rules_in_order_are_checked_and_enacted_twice_without_harm(office: Office) -> None:
    assert "施行済みです" in office.done("rules", "enact", "takamatsu-2016", *TENANT).out
    assert "施行済みです" in office.done("rules", "enact", "takamatsu-2016@2016-10-01", *TENANT).out


def test_two_rules_are_compared_clause_by_clause(office: Office) -> None:
    changed = office.file(packaged_text().replace("value: 5\n", "value: 4\n"), "kaisei.yaml")
    lines = office.done("rules", "diff", "takamatsu-2016", changed).out.splitlines()
    assert lines[:2] == ["--- takamatsu-2016", "+++ kaisei.yaml"]
    assert [line for line in lines[2:] if line[0] in "+-"] == ["-    value: 5", "+    value: 4"]


def packaged_text() -> str:
    folder = Path(__file__).parents[2] / "services" / "billing" / "rulebooks"
    return (folder / "takamatsu-2016.yaml").read_text(encoding="utf-8")


def test_rules_enacted_backwards_change_the_months_they_speak_of(office: Office) -> None:
    office.take("visits", lines_of(WORKED_LINES))
    text = packaged_text().replace("id: takamatsu-2016", "id: kaisei").replace("value: 2016-10-01", "value: 2016-10-10")
    office.done("rules", "enact", office.file(text.replace("value: 500\n", "value: 600\n"), "kaisei.yaml"), *TENANT)
    assert list(yen(office.statement()).values()) == [500, 500, 500, 600, 600, 0, 0]
    assert office.statement()["rules"] == ["kaisei@2016-10-10", "takamatsu-2016@2016-10-01"]
    assert explain(office, "v12")["history"][1]["because"] == {
        "kind": "rules_enacted",
        "own": False,
        "rules": "kaisei@2016-10-10",
    }
    assert office.done("audit", "replay", *TENANT, "--json").json["identical"] is True


# ------------------------------------------------------------------------------------------ import


def test_check_says_what_an_import_would_do_and_writes_nothing(office: Office) -> None:
    report = office.take("visits", lines_of([*WORKED_LINES, visit_line("v99", "2016-10-03", user="U9")]), "--check")
    assert (report.code, report.json["accepted"], len(report.json["refused"])) == (1, 7, 1)
    assert office.statement()["visits"] == []


def test_all_or_nothing_takes_nothing_when_one_row_is_bad(office: Office) -> None:
    bad = lines_of([*WORKED_LINES, visit_line("v99", "2016-10-03", user="U9")])
    report = office.take("visits", bad, "--all-or-nothing")
    assert (report.code, report.json["accepted"], len(report.json["refused"])) == (1, 0, 1)
    assert office.statement()["visits"] == []


def test_all_or_nothing_takes_everything_when_all_is_well(office: Office) -> None:
    assert office.take("visits", lines_of(WORKED_LINES), "--all-or-nothing").json["accepted"] == 7
    assert len(office.statement()["visits"]) == 7


def test_the_same_file_again_changes_nothing(office: Office) -> None:
    office.take("visits", lines_of(WORKED_LINES))
    again = office.take("visits", lines_of(WORKED_LINES))
    assert again.json == {"accepted": 0, "refused": [], "unchanged": 7, "corrected": 0}
    assert again.code == 0


def test_a_correction_needs_its_reason_and_the_yen_follow(office: Office) -> None:
    office.take("visits", lines_of(WORKED_LINES))
    moved = lines_of([visit_line("v03", "2016-09-30"), *WORKED_LINES[1:]])
    refused = office.take("visits", moved)
    assert (refused.code, [row["line"] for row in refused.json["refused"]]) == (1, [2])
    corrected = office.take("visits", moved, "--correct", "確認書の転記誤り")
    assert (corrected.code, corrected.json) == (0, {"accepted": 0, "refused": [], "unchanged": 6, "corrected": 1})
    assert list(yen(office.statement()).values()) == [500, 500, 500, 500, 500, 0]
    assert [row["reason"] for row in office.statement("2016-09")["visits"]] == ["no_rule"]


def test_a_row_imported_after_its_page_brings_the_agreed_record_and_its_yen(office: Office) -> None:
    (read,) = parse_visits(lines_of(WORKED_LINES[:1]))
    assert not isinstance(read, BadRow)
    _, row = read
    office.enter(VisitEntry(row, None, brings_agreed_record=False))
    assert [visit["reason"] for visit in office.statement()["visits"]] == ["no_record"]
    report = office.take("visits", lines_of(WORKED_LINES[:1])).json
    assert report == {"accepted": 0, "refused": [], "unchanged": 0, "corrected": 1}
    assert yen(office.statement()) == {"v03": 500}
    assert explain(office, "v03")["history"][-1]["because"]["changed"] == ["agreed_record"]
    assert office.take("visits", lines_of(WORKED_LINES[:1])).json["unchanged"] == 1
    assert office.done("audit", "replay", *TENANT, "--json").json["identical"] is True


def test_a_corrected_register_corrects_the_yen(office: Office) -> None:
    office.take("visits", lines_of(WORKED_LINES))
    people = "person_id,roles,name,birth_date,care_level,care_from\nU1,user,高松 花子,1936-05-01,care1,2016-10-10\n"
    assert office.take("people", people).json["accepted"] == 1
    assert [row["reason"] for row in office.statement()["visits"]] == ["paid"] * 3 + ["not_eligible"] * 4
    assert explain(office, "v12")["history"][1]["because"]["changed"] == ["user"]


def test_an_import_that_does_not_wait_answers_at_once_and_the_yen_come(office: Office) -> None:
    assert office.take("visits", lines_of(WORKED_LINES), "--no-wait").json["accepted"] == 7
    assert sum(yen(office.statement()).values()) == 2_500


def test_without_json_an_import_speaks_in_a_sentence(office: Office) -> None:
    bad = visit_line("v1", "2016-10-03", user="U9")
    answer = office.yui("import", "visits", office.file(lines_of([bad, WORKED_LINES[0]])), *TENANT)
    assert answer.out.splitlines() == [
        "line 2: user_id: 利用者番号「U9」は登録されていません。先に登録してください。",
        "新規 1件、訂正 0件、変更なし 0件、取り込めない行 1行。取り込みました。",
    ]
    assert answer.code == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "取り込んだ行はありません。"),
        (("--check",), "取り込める行はありません。"),
        (("--all-or-nothing",), "取り込めない行があるため、何も取り込んでいません。"),
    ],
)
def test_an_import_that_takes_no_row_says_so(office: Office, options: tuple[str, ...], said: str) -> None:
    file = office.file(lines_of([visit_line("v1", "2016-10-03", user="U9")]))
    answer = office.yui("import", "visits", file, *TENANT, *options)
    assert answer.out.splitlines()[-1] == f"新規 0件、訂正 0件、変更なし 0件、取り込めない行 1行。{said}"
    assert answer.code == 1


# ------------------------------------------------------------------------------------------ keys of the documents


def test_the_keys_of_a_statement(office: Office) -> None:
    office.take("visits", lines_of(WORKED_LINES))
    statement = office.statement()
    assert list(statement) == ASSESSMENT_KEYS
    assert list(statement["visits"][0]) == [
        "visit_id", "organisation_id", "user_id", "served_on", "user_fee_yen", "helper_expense_yen", "subsidy_yen",
        "reason", "cap_position", "rule",
    ]  # fmt: skip
    assert list(statement["months"][0]) == [
        "organisation_id", "service", "month", "visits_done", "visits_subsidised", "per_visit_yen", "base_yen",
        "startup_yen", "adjustment_yen", "total_yen", "pay_in",
    ]  # fmt: skip
    assert {row["user_id"] for row in statement["visits"]} == {"U1"}


def test_a_month_without_anything_is_an_empty_statement(office: Office) -> None:
    assert office.statement("2015-01") == {
        "rules": [],
        "total_yen": 0,
        "visits": [],
        "months": [],
        "adjustments": [],
    }


def test_a_statement_in_words_names_base_start_up_and_the_sum(office: Office) -> None:
    office.take("visits", lines_of(WORKED_LINES))
    out = office.done("billing", "statement", *TENANT, "--month", "H28.10").out
    assert out.splitlines()[1] == (
        "O1 visit 平成28年10月: 実施 4件、補助 3件、加算額 1,500円、基礎額 25,000円、立上補助 200,000円、計 226,500円"
    )
    assert out.splitlines()[-1] == "合計 677,500円（訪問 7件）"


def test_an_explanation_shows_the_offices_number_of_the_user(office: Office) -> None:
    office.take("visits", lines_of(WORKED_LINES))
    story = explain(office, "v03")
    assert story["user_id"] == "U1"
    assert "user" not in story


def test_the_keys_of_a_verification(office: Office) -> None:
    document = office.done("audit", "verify", *TENANT, "--json").json
    assert list(document) == ["tenant", "ledgers", "breaks"]
    assert [row["service"] for row in document["ledgers"]] == [
        "coordination", "requests", "billing", "points", "reporting",
    ]  # fmt: skip
    one = office.done("audit", "verify", *TENANT, "--service", "billing", "--json").json
    assert [row["service"] for row in one["ledgers"]] == ["billing"]
    assert "すべての連鎖がつながっています。" in office.done("audit", "verify", *TENANT).out


def test_the_keys_of_a_replay(office: Office) -> None:
    document = office.done("audit", "replay", *TENANT, "--json").json
    assert {"events", "identical", "differences", "head", "events_per_second"} <= document.keys()
    assert (document["identical"], document["differences"]) == (True, [])
    assert "すべて一致します。" in office.done("audit", "replay", *TENANT, "--service", "billing").out


def test_the_data_may_lie_in_a_folder_of_any_name(tmp_path: Path) -> None:
    folder = tmp_path / """高松's "2016"; 100%?x=1 #"""
    folder.mkdir()
    with open_office(folder) as opened:
        office = founded(opened)
        office.take("visits", lines_of(WORKED_LINES))
        assert office.done("audit", "replay", *TENANT, "--json").json["identical"] is True
        assert (folder / "billing.db").exists()


def test_views_are_rebuilt_and_say_the_same(office: Office) -> None:
    office.take("visits", lines_of(WORKED_LINES))
    before = office.statement()
    assert "billing.assessments: " in office.done("rebuild").out
    assert office.statement() == before
    assert office.done("rebuild", "billing.grants").out.count("\n") == 1
    assert office.done("audit", "replay", *TENANT, "--json").json["identical"] is True


def test_another_name_for_a_known_municipality_is_said(office: Office) -> None:
    assert "名前を「高松市」から改めました" in office.done("tenant", "add", TAKAMATSU, "たかまつ市").out
    assert "登録済みです" in office.done("tenant", "add", TAKAMATSU, "たかまつ市").out


def test_a_check_of_all_or_nothing_says_what_the_run_would_say(office: Office) -> None:
    content = lines_of([*WORKED_LINES, visit_line("v99", "2016-10-03", user="U9")])
    checked = office.take("visits", content, "--all-or-nothing", "--check")
    assert (checked.code, checked.json["accepted"], len(checked.json["refused"])) == (1, 0, 1)
    assert office.take("visits", content, "--all-or-nothing").json == checked.json


def test_a_command_that_fails_leaves_nothing_of_people_in_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(office.folder / "requests.db")) as connection, connection:
        connection.execute("DROP TABLE vault_people")
    file = office.file(PEOPLE, "讃岐さんほか.csv")
    answer = office.yui("import", "people", file, *TENANT, "--check", "--correct", "屋島さんの転記誤り")
    assert answer.code == 1
    assert "command failed: import\n" in caplog.text
    assert "no such table" in caplog.text
    assert [word for word in ("高松", "屋島", "讃岐", "花子", "U1") if word in caplog.text] == []
