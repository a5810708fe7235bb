"""`make bench-distributed`: ratios of one run, with PostgreSQL, Kafka and Yui on the processors of this machine.

`--quick`: small sizes. `--only NAME…`: some of the measurements.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from benchmarks.distributed import baselines, costs, living, stepping
from benchmarks.distributed.ground import Ground, ground
from benchmarks.ratios import Ratio
from shared.adapters import collector

QUICK, FULL = 4_000, 40_000
QUICK_HISTORY, FULL_HISTORY = 100_000, 2_000_000

Measure = Callable[[], Iterator[Ratio]]


def on_ground(place: Ground, visits: int, history: int) -> Mapping[str, Measure]:
    """What is measured with the loops in this process, by name."""
    return {
        "step": partial(steps, place, visits),
        "tenants": partial(stepping.municipalities, place, visits),
        "history": lambda: iter([stepping.history(place, visits, history)]),
        "guards": partial(costs.measure, place, visits),
    }


def steps(place: Ground, visits: int) -> Iterator[Ratio]:
    whole = stepping.measure(place, visits)
    yield stepping.one_by_one(place, whole)
    yield baselines.projection_runner(place, whole)
    yield baselines.copying(place, visits)
    yield baselines.idle_faust(place, visits)


def measure(names: Sequence[str], *, quick: bool) -> Iterator[Ratio]:
    with ground() as place:
        collector.calm()
        measures = on_ground(place, QUICK if quick else FULL, QUICK_HISTORY if quick else FULL_HISTORY)
        for name, each in measures.items():
            if name in names:
                yield from each()
    if "live" in names:
        yield from living.measure(quick=quick)


NAMES = ("step", "tenants", "history", "guards", "live")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.distributed", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, help="some of the measurements")
    arguments = parser.parse_args()
    print("PostgreSQL with fsync, Kafka, Yui on the same processors; ours / theirs in one run")
    missed = 0
    for ratio in measure(arguments.only, quick=arguments.quick):
        print(ratio.line(), flush=True)
        missed += not ratio.reached
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
