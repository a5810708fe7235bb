"""Memory and cost along a long import: flat, or it is a leak. Runs in processes of its own."""

import sqlite3
import sys
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path

from benchmarks.by_turns import ROUNDS, by_turns, take_turns, whole
from benchmarks.ratios import Ratio, seconds_of
from benchmarks.worlds import SEED, TAKAMATSU, bring, take_visits, world
from services.cli.session import Session
from services.demo import large_visits

STRETCH = 10_000
LIMIT_MB = 300.0


def measure(visits: int) -> list[Ratio]:
    """The last stretch of the import, piece by piece, by turns with the first one of the same import begun anew."""
    stretch = whole(min(STRETCH, visits), ROUNDS)
    last, first = [["benchmarks.memory", str(visits), str(skipped)] for skipped in (visits - stretch, 0)]
    sides = by_turns(last, first)
    last_us, first_us = [side.average + side.end["left_us"] for side in sides]
    peak_mb = sides[0].end["peak_mb"]
    return [
        Ratio(f"peak memory of importing {visits:,} visits / 300 MB", peak_mb, LIMIT_MB, "MB", at_most=1),
        Ratio(f"cost of a visit, last {stretch:,} / first {stretch:,}", last_us, first_us, "µs", at_most=1.2),
    ]


def main(visits: int, skipped: int) -> None:
    """Import and settle so many visits of a file, then, whenever it is asked for, a piece of a stretch."""
    files = large_visits(users=max(200, visits // 40), visits=visits, organisations=20, seed=SEED, months=6)
    with world() as session:
        bring(session, TAKAMATSU, files)
        session.system.settle([TAKAMATSU])
        header = next(files.visits)

        def take(lines: list[str]) -> None:
            take_visits(session, TAKAMATSU, [header, *lines])
            session.system.settle([TAKAMATSU])

        for at in range(0, skipped, STRETCH):
            take(list(islice(files.visits, min(STRETCH, skipped - at))))
        _copy_logs(session)
        stretch = min(STRETCH, visits)
        take_turns(files.visits, stretch, take, partial(_end, session, stretch))


def _end(session: Session, stretch: int) -> dict[str, float]:
    """What the stretch has left to be done, in microseconds a visit; and the peak of memory."""
    return {"left_us": seconds_of(partial(_copy_logs, session)) * 1e6 / stretch, "peak_mb": _peak_mb()}


def _copy_logs(session: Session) -> None:
    """What SQLite has written into its logs is copied into the databases; else who comes later pays for it."""
    for path in session.console.cwd.glob("*.db"):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint")


def _peak_mb() -> float:
    """Of this program alone: `getrusage` counts what the process that started it used."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    return int(lines["VmHWM"].split()[0]) / 1024


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
