"""A municipality's point schemes as the engine reads them: typed, with the scheme in force on every day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from services.points.point_years import FISCAL_YEAR_STARTS

AgeReference = Literal["on_day", "on_april_first", "on_march_last", "on_point_year_start"]
CarryOver = Literal["all", "none", "below"]
Clause = Literal["eligibility.min_age", "caps.day", "caps.month", "caps.point_year"]


@dataclass(frozen=True, slots=True)
class Rate:
    """Points of one kind: for each activity (`unit_minutes` None) or for each full unit of so many minutes.

    `rule` is the label of the clause, `kosaka-2015@2015-04-01#rates.visit_user`.
    """

    rule: str
    points: int
    unit_minutes: int | None
    min_minutes: int

    def worth(self, minutes: int) -> int:
        return self.points if self.unit_minutes is None else self.points * (minutes // self.unit_minutes)


@dataclass(frozen=True, slots=True)
class Caps:
    """The most points a person can earn on a day, in a calendar month, in a point-year; None: no such cap."""

    day: int | None
    month: int | None
    point_year: int | None


NO_CAPS: Final = Caps(None, None, None)


@dataclass(frozen=True, slots=True)
class Exchange:
    """`yen` for every full `step_points`, at most `max_yen` for one point-year (None: without limit)."""

    step_points: int
    yen: int
    max_yen: int | None

    def steps(self, balance_points: int) -> int:
        steps = balance_points // self.step_points
        return steps if self.max_yen is None else min(steps, self.max_yen // self.yen)


@dataclass(frozen=True, slots=True)
class Scheme:
    """One version of a scheme. `label` is `id@effective_from`; `rates` by kind, under its id and its Japanese words.

    `min_age` None: people of any age earn. With `carry_over` `below` a balance under `carry_limit` is carried whole.
    """

    label: str
    starts_month: int
    rates: Mapping[str, Rate]
    caps: Caps
    min_age: int | None
    age_reference: AgeReference
    carry_over: CarryOver
    carry_limit: int
    exchange: Exchange | None

    def clause(self, clause: Clause) -> str:
        return f"{self.label}#{clause}"


@dataclass(frozen=True, slots=True)
class Span:
    """The days on which a scheme is in force: from `first` to the day before `beyond` (None: it goes on)."""

    first: date
    beyond: date | None
    scheme: Scheme


class SchemeBook:
    """Every scheme of a municipality, each on its own days. Days without a scheme belong to fiscal years."""

    __slots__ = ("common_starts_month", "spans", "tightest")

    def __init__(self, spans: Sequence[Span] = ()) -> None:
        """`spans` do not overlap and are sorted by `first`."""
        self.spans: Final = tuple(spans)
        schemes = [span.scheme for span in spans]
        self.tightest: Final = Caps(
            _tightest([scheme.caps.day for scheme in schemes]),
            _tightest([scheme.caps.month for scheme in schemes]),
            _tightest([scheme.caps.point_year for scheme in schemes]),
        )
        starts = {scheme.starts_month for scheme in schemes}
        self.common_starts_month: Final = starts.pop() if len(starts) == 1 else None

    def scheme_on(self, day: date) -> Scheme | None:
        for span in reversed(self.spans):
            if span.first <= day:
                return span.scheme if span.beyond is None or day < span.beyond else None
        return None

    def starts_month_on(self, day: date) -> int:
        scheme = self.scheme_on(day)
        return FISCAL_YEAR_STARTS if scheme is None else scheme.starts_month


def _tightest(caps: Sequence[int | None]) -> int | None:
    return min((cap for cap in caps if cap is not None), default=None)
