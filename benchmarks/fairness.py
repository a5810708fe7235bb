"""A page's write beside a running import: how long a person waits."""

from threading import Event, Thread
from time import perf_counter

from benchmarks.ratios import Ratio
from benchmarks.worlds import TAKAMATSU, settle_in, take_visits, world
from services.requests.entries import VisitVoidEntry
from shared.flow.handle import Accepted, Request

PAUSE_SECONDS = 0.05
P95_MILLISECONDS = 100.0


def measure(visits: int) -> Ratio:
    with world() as session:
        ((code, lines),) = settle_in(session, [TAKAMATSU], visits)
        header, body = lines[0], lines[1:]
        first = body[:400]
        take_visits(session, code, [header, *first])
        done = Event()

        def import_the_rest() -> None:
            take_visits(session, code, [header, *body[400:]])
            done.set()

        bulk = Thread(target=import_the_rest)
        bulk.start()
        waits = []
        for line in first:
            if done.wait(PAUSE_SECONDS):
                break
            entry = VisitVoidEntry(line.split(",")[0], "bench")
            started = perf_counter()
            (outcome,) = session.system.handle("requests", [Request(code, entry, "page", "page", "page")], urgent=True)
            waits.append((perf_counter() - started) * 1e3)
            if not isinstance(outcome, Accepted):
                raise RuntimeError(f"{outcome}")
        bulk.join()
    waits.sort()
    p95 = waits[int(len(waits) * 0.95)] if waits else 0.0
    return Ratio(
        f"a page's write beside an import, p95 of {len(waits)} / 100 ms", p95, P95_MILLISECONDS, "ms", at_most=1
    )
