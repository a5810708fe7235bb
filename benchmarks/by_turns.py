"""Two processes that work by turns: a machine's speed changes within seconds, and both are to see the same of it."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import islice
from statistics import mean
from typing import Any, NamedTuple, TypeVar

from benchmarks.ratios import seconds_of

READY = "ready"
ROUNDS = 4
"""An even number: each side is first as often as the other."""

T = TypeVar("T")


class Turns(NamedTuple):
    """One side: microseconds for one of its items, on average, and what was said at the end."""

    average: float
    end: Any


def by_turns(ours: list[str], theirs: list[str]) -> tuple[Turns, Turns]:
    """Both as `python -m …` that calls `take_turns`."""
    with ExitStack() as stack:
        sides = [stack.enter_context(_started(command)) for command in (ours, theirs)]
        for side in sides:
            _answer(side)
        figures: list[list[float]] = [[], []]
        for number in range(ROUNDS):
            for at in (0, 1) if number % 2 else (1, 0):
                print(file=sides[at].stdin, flush=True)
                figures[at].append(_answer(sides[at]))
        ends = []
        for side in sides:
            assert side.stdin is not None  # noqa: S101 - it is a pipe
            side.stdin.close()
            ends.append(_answer(side))
    return Turns(mean(figures[0]), ends[0]), Turns(mean(figures[1]), ends[1])


def whole(size: int, parts: int) -> int:
    """The size, when it can be parted; what is left over would be paid for by nobody. ValueError otherwise."""
    if size < parts or size % parts:
        raise ValueError(f"{size} cannot be taken in {parts} equal parts")
    return size


def take_turns(
    items: Iterator[T], count: int, take: Callable[[list[T]], object], end: Callable[[], Any] = lambda: None
) -> None:
    """Be one of the two: take a part of `count` items whenever it is asked for, say `end` when no more are."""
    _say(READY)
    for _ in sys.stdin:
        piece = list(islice(items, count // ROUNDS))
        if not piece:
            raise RuntimeError("there are more rounds than items")
        _say(seconds_of(partial(take, piece)) * 1e6 / len(piece))
    _say(end())


def _started(command: list[str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )


def _answer(side: "subprocess.Popen[str]") -> Any:
    assert side.stdout is not None  # noqa: S101 - it is a pipe
    line = side.stdout.readline()
    if not line:
        raise RuntimeError(f"the benchmark's own process has ended: {side.args!r}")
    return json.loads(line)


def _say(figure: Any) -> None:
    print(json.dumps(figure), flush=True)
