"""CSV text to typed rows, one at a time: whatever is wrong is said with its line and column, the rest goes on."""

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final, NamedTuple

import msgspec

from shared.kernel.cells import visible

WHOLE_ROW: Final = "*"
"""Stands for the column of a BadRow where the row as a whole cannot be read."""

MAX_CELL_CHARACTERS: Final = 1_000
MAX_LINES_OF_A_ROW: Final = 100

_BAD_QUOTES = '引用符(")の閉じ忘れか余分な引用符がないか確かめ、直してください。'
_BOM = b"\xef\xbb\xbf"
_LINE_AFTER_LINE_FEED = re.compile("\n[^\r\n]")
# Bytes that Python's cp932 lets through although no character of Windows-31J has them.
_NOT_CP932 = re.compile("[\x80\xa0\uf8f0-\uf8f3]")
# CP932 text happens to look like so many three-byte characters of UTF-8 in a row only when it is UTF-8.
_SURELY_UTF8 = re.compile("[\u0800-\uffff]")
_SURELY_UTF8_CHARACTERS = 4


class UnreadableText(ValueError):
    """ファイルの文字コードが UTF-8 でも CP932(Shift_JIS)でもありません。"""


class BadHeader(ValueError):
    """見出しの列が正しくありません。`line` は見出しの行、`column` は問題の列です。"""

    def __init__(self, line: int, column: str, reason: str) -> None:
        super().__init__(visible(reason))
        self.line = line
        self.column = column


class Column(NamedTuple):
    """A column: its id and Japanese words in headers, and how a cell is read.

    `parse` gets the stripped, non-empty cell and raises ValueError with a sentence that begins with the cell in 「」.
    `empty` is the value of an empty optional cell.
    """

    id: str
    required: bool
    parse: Callable[[str], object]
    ja: str
    also: tuple[str, ...] = ()
    empty: object = None


class Kind(NamedTuple):
    """A kind of file. `check` looks at the values of a whole good row and yields (column id, reason) of its finds."""

    name: str
    columns: tuple[Column, ...]
    check: Callable[[Mapping[str, Any]], Iterator[tuple[str, str]]]


class Row(msgspec.Struct, frozen=True):
    """A good row: the line it starts on (the header is usually 1) and a value for every column of its kind."""

    line: int
    values: dict[str, Any]


class BadRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing wrong in a row: `column` is a column's id or `*` for all of it, `reason` a sentence for the user."""

    line: int
    column: str
    reason: str


def decode(raw: bytes) -> str:
    """The text of a file in UTF-8 (with or without BOM) or CP932. UnreadableText names the line of the wrong byte."""
    marked = raw.startswith(_BOM)
    raw = raw.removeprefix(_BOM)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        broken_at = error.start
    if marked or _is_surely_utf8(raw[:broken_at]):
        raise UnreadableText(_unreadable(raw, broken_at, "UTF-8"))
    try:
        text = raw.decode("cp932")
    except UnicodeDecodeError as error:
        raise UnreadableText(_unreadable(raw, max(error.start, broken_at), "UTF-8 でも CP932(Shift_JIS)")) from None
    stray = _NOT_CP932.search(text)
    if stray is not None:
        at = len(text[: stray.start()].encode("cp932"))
        raise UnreadableText(_unreadable(raw, max(at, broken_at), "UTF-8 でも CP932(Shift_JIS)"))
    return text


def read_rows(text: str, kind: Kind) -> Iterator[Row | BadRow]:
    """The rows of a CSV text in order, each as a Row or as one BadRow per bad cell; blank rows are passed over.

    The header is read at once and raises BadHeader: when it is missing, has an unknown or a doubled column, or lacks a
    required one. Rows are read as they are asked for.
    """
    lines = _Lines(_with_line_feeds(text))
    reader = csv.reader(lines, strict=True, skipinitialspace=True)
    columns = _columns_of_header(lines, reader, kind)
    return _rows(lines, reader, columns, kind)


def _with_line_feeds(text: str) -> str:
    """The text as it is; where no line begins after a line feed, its lines end in carriage returns (old spreadsheets),
    whatever the last one ends in.
    """
    if _LINE_AFTER_LINE_FEED.search(text):
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_surely_utf8(good_part: bytes) -> bool:
    return len(_SURELY_UTF8.findall(good_part.decode("utf-8"))) >= _SURELY_UTF8_CHARACTERS


def _unreadable(raw: bytes, at: int, encodings: str) -> str:
    line = raw.count(b"\n", 0, at) + 1
    return (
        f"{line}行目に {encodings} でもない文字(バイト 0x{raw[at]:02X})があります。"
        "表計算ソフトで「CSV UTF-8」の形式を選んで保存し直してください。"
    )


class _Lines:
    """The physical lines of a text, for csv.reader; able to go back to the second line of a row that cannot be read.

    So a forgotten closing quote spoils its own row and not the ones after it.
    """

    __slots__ = ("_position", "_row_start", "_text", "number", "row_line")

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._row_start = 0
        self.number = 0
        self.row_line = 1

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        start = self._position
        end = self._text.find("\n", start) + 1 or len(self._text)
        if start == end:
            raise StopIteration
        if self.number - self.row_line >= MAX_LINES_OF_A_ROW:
            raise csv.Error("too many lines")
        self._position = end
        self.number += 1
        return self._text[start:end]

    def begin_row(self) -> None:
        self._row_start = self._position
        self.row_line = self.number + 1

    def go_on_after_first_line_of_row(self) -> None:
        if self.number > self.row_line:
            self._position = self._text.index("\n", self._row_start) + 1
            self.number = self.row_line


def _columns_of_header(lines: _Lines, reader: Iterator[list[str]], kind: Kind) -> list[Column]:
    ids = "、".join(column.id for column in kind.columns if column.required)
    names: list[str] = []
    while not any(names):
        lines.begin_row()
        try:
            cells = next(reader)
        except StopIteration:
            raise BadHeader(1, WHOLE_ROW, f"ファイルが空です。1行目に見出し({ids} など)を書いてください。") from None
        except csv.Error:
            raise BadHeader(lines.row_line, WHOLE_ROW, f"見出しの行を読めません。{_BAD_QUOTES}") from None
        names = [unicodedata.normalize("NFKC", cell).strip() for cell in cells]
    known = {name: column for column in kind.columns for name in (column.id, column.ja, *column.also)}
    if not any(name in known for name in names):
        reason = f"見出しの行がありません。1行目に見出し({ids} など)をカンマ区切りで書いてください。"
        raise BadHeader(lines.row_line, WHOLE_ROW, reason)
    return _known_columns(lines.row_line, names, known, kind)


def _known_columns(line: int, names: list[str], known: Mapping[str, Column], kind: Kind) -> list[Column]:
    columns: list[Column] = []
    for place, name in enumerate(names, start=1):
        if name not in known:
            raise BadHeader(line, name, _unknown_column(place, name, known, kind))
        if known[name] in columns:
            raise BadHeader(line, name, f"列「{name}」({known[name].ja})が2つあります。1つにしてください。")
        columns.append(known[name])
    for column in kind.columns:
        if column.required and column not in columns:
            reason = f"必要な列「{column.id}」({column.ja})がありません。見出しと各行に加えてください。"
            raise BadHeader(line, column.id, reason)
    return columns


def _unknown_column(place: int, name: str, known: Mapping[str, Column], kind: Kind) -> str:
    if not name:
        return f"{place}列目の見出しが空です。見出しを書くか、その列を取り除いてください。"
    close = get_close_matches(name, known, n=1)
    if close:
        return f"列「{name}」は知らない列です。「{close[0]}」の書き間違いではありませんか。"
    ids = "、".join(column.id for column in kind.columns)
    return f"列「{name}」は知らない列です。取り除いてください。使える列は {ids} です。"


def _rows(lines: _Lines, reader: Iterator[list[str]], columns: list[Column], kind: Kind) -> Iterator[Row | BadRow]:
    absent = {column.id: column.empty for column in kind.columns if column not in columns}
    width = len(columns)
    while True:
        lines.begin_row()
        line = lines.row_line
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            lines.go_on_after_first_line_of_row()
            yield BadRow(line, WHOLE_ROW, f"この行を読めません。{_BAD_QUOTES}")
            continue
        if not any(cells):
            continue
        if len(cells) != width:
            lines.go_on_after_first_line_of_row()
            yield BadRow(line, WHOLE_ROW, _wrong_width(len(cells), width))
            continue
        values = dict(absent)
        bad = _parse_cells(line, columns, cells, values)
        if not bad:
            bad = [BadRow(line, column, reason) for column, reason in kind.check(values)]
        if bad:
            yield from bad
        else:
            yield Row(line, values)


def _parse_cells(line: int, columns: list[Column], cells: list[str], values: dict[str, Any]) -> list[BadRow]:
    """Puts the value of each good cell into `values` and returns the bad ones."""
    bad: list[BadRow] = []
    for (column, required, parse, ja, _, empty), cell in zip(columns, cells, strict=True):
        text = cell.strip()
        if not text:
            if required:
                bad.append(BadRow(line, column, f"{ja}が空です。必ず書いてください。"))
            values[column] = empty
        elif len(text) > MAX_CELL_CHARACTERS:
            bad.append(BadRow(line, column, f"{ja}が長すぎます。{MAX_CELL_CHARACTERS}文字までで書いてください。"))
        else:
            try:
                values[column] = parse(text)
            except ValueError as error:
                bad.append(BadRow(line, column, visible(f"{ja}{error}")))
    return bad


def _wrong_width(found: int, expected: int) -> str:
    if found < expected:
        return (
            f"項目が{found}個しかありません。見出しと同じ{expected}個を書いてください(空の項目もカンマで区切ります)。"
        )
    return f'項目が{found}個あり、見出しの{expected}個より多いです。カンマを含む項目は引用符(")で囲んでください。'
