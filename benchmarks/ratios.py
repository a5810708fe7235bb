"""A line of the table: two figures of one run, and their ratio against its target."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True)
class Ratio:
    """`at_least` and `at_most` bound `ours / theirs`; None: not bounded on that side."""

    name: str
    ours: float
    theirs: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def value(self) -> float:
        return self.ours / self.theirs

    @property
    def reached(self) -> bool:
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)

    def line(self) -> str:
        bounds = [f"≥ {self.at_least:g}"] if self.at_least is not None else []
        bounds += [f"≤ {self.at_most:g}"] if self.at_most is not None else []
        verdict = "ok" if self.reached else "NOT REACHED"
        figures = f"{self.ours:,.1f} / {self.theirs:,.1f} {self.unit}"
        return f"{self.name:<58} {self.value:>8.3f}  ({' and '.join(bounds)})  {figures}  {verdict}"


def p95(figures: Sequence[float]) -> float:
    """What one in twenty exceeds."""
    return sorted(figures)[int(len(figures) * 0.95)]


def seconds_of(call: Callable[[], object]) -> float:
    started = perf_counter()
    call()
    return perf_counter() - started
