"""Work that goes on beside a test."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

Work = Callable[[Event], None]
"""Returns soon after the event is set."""


@contextmanager
def beside(*works: Work) -> Iterator[None]:
    """Each goes on in a thread until the block ends. Raises what one of them has raised."""
    enough = Event()
    with ThreadPoolExecutor(len(works)) as pool:
        going = [pool.submit(work, enough) for work in works]
        try:
            yield
        finally:
            enough.set()
    for each in going:
        each.result()
