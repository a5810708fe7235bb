"""Server-sent events: what is new after a place, then whatever comes, woken by commits; a heartbeat in between."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from shared.flow.ports import LedgerReader, Unavailable
from shared.kernel.messages import Event
from shared.web.bell import Bell
from shared.web.problems import Problem

HEARTBEAT_SECONDS = 15.0
SHORTEST_PAUSE_SECONDS = 0.05
"""After something new; what comes meanwhile is shown together."""
LARGEST_READ = 200
AWAY_SECONDS = 0.5

log = logging.getLogger("yui.web")


@dataclass(frozen=True, slots=True)
class Message:
    """One server-sent event, without a name: a page swaps its `text` in."""

    id: str
    text: str

    def encoded(self) -> bytes:
        lines = [f"data: {line}" for line in self.text.splitlines()]
        return "\n".join([f"id: {self.id}", *lines, "\n"]).encode()


Look = Callable[[str], Sequence[Message]]
"""From the id of the last message seen to what is new."""


async def follow(bell: Bell, after: str, look: Look) -> AsyncIterator[bytes]:
    """Endless, until the client leaves or the server stops. Commits in quick succession are looked at together, and
    never for more than a third of the time. While a store is away, or a view is switched, it is tried again.
    """
    bell.enter()
    try:
        yield b"retry: 1000\n\n"
        while not bell.stopping:
            ring, started = bell.next(), perf_counter()
            try:
                messages = await run_in_threadpool(look, after)
            except Unavailable as error:
                log.info("nothing to show for now: %s", error)
                yield b": \n\n"
                await asyncio.sleep(AWAY_SECONDS)
                continue
            pause = 2 * (perf_counter() - started)
            for message in messages:
                after = message.id
                yield message.encoded()
            await asyncio.sleep(max(SHORTEST_PAUSE_SECONDS, pause) if messages else pause)
            if not messages and not await _rung(ring):
                yield b": \n\n"
    finally:
        bell.leave()


async def _rung(ring: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            await ring.wait()
    except TimeoutError:
        return False
    return True


def stream(bell: Bell, after: str, look: Look) -> StreamingResponse:
    """Raises Problem 503 when too many are open."""
    if not bell.has_room:
        raise Problem(503, "too_many_streams", "同時に開ける更新の数を超えました。使っていない画面を閉じてください。")
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(follow(bell, after, look), media_type="text/event-stream", headers=headers)


def ledger_stream(bell: Bell, ledger: LedgerReader, tenant: str, after: str) -> StreamingResponse:
    """A tenant's ledger as CloudEvents in JSON, ids are sequence numbers."""

    def look(last: str) -> list[Message]:
        return [_envelope(event) for event in ledger.read(tenant, int(last or "0"), LARGEST_READ)]

    return stream(bell, after, look)


def _envelope(event: Event) -> Message:
    document: dict[str, Any] = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.stream,
        "time": event.time,
        "datacontenttype": "application/json",
        "tenant": event.tenant,
        "seq": event.seq,
        "version": event.version,
        "prevhash": event.prevhash.hex(),
        "hash": event.hash.hex(),
        "actor": event.actor,
        "cause": event.cause,
        "correlation": event.correlation,
        "data": json.loads(event.data),
    }
    return Message(str(event.seq), json.dumps(document, ensure_ascii=False))


def resume_point(after: int | None, last_event_id: str | None) -> str:
    """`Last-Event-ID` of a reader that comes back, else `after`, else the beginning. Raises Problem 422."""
    place = last_event_id or str(after or 0)
    if not place.isdecimal():
        raise Problem(
            422, "invalid", f"Last-Event-ID「{place}」は番号ではありません。受け取った id をそのまま送ってください。"
        )
    return place
