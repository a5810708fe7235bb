"""Form fields and JSON bodies to typed values, read exactly as the cells of a CSV file of the same kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from shared.kernel.cells import storable, visible
from shared.kernel.csv_reading import MAX_CELL_CHARACTERS, Column, Kind
from shared.web.problems import FieldProblem, Problem

Cells = Mapping[str, str]
"""What stands in each field, lists joined by `;` as in a CSV file."""


@dataclass(frozen=True)
class Read:
    values: dict[str, Any]
    problems: tuple[FieldProblem, ...]


async def form_cells(request: Request) -> dict[str, str]:
    """The fields of a posted form, stripped; several values of one field joined by `;`. Problem 422 for a NUL."""
    form = await request.form()
    found: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str) and value.strip():
            found.setdefault(name, []).append(_storable(name, value.strip()))
    return {name: ";".join(values) for name, values in found.items()}


def _storable(name: str, text: str) -> str:
    try:
        return storable(text)
    except ValueError as error:
        raise Problem(422, "invalid", str(error), [FieldProblem(name, str(error))]) from error


def json_cells(body: Mapping[str, Any]) -> dict[str, str]:
    """The cells of a JSON body whose values are texts, numbers, dates or lists of texts."""
    return {name: _cell(value) for name, value in body.items() if value is not None}


def _cell(value: Any) -> str:
    return ";".join(str(each) for each in value) if isinstance(value, list | tuple) else str(value)


def read_cells(kind: Kind, cells: Cells) -> Read:
    """A value for every column that can be read, and a sentence for every one that cannot."""
    values: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for column in kind.columns:
        try:
            values[column.id] = _read(column, cells.get(column.id, "").strip())
        except ValueError as error:
            problems.append(FieldProblem(column.id, visible(f"{column.ja}{error}")))
    if not problems:
        problems = [FieldProblem(name, reason) for name, reason in kind.check(values)]
    return Read(values, tuple(problems))


def _read(column: Column, text: str) -> object:
    if not text:
        if column.required:
            raise ValueError("が空です。必ず入力してください。")
        return column.empty
    if len(text) > MAX_CELL_CHARACTERS:
        raise ValueError(f"が長すぎます。{MAX_CELL_CHARACTERS}文字までで入力してください。")
    return column.parse(text)


def read_or_refuse(kind: Kind, cells: Cells) -> dict[str, Any]:
    """The values, or Problem 422 with every field that cannot be read."""
    read = read_cells(kind, cells)
    if read.problems:
        raise Problem(422, "invalid", "入力に誤りがあります。errors の項目を直してください。", read.problems)
    return read.values
