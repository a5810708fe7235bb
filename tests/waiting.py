"""Waiting for what happens by itself."""

import time
from collections.abc import Callable

REST_SECONDS = 0.01


def until(holds: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(REST_SECONDS)
