"""The clauses that a kind of rules knows, and how their written values become typed ones."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from shared.kernel.dates import parse_date

MOST: Final = 1_000_000_000
"""No amount, count or number of minutes of a 要綱 is larger; what is, is a slip of the pen."""


class Clause(NamedTuple):
    """A clause that a kind of rules knows. `read` turns the written value into the typed one, or raises ValueError."""

    name: str
    read: Callable[[Any], Any]
    required: bool = True


def read_date(value: Any) -> date:
    if isinstance(value, str):
        return parse_date(value)
    raise ValueError(f"「{value}」は日付ではありません。2016-10-01 のように書いてください。")


def read_yen(value: Any) -> int:
    return _whole(value, "円")


def read_count(value: Any) -> int:
    return _whole(value, "")


def _whole(value: Any, unit: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"「{value}」は整数ではありません。小数や文字を使わず、桁の区切りも入れずに書いてください。")
    if value < 0:
        raise ValueError(f"{value}{unit} は使えません。0 以上にしてください。")
    if value > MOST:
        raise ValueError(f"{value}{unit} は大きすぎます。桁を確かめてください。")
    return value


def read_words(allowed: Sequence[str]) -> Callable[[Any], tuple[str, ...]]:
    """Reads a list of words, each one of those allowed, none twice."""

    def read(value: Any) -> tuple[str, ...]:
        words = value if isinstance(value, list) else []
        if not words or any(word not in allowed for word in words):
            raise ValueError(f"「{value}」は使えません。{'、'.join(allowed)} から選んで [ ] の中に並べてください。")
        if len(set(words)) < len(words):
            raise ValueError(f"「{value}」に同じ語が2回あります。1回だけ書いてください。")
        return tuple(words)

    return read


def read_one_of(*allowed: str) -> Callable[[Any], str]:
    """Reads one word of those allowed."""

    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"「{value}」は使えません。書けるのは {'、'.join(allowed)} です。")
        return str(value)

    return read
