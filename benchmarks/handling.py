"""A batch of 500 commands against one transaction per command."""

from collections.abc import Sequence
from functools import partial
from typing import cast

from benchmarks.ratios import Ratio, seconds_of
from benchmarks.worlds import TAKAMATSU, settle_in, visit_requests, world
from services.wiring import Embedded
from shared.flow.handle import Desk, Request, handle

BATCH = 500


def measure(commands: int) -> Ratio:
    rates = []
    for size in (BATCH, 1):
        with world() as session:
            ((code, lines),) = settle_in(session, [TAKAMATSU], commands)
            cast(Embedded, session.running).host.stop()
            desk = session.system.parts["requests"].desk
            cut = _cut(visit_requests(code, lines), size)
            rates.append(commands / seconds_of(partial(_handle_all, desk, cut)))
    return Ratio("handle: 500 commands a transaction / one a transaction", rates[0], rates[1], "commands/s", 6)


def _handle_all(desk: Desk, cut: Sequence[Sequence[Request]]) -> None:
    for each in cut:
        handle(desk, each)


def _cut(requests: Sequence[Request], size: int) -> list[Sequence[Request]]:
    return [requests[start : start + size] for start in range(0, len(requests), size)]
