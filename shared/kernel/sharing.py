"""One object for equal values: states kept in memory need half as much when they share what is the same."""

from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")


@lru_cache(maxsize=16_384, typed=True)
def shared(value: T) -> T:
    """An equal value that was seen before, or this one. It must be hashable and never change."""
    return value
