"""A page's write beside a running import: how long a person waits."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from time import perf_counter

from benchmarks.ratios import Ratio, p95
from benchmarks.worlds import TAKAMATSU, settle_in, take_visits, world
from services.cli.session import Session
from services.requests.entries import VisitVoidEntry
from shared.flow.handle import Accepted, Request

PAUSE_SECONDS = 0.05
P95_MILLISECONDS = 100.0
SHARE_VOIDED = 0.1
"""Of the visits so many are there before the import begins, for a page to void."""


def measure(visits: int) -> Ratio:
    with world() as session, ThreadPoolExecutor(1) as pool:
        ((code, lines),) = settle_in(session, [TAKAMATSU], visits)
        header, body = lines[0], lines[1:]
        voided = int(visits * SHARE_VOIDED)
        take_visits(session, code, [header, *body[:voided]])
        bulk = pool.submit(take_visits, session, code, [header, *body[voided:]])
        waits = list(_waits(session, code, body[:voided], bulk))
        bulk.result()
    return Ratio(
        f"a page's write beside an import, p95 of {len(waits)} / 100 ms", p95(waits), P95_MILLISECONDS, "ms", at_most=1
    )


def _waits(session: Session, code: str, lines: list[str], bulk: "Future[None]") -> Iterator[float]:
    """Milliseconds of one write after another, with a pause between them, until the import is done."""
    for line in lines:
        yield _wait(session, code, line.split(",")[0])
        if wait([bulk], PAUSE_SECONDS).done:
            return


def _wait(session: Session, code: str, visit_id: str) -> float:
    request = Request(code, VisitVoidEntry(visit_id, "bench"), "page", "page", "page")
    started = perf_counter()
    (outcome,) = session.system.handle("requests", [request], urgent=True)
    milliseconds = (perf_counter() - started) * 1e3
    if not isinstance(outcome, Accepted):
        raise RuntimeError(f"the benchmark's own write was not accepted: {outcome}")
    return milliseconds
