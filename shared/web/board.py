"""The latest of something per municipality, for pages that show it: put up by one thread, looked at by many."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Generic, TypeVar
from zlib import crc32

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Notice(Generic[T]):
    """`mark` differs when what is to be seen differs; `at` is when it was true."""

    value: T
    at: datetime
    mark: str


class Board(Generic[T]):
    """`ring` is called when something new is to be seen, not when the same is put up again at a later instant."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._lock = Lock()
        self._notices: dict[str, Notice[T]] = {}
        self._renewed_at: datetime | None = None

    def put(self, tenant: str, value: T, at: datetime, content: bytes) -> None:
        """Put up `value`; `content` is what a reader sees of it."""
        notice = Notice(value, at, f"{crc32(content):08x}")
        with self._lock:
            last = self._notices.get(tenant)
            if last is not None and last.at > at:
                return
            self._notices[tenant] = notice
            self._renewed_at = at if self._renewed_at is None else max(self._renewed_at, at)
        if last is None or last.mark != notice.mark:
            self._ring()

    def latest(self, tenant: str) -> Notice[T] | None:
        with self._lock:
            return self._notices.get(tenant)

    @property
    def renewed_at(self) -> datetime | None:
        """When anything was put up last, for any municipality."""
        return self._renewed_at
