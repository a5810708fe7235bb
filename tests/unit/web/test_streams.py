"""Streams: everything after a place once, awake at every commit, ended when the server stops."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from shared.flow.ports import Unavailable
from shared.flow.system import Progress
from shared.web import streams
from shared.web.bell import Bell
from shared.web.streams import Message, follow, resume_point
from tests.loops import run


class Log:
    """Numbers that grow; every one is committed."""

    def __init__(self) -> None:
        self.progress = Progress()
        self.last = 0

    def add(self) -> None:
        self.last += 1
        self.progress.made()

    def look(self, after: str) -> Sequence[Message]:
        return [Message(str(number), f"line {number}") for number in range(int(after) + 1, self.last + 1)]


async def next_ids(stream: AsyncIterator[bytes], count: int) -> list[str]:
    found: list[str] = []
    while len(found) < count:
        chunk = (await anext(stream)).decode()
        found += [line.removeprefix("id: ") for line in chunk.splitlines() if line.startswith("id: ")]
    return found


def test_what_was_there_and_what_comes_arrives_once_and_in_order() -> None:
    async def go() -> None:
        log = Log()
        bell = Bell(log.progress)
        bell.start()
        log.add()
        stream = follow(bell, "0", log.look)
        assert await next_ids(stream, 1) == ["1"]
        waiting = asyncio.create_task(next_ids(stream, 3))
        for _ in range(3):
            await asyncio.sleep(0)
            log.add()
        assert await waiting == ["2", "3", "4"]
        bell.stop()
        assert [chunk async for chunk in stream] == []
        assert bell.streams == 0

    run(asyncio.wait_for(go(), 30))


def test_a_reader_waits_while_a_store_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when the view that it reads is switched to another generation at this moment."""
    monkeypatch.setattr(streams, "AWAY_SECONDS", 0.01)

    async def go() -> None:
        log, away = Log(), [Unavailable("the table is not there"), Unavailable("the same")]
        bell = Bell(log.progress)
        bell.start()
        log.add()

        def look(after: str) -> Sequence[Message]:
            if away:
                raise away.pop()
            return log.look(after)

        stream = follow(bell, "0", look)
        assert await next_ids(stream, 1) == ["1"]
        assert away == []
        bell.stop()

    run(asyncio.wait_for(go(), 30))


def test_a_stopped_server_ends_streams_that_wait() -> None:
    async def go() -> None:
        log = Log()
        bell = Bell(log.progress)
        bell.start()
        stream = follow(bell, "0", log.look)
        assert await anext(stream) == b"retry: 1000\n\n"
        end = asyncio.create_task(anext(stream, b"ended"))
        await asyncio.sleep(0)
        bell.stop()
        assert await end == b"ended"

    run(asyncio.wait_for(go(), 30))


def test_a_message_of_several_lines_is_one_event() -> None:
    assert Message("7", "<ol>\n<li>").encoded() == b"id: 7\ndata: <ol>\ndata: <li>\n\n"


def test_a_reader_that_comes_back_goes_on_where_it_was() -> None:
    assert resume_point(3, "9") == "9"
    assert resume_point(3, None) == "3"
    assert resume_point(None, None) == "0"
