"""Cursor pages: at most 200 rows, and where the next page begins."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.web.problems import Problem

LARGEST_PAGE = 200


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[Any]
    next: str | None


def read_cursor(text: str | None) -> tuple[str, str] | None:
    """The place behind which a page begins. Raises Problem 422 when it is not one of our cursors."""
    if not text:
        return None
    try:
        return msgspec.json.decode(urlsafe_b64decode(text.encode()), type=tuple[str, str])
    except (Error, ValueError):
        raise unreadable_cursor() from None


def unreadable_cursor() -> Problem:
    return Problem(422, "invalid", "cursor が読めません。前のページの next をそのまま送ってください。")


def paged(rows: Sequence[Any], limit: int, place: Callable[[Any], tuple[str, str]]) -> Page:
    """`rows` were asked for with one more than `limit`."""
    if len(rows) <= limit:
        return Page(rows, None)
    cursor = urlsafe_b64encode(msgspec.json.encode(place(rows[limit - 1]))).decode()
    return Page(rows[:limit], cursor)
