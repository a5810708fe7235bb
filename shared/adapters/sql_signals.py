"""Hears of commits in PostgreSQL: LISTEN on the channels of services, over restarts of the server."""

from collections.abc import Callable, Sequence
from threading import Event, Thread

import psycopg
from psycopg import sql

AGAIN_SECONDS = 0.5
LOOK_UP_SECONDS = 0.5
CONNECT_SECONDS = 5


def appended(service: str) -> str:
    """The channel that tells of commits with new events."""
    return f"yui_{service}_appended"


def moved(service: str) -> str:
    """The channel that tells of commits that moved positions, parked or unparked, and recorded nothing."""
    return f"yui_{service}_moved"


class CommitListener:
    """A thread that calls `heard()` soon after each commit that one of the `channels` tells of.

    What happened while nobody listened is not known, so `heard` is called whenever listening begins. `url` names a user
    of any role. `heard` must not raise.
    """

    def __init__(self, url: str, channels: Sequence[str], heard: Callable[[], None]) -> None:
        self._url = url
        self._channels = channels
        self._heard = heard
        self._ended = Event()
        self._thread = Thread(target=self._run, name="signals", daemon=True)
        self.failure: str | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.ident:
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._listen()
            except psycopg.OperationalError as error:
                self.failure = str(error).strip()
                self._ended.wait(AGAIN_SECONDS)

    def _listen(self) -> None:
        with psycopg.connect(self._url, autocommit=True, connect_timeout=CONNECT_SECONDS) as connection:
            for channel in self._channels:
                connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            self.failure = None
            self._heard()
            while not self._ended.is_set():
                for _notice in connection.notifies(timeout=LOOK_UP_SECONDS):
                    self._heard()
                    if self._ended.is_set():
                        return
