"""Memory and cost along a long import: flat, or it is a leak. Runs in a process of its own."""

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path
from time import perf_counter

from benchmarks.ratios import Ratio
from benchmarks.worlds import SEED, TAKAMATSU, take_visits, world
from services.cli.imports import take_in_text
from services.cli.rules import enact_document
from services.cli.tenants import add_municipality
from services.demo import large_visits
from services.library import packaged

STRETCH = 10_000
LIMIT_MB = 300.0


def measure(visits: int) -> list[Ratio]:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.memory", str(visits)], capture_output=True, text=True, check=True
    )
    figures = json.loads(ran.stdout)
    return [
        Ratio(f"peak memory of importing {visits:,} visits / 300 MB", figures["peak_mb"], LIMIT_MB, "MB", at_most=1),
        Ratio(
            f"cost of a visit, last {STRETCH:,} / first {STRETCH:,}",
            figures["last_us"],
            figures["first_us"],
            "µs",
            at_most=1.2,
        ),
    ]


def run(visits: int) -> dict[str, float]:
    """Import and settle in stretches; microseconds a visit of the first and the last, peak resident memory."""
    rules = packaged("takamatsu-2016")
    assert rules is not None  # noqa: S101 - it comes with Yui
    files = large_visits(users=max(200, visits // 40), visits=visits, organisations=20, seed=SEED, months=6)
    costs = []
    with world() as session:
        add_municipality(session, TAKAMATSU, "高松市")
        enact_document(session, TAKAMATSU, rules)
        take_in_text(session, TAKAMATSU, "organisations", "".join(files.organisations), None, "bench")
        take_in_text(session, TAKAMATSU, "people", "".join(files.people), None, "bench")
        session.system.settle([TAKAMATSU])
        lines = iter(files.visits)
        header = next(lines)
        while stretch := list(islice(lines, STRETCH)):
            started = perf_counter()
            take_visits(session, TAKAMATSU, [header, *stretch])
            session.system.settle([TAKAMATSU])
            costs.append((perf_counter() - started) * 1e6 / len(stretch))
    return {"first_us": costs[0], "last_us": costs[-1], "peak_mb": _peak_mb()}


def _peak_mb() -> float:
    """Of this program alone: `getrusage` counts what the process that started it had in use."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]))))
