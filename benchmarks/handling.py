"""A batch of 500 commands against one transaction per command."""

from collections.abc import Sequence
from functools import partial

from benchmarks.ratios import Ratio, seconds_of
from benchmarks.worlds import TAKAMATSU, settle_in, world
from services.requests.entries import VisitEntry
from shared.flow.handle import Desk, Request, handle
from shared.kernel.csv_reading import BadRow
from shared.kernel.kinds import parse_visits

BATCH = 500


def measure(commands: int) -> Ratio:
    rates = []
    for size in (BATCH, 1):
        with world() as session:
            ((code, lines),) = settle_in(session, [TAKAMATSU], commands)
            session.embedded.host.stop()
            requests = [
                Request(code, VisitEntry(row[1], None, brings_agreed_record=True), "bench", "bench", "bench")
                for row in parse_visits("".join(lines))
                if not isinstance(row, BadRow)
            ]
            desk = session.system.parts["requests"].desk
            cut = _cut(requests[: commands if size > 1 else commands // 4], size)
            rates.append(sum(map(len, cut)) / seconds_of(partial(_handle_all, desk, cut)))
    return Ratio("handle: 500 commands a transaction / one a transaction", rates[0], rates[1], "commands/s", 6)


def _handle_all(desk: Desk, cut: Sequence[Sequence[Request]]) -> None:
    for each in cut:
        handle(desk, each)


def _cut(requests: Sequence[Request], size: int) -> list[Sequence[Request]]:
    return [requests[start : start + size] for start in range(0, len(requests), size)]
