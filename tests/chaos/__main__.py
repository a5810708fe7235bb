"""Chaos on the real processes: a table of what was done and counted, and a line that says what was lost."""

import argparse
import logging
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.plan import EVERYTHING
from tests.chaos.storm import Result, storm


def main() -> int:
    given = _parser().parse_args()
    logging.basicConfig(
        level=logging.INFO if given.verbose else logging.ERROR, format="%(relativeCreated)8d %(message)s"
    )
    for name in ("kafka", "httpx", "psycopg"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    whats = given.only or EVERYTHING
    folder = Path(tempfile.mkdtemp(prefix="yui-chaos-"))
    folder.chmod(0o755)  # PostgreSQL is another user's when root starts it
    print(f"種 {given.seed}、{given.seconds:.0f} 秒、{folder}", flush=True)
    result = storm(folder, given.seed, given.seconds, whats)
    print(table(result))
    print(last_line(result), flush=True)
    if result.lost or result.doubled or result.unlike:
        return 1
    if not given.keep:
        shutil.rmtree(folder)
    return 0


def table(result: Result) -> str:
    lines = [f"{what:<44}{number:>10,}" for what, number in sorted(result.done.items())]
    lines += [f"{what:<44}{number:>10,}" for what, number in sorted(result.brought.items())]
    for tenant, found in result.found.items():
        lines.append(f"{tenant}: {found.count.facts:,} facts, {found.yen:,} yen, {found.points:,} points")
    lines += [f"LOST {line}" for line in result.lost]
    lines += [f"DOUBLED {line}" for line in result.doubled]
    lines += [f"UNLIKE {line}" for line in result.unlike]
    return "\n".join(lines)


def last_line(result: Result) -> str:
    return (
        f"{result.kills:,} kills, {result.restarts:,} restarts, {result.messages:,} messages, "
        f"{len(result.lost):,} lost, {len(result.doubled):,} doubled"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=EVERYTHING, help="only these disturbances")
    parser.add_argument("--keep", action="store_true", help="keep the folder, as after a failure")
    parser.add_argument("--verbose", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
