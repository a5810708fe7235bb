"""How one cell of a CSV file is read: ids, lists, numbers, words of a closed set.

Every function takes the stripped, non-empty cell and raises ValueError with a sentence that begins with it in 「」.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from shared.kernel.dates import parse_time

MAX_ID_CHARACTERS: Final = 64
MINUTES_OF_A_DAY: Final = 1_440

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_PATH_DOTS = frozenset({".", ".."})


def visible(text: str) -> str:
    """The text with a □ for each line break, control or invisible formatting character, and for half a character."""
    if text.isprintable():
        return text
    return "".join("□" if unicodedata.category(character) in _INVISIBLE else character for character in text)


def parse_text(text: str) -> str:
    """Text on one line. ValueError when it holds control or invisible formatting characters."""
    if text != visible(text):
        raise ValueError(f"「{text}」に改行や制御文字が含まれています。取り除いてください。")
    return text


def storable(text: str) -> str:
    """Text that can be stored and sent; it may have several lines. ValueError for a NUL or half a character."""
    if any([character == "\0" or unicodedata.category(character) == "Cs" for character in text]):
        raise ValueError("使えない文字（NUL や文字の一部）が含まれています。取り除いてください。")
    return text


def parse_id(text: str) -> str:
    """An office's own number: one line, at most 64 characters, without `;`, which separates the ids of a list.

    No part between `/` is `.` or `..`: browsers and proxies resolve them, so that its page could not be opened.
    """
    if len(text) > MAX_ID_CHARACTERS:
        raise ValueError(f"「{text}」は長すぎます。{MAX_ID_CHARACTERS}文字までで書いてください。")
    if ";" in text:
        raise ValueError(f"「{text}」に「;」は使えません。番号を1つだけ書いてください。")
    if "." in text and not _PATH_DOTS.isdisjoint(text.split("/")):
        raise ValueError(
            f"「{text}」は番号に使えません。「.」や「..」を「/」で区切った部分にしない、別の番号にしてください。"
        )
    return parse_text(text)


@lru_cache(maxsize=16_384)
def parse_ids(text: str) -> tuple[str, ...]:
    """Ids separated by `;`, at least one, none twice."""
    ids = tuple(parse_id(item) for item in _items(text))
    if len(set(ids)) < len(ids):
        raise ValueError(f"「{text}」に同じ番号が2回あります。1回だけ書いてください。")
    return ids


@lru_cache(maxsize=16_384)
def parse_items(text: str) -> tuple[str, ...]:
    """Texts separated by `;`, at least one."""
    return tuple(parse_text(item) for item in _items(text))


def _items(text: str) -> list[str]:
    items = [item.strip() for item in text.replace("\N{FULLWIDTH SEMICOLON}", ";").split(";")]
    found = [item for item in items if item]
    if not found:
        raise ValueError(f"「{text}」に項目がありません。「;」で区切って1つ以上書いてください。")
    return found


@lru_cache(maxsize=4_096)
def parse_minutes(text: str) -> int:
    """A whole number of minutes of at most one day."""
    plain = unicodedata.normalize("NFKC", text)
    if re.fullmatch(r"[0-9]{1,4}", plain) is None or int(plain) > MINUTES_OF_A_DAY:
        raise ValueError(f"「{text}」は分数として読めません。0 から {MINUTES_OF_A_DAY} までの整数で書いてください。")
    return int(plain)


parse_time_of_day = lru_cache(maxsize=4_096)(parse_time)


def _words(ja: Mapping[Any, str], also: Mapping[str, str]) -> dict[str, str]:
    return {**also, **{word: name for name, word in ja.items()}, **{name: name for name in ja}}


def one_of(ja: Mapping[Any, str], also: Mapping[str, str]) -> Callable[[str], str]:
    """Reads one word of a closed set: an id, its Japanese word (`ja`: id to word), another word (`also`: word to id).

    The result is the id.
    """
    words = _words(ja, also)

    def parse(text: str) -> str:
        found = words.get(text) or words.get(unicodedata.normalize("NFKC", text))
        if found is None:
            raise ValueError(f"「{text}」は使えません。{_choices(ja)} のいずれかを書いてください。")
        return found

    return parse


def some_of(ja: Mapping[Any, str], also: Mapping[str, str]) -> Callable[[str], tuple[str, ...]]:
    """Reads words as `one_of`, joined by `+`; the ids come in the order of `ja`, whatever the order in the text."""
    words = _words(ja, also)

    @lru_cache(maxsize=256)
    def parse(text: str) -> tuple[str, ...]:
        found = [words.get(part.strip()) for part in unicodedata.normalize("NFKC", text).split("+")]
        if None in found or len(set(found)) < len(found):
            raise ValueError(f"「{text}」は使えません。{_choices(ja)}、または「+」でつないだ両方を書いてください。")
        return tuple(name for name in ja if name in found)

    return parse


def _choices(ja: Mapping[Any, str]) -> str:
    return "、".join(f"{name}({word})" for name, word in ja.items())
