"""`make bench`: the ratios, each measured in this run. `--quick`: small sizes, without the long import."""

import argparse
import sys
from collections.abc import Iterator

from benchmarks import auditing, fairness, handling, live_page, memory, municipalities, whole_path
from benchmarks.ratios import Ratio


def measure(*, quick: bool) -> Iterator[Ratio]:
    scale = 1 if quick else 5
    yield handling.measure(1_000 * scale)
    yield whole_path.measure(4_000 * scale)
    yield from auditing.measure(10_000 * scale)
    yield fairness.measure(4_000 * scale)
    yield live_page.measure(10 * scale)
    yield municipalities.measure(4_000 * scale, 100)
    if not quick:
        yield from memory.measure(200_000)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, without the long import")
    arguments = parser.parse_args()
    print("SQLite, synchronous=FULL; ours / theirs in one run")
    missed = 0
    for ratio in measure(quick=arguments.quick):
        print(ratio.line(), flush=True)
        missed += not ratio.reached
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
