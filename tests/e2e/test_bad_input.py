"""Bad input: each gets a clear answer with its place, and loses nothing."""

import sqlite3
from pathlib import Path

import pytest

from services.cli.imports import Report
from shared.flow.handle import Failed
from tests.commands import Answer
from tests.controls import KOSAKA, TAKAMATSU
from tests.e2e.office import (
    PEOPLE,
    VISITS_HEADER,
    WORKED_LINES,
    Office,
    founded,
    lines_of,
    open_office,
    visit_line,
)

TENANT = ("--tenant", TAKAMATSU)
WRONG_CHECK_DIGIT = "372012"


def refused(answer: Answer) -> list[tuple[int, str]]:
    assert answer.code == 1
    return [(row["line"], row["column"]) for row in answer.json["refused"]]


def cannot(answer: Answer, *said: str) -> None:
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1), answer
    for words in said:
        assert words in answer.err


# ------------------------------------------------------------------------------------------ tenants


@pytest.mark.parametrize(
    "arguments",
    [
        ("tenant", "add", WRONG_CHECK_DIGIT, "高松市"),
        ("import", "visits", "file-1", "--tenant", WRONG_CHECK_DIGIT),
        ("billing", "statement", "--month", "2016-10", "--tenant", WRONG_CHECK_DIGIT),
        ("audit", "verify", "--tenant", WRONG_CHECK_DIGIT),
    ],
)
def test_a_wrong_check_digit_is_refused_and_the_right_one_named(office: Office, arguments: tuple[str, ...]) -> None:
    cannot(office.yui(*arguments), "372012", "検査数字", "6桁目は 3 です")


@pytest.mark.parametrize("code", ["37201", "3720133", "高松市", "", "37201３"])
def test_a_code_that_is_not_six_digits_is_refused(office: Office, code: str) -> None:
    cannot(office.yui("tenant", "add", code, "高松市"), "6桁の半角数字")


@pytest.mark.parametrize(
    "arguments",
    [
        ("import", "visits", "file-1"),
        ("rules", "enact", "takamatsu-2016"),
        ("billing", "statement", "--month", "2016-10"),
        ("billing", "explain", "v1"),
        ("points", "statement", "--on", "2016-10-01"),
        ("audit", "verify"),
        ("audit", "replay"),
    ],
)
def test_an_unknown_tenant_is_named_with_what_to_do(office: Office, arguments: tuple[str, ...]) -> None:
    cannot(office.yui(*arguments, "--tenant", KOSAKA), KOSAKA, "yui tenant add 053031")


# ------------------------------------------------------------------------------------------ files


@pytest.mark.parametrize("encoding", ["cp932", "utf-8-sig", "utf-8"])
def test_files_of_the_office_are_read_in_their_encoding(office: Office, encoding: str) -> None:
    people = PEOPLE.replace("U1", "U8").replace("高松 花子", "髙橋 ㈱①").encode(encoding)
    report = office.take("people", people)
    assert (report.code, report.json["accepted"]) == (0, 1)
    visits = lines_of([visit_line("v1", "2016-10-03", user="U8")]).encode(encoding)
    assert office.take("visits", visits).json["accepted"] == 1


def test_a_header_in_japanese_is_read(office: Office) -> None:
    header = "訪問番号,団体番号,利用者番号,提供者番号,サービス種別,支援内容,提供日,開始時刻,分数,結果\n"
    row = "v1,O1,U1,H1,訪問,ゴミ出し;安否確認,平成28年10月3日,9:05,30,実施\n"
    assert office.take("visits", (header + row).encode("cp932")).json["accepted"] == 1
    same = visit_line("v1", "H28.10.3", started_at="09:05", minutes="30", menu="rubbish;safety_check")
    assert office.take("visits", lines_of([same])).json["unchanged"] == 1


def test_bytes_that_are_no_text_are_named_with_their_line(office: Office) -> None:
    answer = office.take("visits", VISITS_HEADER.encode() + b"v1,\xff\xfe,\n")
    cannot(answer, "2行目", "文字")


def test_an_unknown_column_is_refused_by_name_and_nothing_is_taken(office: Office) -> None:
    typo = lines_of(WORKED_LINES).replace("slip_no", "slip_number")
    cannot(office.take("visits", typo), "slip_number", "slip_no")
    assert office.statement()["visits"] == []


def test_a_missing_column_is_refused_by_name(office: Office) -> None:
    cannot(office.take("visits", lines_of(WORKED_LINES).replace("minutes,", "")), "minutes")


@pytest.mark.parametrize("content", ["", "\n\n", "v1,O1\n"])
def test_a_file_without_a_header_is_refused(office: Office, content: str) -> None:
    cannot(office.take("visits", content), "見出し")


# ------------------------------------------------------------------------------------------ rows


@pytest.mark.parametrize(
    ("changed", "column", "said"),
    [
        ({"served_on": "2016-10-32"}, "served_on", "という日はありません"),
        ({"served_on": "10月3日"}, "served_on", "日付として読めません"),
        ({"served_on": "H28.13.1"}, "served_on", "という日はありません"),
        ({"minutes": "-5"}, "minutes", "-5"),
        ({"minutes": "sixty"}, "minutes", "sixty"),
        ({"served_on": "2016-11-02"}, "served_on", "未来の日付です（今日は 2016-11-01）"),
        ({"user_id": "U9"}, "user_id", "U9"),
        ({"helper_ids": "H1;H9"}, "helper_ids", "H9"),
        ({"helper_ids": "U1"}, "helper_ids", "利用者本人"),
        ({"organisation_id": "O9"}, "organisation_id", "O9"),
        ({"served_on": "1936-04-30"}, "served_on", "生年月日より前"),
        ({"outcome": "maybe"}, "outcome", "maybe"),
        ({"service": "night"}, "service", "night"),
        ({"started_at": "25:00"}, "started_at", "25:00"),
        ({"menu": ""}, "menu", "空です"),
        ({"visit_id": ""}, "visit_id", "空です"),
        ({"visit_id": ".."}, "visit_id", "番号に使えません"),
    ],
)
def test_a_bad_row_is_named_and_the_good_ones_are_taken(
    office: Office, changed: dict[str, str], column: str, said: str
) -> None:
    bad = visit_line(**{"visit_id": "bad", "served_on": "2016-10-04"} | changed)
    answer = office.take("visits", lines_of([WORKED_LINES[0], bad, WORKED_LINES[1]]))
    assert refused(answer) == [(3, column)]
    assert said in answer.json["refused"][0]["reason"]
    assert answer.json["accepted"] == 2
    assert [row["visit_id"] for row in office.statement()["visits"]] == ["v03", "v05"]


def test_every_bad_cell_of_a_row_is_named(office: Office) -> None:
    answer = office.take("visits", lines_of([visit_line("v1", "yesterday", minutes="-1", outcome="?")]))
    assert refused(answer) == [(2, "served_on"), (2, "minutes"), (2, "outcome")]


def test_the_same_number_with_other_content_is_refused_and_the_first_stays(office: Office) -> None:
    office.take("visits", lines_of(WORKED_LINES))
    answer = office.take("visits", lines_of([visit_line("v03", "2016-10-04")]))
    assert refused(answer) == [(2, "visit_id")]
    assert "別の内容で登録済み" in answer.json["refused"][0]["reason"]
    assert office.statement()["visits"][0]["served_on"] == "2016-10-03"


def test_other_content_of_an_organisation_or_a_person_is_refused_too(office: Office) -> None:
    organisation = "organisation_id,name,services,active_from\nO1,別の名前,visit,2016-10-01\n"
    assert refused(office.take("organisations", organisation)) == [(2, "organisation_id")]
    person = "person_id,roles,name,birth_date,care_level,care_from\nU1,user,別の人,1936-05-01,support1,2016-04-01\n"
    assert refused(office.take("people", person)) == [(2, "person_id")]


def test_a_quote_that_is_never_closed_spoils_its_own_row_alone(office: Office) -> None:
    answer = office.take("visits", lines_of([WORKED_LINES[0], '"v99,O1\n', WORKED_LINES[1]]))
    assert refused(answer) == [(3, "*")]
    assert answer.json["accepted"] == 2


def test_a_row_that_raises_is_named_as_a_row_that_cannot_be_read_is() -> None:
    report = Report()
    report.count(7, Failed(ValueError("x\ny")))
    (row,) = report.document()["refused"]
    assert (row["line"], row["column"]) == (7, "*")
    assert "ValueError: x□y" in row["reason"]


# ------------------------------------------------------------------------------------------ rules


def packaged_text() -> str:
    folder = Path(__file__).parents[2] / "services" / "billing" / "rulebooks"
    return (folder / "takamatsu-2016.yaml").read_text(encoding="utf-8")


def with_second_version() -> str:
    text = packaged_text()
    versions = text[text.index("  - effective_from") :].replace("2016-10-01", "2017-04-01")
    return text.rstrip("\n") + "\n" + versions


def without_source() -> str:
    text = packaged_text()
    source = next(line for line in text.splitlines() if "月5回を限度" in line)
    return text.replace(source + "\n", "")


@pytest.mark.parametrize(
    ("text", "path", "said"),
    [
        (with_second_version(), "versions[1]", "重なっています"),
        (without_source(), "versions[0].visit.cap", "出典がありません"),
        (packaged_text().replace("value: 5\n", "value: -5\n"), "versions[0].visit.cap.value", "0 以上"),
        (packaged_text().replace("visit.cap:", "visit.capp:"), "versions[0].visit.capp", "知らない項目"),
        (packaged_text().replace('"372013"', '"372012"'), "municipality", "検査数字"),
        (packaged_text().replace("kind: billing", "kind: fees"), "kind", "billing、points"),
        ("versions: [", "", "YAML として読めません"),
        ("", "", "「項目: 値」の並び"),
    ],
)
def test_a_rules_file_with_a_problem_is_told_its_place(office: Office, text: str, path: str, said: str) -> None:
    file = office.file(text, "youkou.yaml")
    checked = office.yui("rules", "check", file, "--json")
    assert checked.code == 1
    (problem,) = [row for row in checked.json["problems"] if row["path"] == path and said in row["text"]]
    in_words = office.yui("rules", "check", file)
    assert (in_words.code, in_words.out.startswith("youkou.yaml: ")) == (1, True)
    assert f"youkou.yaml: {problem['line']}行{problem['column']}列" in in_words.out


def test_the_place_of_a_problem_is_its_line_in_the_file(office: Office) -> None:
    text = without_source()
    (problem,) = office.yui("rules", "check", office.file(text), "--json").json["problems"]
    assert text.splitlines()[problem["line"] - 1].strip() == "visit.cap:"


@pytest.mark.parametrize("text", [with_second_version(), without_source(), "", "kind: [", "kind: fees"])
def test_a_rules_file_with_a_problem_is_not_enacted(office: Office, text: str) -> None:
    file = office.file(text, "youkou.yaml")
    visits = office.file(lines_of(WORKED_LINES))
    for answer in (
        office.yui("rules", "enact", file, *TENANT),
        office.yui("billing", "simulate", "--rules", file, "--visits", visits, "--through", "2016-10"),
    ):
        cannot(answer)
        assert answer.err.startswith("youkou.yaml: ")


def test_of_several_problems_the_first_is_told_and_where_to_see_the_others(office: Office) -> None:
    text = '"two\\nlines": 1\n' + packaged_text().replace("value: 5\n", "value: -5\n")
    file = office.file(text, "youkou.yaml")
    problems = office.yui("rules", "check", file, "--json").json["problems"]
    answer = office.yui("rules", "enact", file, *TENANT)
    assert len(problems) == 2
    cannot(answer, "youkou.yaml: 1行1列 two□lines: ", "ほかに 1 件", "yui rules check youkou.yaml")


def test_rules_that_contradict_enacted_ones_are_refused_and_both_are_named(office: Office) -> None:
    file = office.file(packaged_text().replace("value: 5\n", "value: 4\n"), "youkou.yaml")
    answer = office.yui("rules", "enact", file, *TENANT)
    cannot(answer, "takamatsu-2016@2016-10-01", "施行日が同じで、内容が違います")


def test_rules_in_order_have_no_problem(office: Office) -> None:
    file = office.file(packaged_text(), "youkou.yaml")
    assert office.done("rules", "check", file, "--json").json == {"problems": []}
    assert office.done("rules", "check", file).out == "直すところはありません。\n"


# ------------------------------------------------------------------------------------------ simulate


def test_simulate_names_bad_rows_with_their_file_and_counts_the_good_ones(office: Office) -> None:
    visits = office.file(lines_of([*WORKED_LINES, visit_line("bad", "2016-10-32")]), "visits.csv")
    answer = office.yui(
        "billing", "simulate", "--rules", "takamatsu-2016", "--visits", visits, "--through", "2016-10", "--json"
    )
    assert (answer.code, answer.json["total_yen"]) == (1, 2_500)
    assert answer.err.startswith("visits.csv: line 9: served_on: ")


def test_simulate_refuses_whom_its_files_do_not_know(office: Office) -> None:
    visits = office.file(lines_of([visit_line("v1", "2016-10-03", "O9"), visit_line("v2", "2016-10-03", user="U9")]))
    answer = office.yui(
        "billing", "simulate", "--rules", "takamatsu-2016", "--visits", visits, "--organisations", "file-1",
        "--people", "file-2", "--through", "2016-10",
    )  # fmt: skip
    assert answer.code == 1
    assert [line.split(": ")[1:3] for line in answer.err.splitlines()] == [
        ["line 2", "organisation_id"],
        ["line 3", "user_id"],
    ]


def test_simulate_with_an_unknown_column_cannot_be_done(office: Office) -> None:
    visits = office.file(lines_of(WORKED_LINES).replace("slip_no", "slip"), "visits.csv")
    answer = office.yui("billing", "simulate", "--rules", "takamatsu-2016", "--visits", visits, "--through", "2016-10")
    cannot(answer, "visits.csv", "slip")


# ------------------------------------------------------------------------------------------ a changed byte


@pytest.mark.parametrize("service", ["requests", "billing", "points", "coordination"])
def test_one_byte_changed_by_hand_is_named_with_service_tenant_and_seq(tmp_path: Path, service: str) -> None:
    with open_office(tmp_path) as office:
        founded(office).take("visits", lines_of(WORKED_LINES))
    seq = change_a_byte(tmp_path / f"{service}.db")
    with open_office(tmp_path) as office:
        answer = office.yui("audit", "verify", *TENANT, "--json")
        assert answer.code == 1
        (found,) = answer.json["breaks"]
        assert (found["service"], found["tenant"], found["seq"]) == (service, TAKAMATSU, seq)
        in_words = office.yui("audit", "verify", *TENANT)
        assert in_words.code == 1
        assert f"異常: {service} {TAKAMATSU} {seq} 番: " in in_words.out
        assert office.yui("audit", "verify", *TENANT, "--service", "reporting").code == 0


def change_a_byte(file: Path) -> int:
    """Change one byte in the middle of the ledger, past its guards; the seq of the event."""
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TRIGGER ledger_refuses_update")
        (last,) = connection.execute("SELECT max(seq) FROM ledger").fetchone()
        seq = last // 2 + 1
        (data,) = connection.execute("SELECT data FROM ledger WHERE seq = ?", (seq,)).fetchone()
        changed = bytes(data[:-1]) + bytes([data[-1] ^ 1])
        connection.execute("UPDATE ledger SET data = ? WHERE seq = ?", (changed, seq))
    connection.close()
    return int(seq)


def test_the_ledger_cannot_be_changed_in_passing(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        founded(office)
    with sqlite3.connect(tmp_path / "requests.db") as connection:
        for statement in ("UPDATE ledger SET actor = 'x'", "DELETE FROM ledger"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)
    connection.close()


def test_a_name_of_two_lines_is_refused(office: Office) -> None:
    cannot(office.yui("tenant", "add", KOSAKA, "小坂\n町"), "一行で")
    assert [row["code"] for row in office.done("tenant", "list", "--json").json] == [TAKAMATSU]


def test_the_same_row_of_a_person_with_other_content_is_said(office: Office) -> None:
    (row,) = office.take("people", PEOPLE.replace("高松 花子", "高松 花代")).json["refused"]
    assert "区分開始日が同じ行" in row["reason"]
