"""The account list: what people have earned, carried and can exchange, from the entries of their accounts. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any, NamedTuple, Protocol, assert_never

from services.points.point_years import begins_on, ends_before, label_of
from services.points.schemes import Scheme, SchemeBook
from shared.kernel.dates import Month, months_between


class Entry(Protocol):
    """What a statement needs of an entry: a PointEntry, or a row of the view that holds it."""

    @property
    def activity_id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def point_year(self) -> str: ...
    @property
    def done_on(self) -> date: ...
    @property
    def earned_points(self) -> int: ...
    @property
    def unearned_points(self) -> int: ...
    @property
    def reason(self) -> str: ...


class _PointYear(NamedTuple):
    """A point-year as of the day of the statement. `scheme` decides what is carried and exchanged, if there is one."""

    label: str
    over: bool
    scheme: Scheme | None


def account_list(entries: Mapping[str, Iterable[Entry]], on: date, book: SchemeBook) -> dict[str, Any]:
    """The promised JSON: one row per person and point-year, up to the one that holds `on`, with what was done by then.

    `entries` by person. A point-year has a row when anything happened in it or points were carried into it. Whatever
    was not earned is listed with its reason, also when no point was at stake. In every row, carried_in + earned =
    redeemed + carried_out + expired + balance. Sorted by person and point-year; `rules` are those in force until `on`.
    """
    done = {person: [entry for entry in known if entry.done_on <= on] for person, known in entries.items()}
    years = _point_years([entry for known in done.values() for entry in known], on, book)
    accounts = [row for person in sorted(done) for row in _rows_of(person, done[person], years)]
    return {"rules": [span.scheme.label for span in book.spans if span.first <= on], "accounts": accounts}


def _rows_of(person: str, entries: Iterable[Entry], years: Iterable[_PointYear]) -> Iterator[dict[str, Any]]:
    by_year = defaultdict(list)
    for entry in entries:
        by_year[entry.point_year].append(entry)
    carried_in = 0
    for year in years:
        here = by_year.get(year.label, [])
        if not here and not carried_in:
            continue
        earned = sum(entry.earned_points for entry in here)
        carried_out = _carried_out(year, carried_in + earned)
        balance = carried_in + earned - carried_out
        yield {
            "person_id": person,
            "point_year": year.label,
            "earned": earned,
            "unearned": _unearned(here),
            "carried_in": carried_in,
            "redeemed": 0,
            "carried_out": carried_out,
            "expired": 0,
            "balance": balance,
            **_redeemable(year, balance),
        }
        carried_in = carried_out


def _unearned(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    return [
        {"activity_id": entry.activity_id, "points": entry.unearned_points, "reason": entry.reason}
        for entry in sorted(entries, key=lambda entry: (entry.activity_id, entry.kind))
        if entry.reason != "earned"
    ]


def _carried_out(year: _PointYear, points: int) -> int:
    """What goes into the next point-year; the rest stays in this one's balance, where it can be exchanged."""
    if not year.over or year.scheme is None:
        return 0
    match year.scheme.carry_over:
        case "all":
            return points
        case "none":
            return 0
        case "below":
            return points if points < year.scheme.carry_limit else 0
        case _:
            assert_never(year.scheme.carry_over)


def _redeemable(year: _PointYear, balance: int) -> dict[str, int]:
    exchange = None if year.scheme is None else year.scheme.exchange
    if exchange is None:
        return {"redeemable_points": 0, "redeemable_yen": 0}
    steps = exchange.steps(balance)
    return {"redeemable_points": steps * exchange.step_points, "redeemable_yen": steps * exchange.yen}


def _point_years(entries: Sequence[Entry], on: date, book: SchemeBook) -> list[_PointYear]:
    """Every point-year from the first entry to the one that holds `on`, also those in which nothing was done."""
    first = min((entry.done_on for entry in entries), default=on)
    days = [on, *(month.first for month in months_between(Month.of(first), Month.of(on)))]
    days += [span.first for span in book.spans if first <= span.first <= on]
    labels = {label_of(day, book.starts_month_on(day)) for day in days if day >= first}
    labels |= {entry.point_year for entry in entries}
    in_order = sorted(labels, key=begins_on)
    current = begins_on(label_of(on, book.starts_month_on(on)))
    years = []
    for label, following in zip_longest(in_order, in_order[1:]):
        beyond = ends_before(label) if following is None else min(ends_before(label), begins_on(following))
        last = min(on, beyond - timedelta(days=1))
        years.append(_PointYear(label, begins_on(label) < current, _last_scheme(book, begins_on(label), last)))
    return years


def _last_scheme(book: SchemeBook, first: date, last: date) -> Scheme | None:
    """The scheme in force on the last day, or else the last one that was, on or after the first day."""
    for span in reversed(book.spans):
        if span.first <= last:
            return span.scheme if span.beyond is None or first < span.beyond else None
    return None
