import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.cells import parse_id, parse_minutes
from shared.kernel.csv_reading import (
    MAX_LINES_OF_A_ROW,
    BadHeader,
    BadRow,
    Column,
    Kind,
    Row,
    UnreadableText,
    decode,
    read_rows,
)


def no_zero_for_nobody(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if values["minutes"] == 0 and values["note"] is None:
        yield "note", "0分のときは備考を書いてください。"


STAMPS = Kind(
    "stamps",
    (
        Column("stamp_id", required=True, parse=parse_id, ja="印番号", also=("番号",)),
        Column("minutes", required=True, parse=parse_minutes, ja="分数"),
        Column("note", required=False, parse=str, ja="備考"),
        Column("tags", required=False, parse=tuple, ja="札", empty=()),
    ),
    no_zero_for_nobody,
)


def rows_of(text: str) -> list[Row | BadRow]:
    return list(read_rows(text, STAMPS))


def good(line: int, stamp_id: str, minutes: int, note: str | None = None, tags: tuple[str, ...] = ()) -> Row:
    return Row(line, {"stamp_id": stamp_id, "minutes": minutes, "note": note, "tags": tags})


# ---- bytes to text

UTF8_FILE = "名前\n山田太郎\n".encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_utf8_with_and_without_bom_and_cp932_are_read(encoding: str) -> None:
    assert decode("印番号,備考\nA1,髙橋①ｱ\n".encode(encoding)) == "印番号,備考\nA1,髙橋①ｱ\n"


def test_a_damaged_file_with_bom_is_named_with_its_line() -> None:
    with pytest.raises(UnreadableText, match=r"^3行目に UTF-8 でもない文字\(バイト 0x83\)"):
        decode(b"\xef\xbb\xbfa\nb\n\x83e\n")


def test_a_damaged_utf8_file_is_not_mistaken_for_cp932() -> None:
    with pytest.raises(UnreadableText, match="3行目に UTF-8 でもない"):
        decode(UTF8_FILE + b"\x83\x65\n")


def test_a_file_in_neither_encoding_is_named_with_its_line() -> None:
    with pytest.raises(UnreadableText, match=r"2行目に UTF-8 でも CP932\(Shift_JIS\) でもない"):
        decode("名\n".encode("cp932") + b"\x85\xff\xff\n")


@pytest.mark.parametrize("stray", [b"\x80", b"\xa0", b"\xfd"])
def test_bytes_that_are_no_character_of_cp932_are_refused(stray: bytes) -> None:
    with pytest.raises(UnreadableText, match=f"2行目に.*バイト 0x{stray.hex().upper()}"):
        decode("名\n前".encode("cp932") + stray)


def test_utf16_is_refused() -> None:
    with pytest.raises(UnreadableText, match="1行目に"):
        decode("印番号,備考\n".encode("utf-16"))


@given(st.text())
def test_any_utf8_text_is_read_back(text: str) -> None:
    assert decode(text.encode()) == text.removeprefix("\ufeff")


# ---- headers


def test_a_header_may_mix_ids_and_japanese_words_in_any_order() -> None:
    assert rows_of("分数,stamp_id,備考,札\n5,A1,x,ab\n") == [good(2, "A1", 5, "x", ("a", "b"))]


def test_another_japanese_word_and_full_width_or_padded_headers_are_known() -> None:
    assert rows_of("番号 , ｍｉｎｕｔｅｓ\nA1,5\n") == [good(2, "A1", 5)]


def test_a_missing_optional_column_has_its_empty_value() -> None:
    assert rows_of("stamp_id,minutes\nA1,5\n") == [good(2, "A1", 5)]


@pytest.mark.parametrize(
    ("header", "column", "reason"),
    [
        ("stamp_id,minuts", "minuts", "列「minuts」は知らない列です。「minutes」の書き間違い"),
        ("印番,分数", "印番", "「印番号」の書き間違い"),
        ("stamp_id,minutes,qqq", "qqq", "取り除いてください。使える列は stamp_id、minutes、note、tags"),
        ("stamp_id,minutes,", "", "3列目の見出しが空です"),
        ("stamp_id,minutes,印番号", "印番号", "列「印番号」\\(印番号\\)が2つあります"),
        ("stamp_id,note", "minutes", "必要な列「minutes」\\(分数\\)がありません"),
        ("A1,5", "*", "見出しの行がありません。1行目に見出し\\(stamp_id、minutes など\\)"),
        ("stamp_id;minutes", "*", "カンマ区切りで"),
        ('stamp_id,"minutes', "*", "見出しの行を読めません。引用符"),
    ],
)
def test_a_wrong_header_is_refused_with_the_column_and_what_to_do(header: str, column: str, reason: str) -> None:
    with pytest.raises(BadHeader, match=reason) as refused:
        read_rows(f"{header}\nA1,5\n", STAMPS)
    assert (refused.value.line, refused.value.column) == (1, column)


@pytest.mark.parametrize("text", ["", "\n\n", ",,\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    with pytest.raises(BadHeader, match="ファイルが空です"):
        read_rows(text, STAMPS)


def test_a_header_after_blank_lines_is_found_on_its_line() -> None:
    with pytest.raises(BadHeader) as refused:
        read_rows("\n\nstamp_id,qqq\n", STAMPS)
    assert refused.value.line == 3


# ---- rows

HEADER = "stamp_id,minutes,note\n"


def test_blank_rows_are_passed_over_and_lines_keep_their_numbers() -> None:
    assert rows_of(HEADER + "\nA1,5,\n  \n,,\r\nA2,6,") == [good(3, "A1", 5), good(6, "A2", 6)]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_ending_is_read(ending: str) -> None:
    text = HEADER + "A1,5,\nA2,6,\n"
    assert rows_of(text.replace("\n", ending)) == [good(2, "A1", 5), good(3, "A2", 6)]


@pytest.mark.parametrize("last", ["", "\n", "\r\n", "\n\n", "\r\r\n"])
def test_lines_that_end_in_carriage_returns_are_read_whatever_the_file_ends_in(last: str) -> None:
    text = (HEADER + "A1,5,\nA2,6,").replace("\n", "\r") + last
    assert rows_of(text) == [good(2, "A1", 5), good(3, "A2", 6)]


def test_cells_are_stripped_also_of_japanese_blanks() -> None:
    assert rows_of(HEADER + ' A1 ,　5, "x, y"\n') == [good(2, "A1", 5, "x, y")]


def test_every_bad_cell_is_reported_with_the_japanese_word_of_its_column() -> None:
    assert rows_of(HEADER + ",x,\nA2,6,\n") == [
        BadRow(2, "stamp_id", "印番号が空です。必ず書いてください。"),
        BadRow(2, "minutes", "分数「x」は分数として読めません。0 から 1440 までの整数で書いてください。"),
        good(3, "A2", 6),
    ]


def test_a_finding_about_a_whole_row_is_reported_at_its_column() -> None:
    assert rows_of(HEADER + "A1,0,\n") == [BadRow(2, "note", "0分のときは備考を書いてください。")]


def test_line_breaks_never_reach_a_reason() -> None:
    assert rows_of(HEADER + 'A1,"5\n6",\n') == [
        BadRow(2, "minutes", "分数「5□6」は分数として読めません。0 から 1440 までの整数で書いてください。")
    ]


def test_a_cell_of_more_than_a_thousand_characters_is_refused() -> None:
    assert rows_of(HEADER + f"A1,5,{'x' * 1001}\n") == [
        BadRow(2, "note", "備考が長すぎます。1000文字までで書いてください。")
    ]


@pytest.mark.parametrize(
    ("row", "reason"), [("A1,5", "項目が2個しかありません"), ("A1,5,x,y", "項目が4個あり、見出しの3個より多い")]
)
def test_a_row_with_too_few_or_too_many_cells_is_refused_whole(row: str, reason: str) -> None:
    [bad, following] = rows_of(HEADER + f"{row}\nA2,6,\n")
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.column) == (2, "*")
    assert reason in bad.reason
    assert following == good(3, "A2", 6)


def test_a_row_over_several_lines_is_numbered_by_its_first() -> None:
    assert rows_of(HEADER + 'A1,5,"x\ny"\nA2,6,\n') == [good(2, "A1", 5, "x\ny"), good(4, "A2", 6)]


@pytest.mark.parametrize(
    "following", [["A2,6,"], ["A2,6,", 'A3,7,"x"'], ["A2,6,"] * (2 * MAX_LINES_OF_A_ROW), ['"A2",6,', '"A3",7,""']]
)
def test_a_forgotten_closing_quote_spoils_its_own_row_only(following: list[str]) -> None:
    [bad, *others] = rows_of(HEADER + 'A1,5,"x\n' + "".join(f"{row}\n" for row in following))
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.column) == (2, "*")
    assert "引用符" in bad.reason
    assert [row.line for row in others if isinstance(row, Row)] == list(range(3, 3 + len(following)))


def test_a_row_swallowed_into_another_of_wrong_width_is_read_after_all() -> None:
    [bad, *others] = rows_of(HEADER + 'A1,"5\nA2,6,x\n"\nA3,7,\n')
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.column) == (2, "*")
    assert good(3, "A2", 6, "x") in others
    assert others[-1] == good(5, "A3", 7)


def test_a_broken_row_at_the_end_is_reported() -> None:
    [row, bad] = rows_of(HEADER + 'A1,5,\nA2,6,"x')
    assert row == good(2, "A1", 5)
    assert isinstance(bad, BadRow)
    assert bad.line == 3


def test_a_lone_carriage_return_inside_a_row_is_reported() -> None:
    [bad, row] = rows_of(HEADER + "A1,5,x\ry\nA2,6,\n")
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.column) == (2, "*")
    assert row == good(3, "A2", 6)


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]) | st.sampled_from(" \n"), max_size=20)


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 1_440), CELLS), max_size=30))
def test_what_the_csv_module_writes_is_read_back(stamps: list[tuple[int, int, str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("stamp_id", "minutes", "note"), *stamps])
    read = [row.values for row in rows_of(out.getvalue()) if isinstance(row, Row)]
    assert [(int(row["stamp_id"]), row["minutes"], row["note"]) for row in read] == [
        (stamp_id, minutes, note.strip() or None) for stamp_id, minutes, note in stamps
    ]


def test_rows_are_read_as_they_are_asked_for() -> None:
    rows = read_rows(HEADER + "A1,5,\n" * 3, STAMPS)
    assert next(rows) == good(2, "A1", 5)
    assert next(rows) == good(3, "A1", 5)
