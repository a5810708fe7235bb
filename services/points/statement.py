"""The account list: what people have earned, carried and can exchange, from the entries of their accounts. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Protocol

from services.points.point_years import begins_on, ends_before, label_of
from services.points.schemes import Scheme, SchemeBook


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


def account_list(entries: Mapping[str, Iterable[Entry]], on: date, book: SchemeBook) -> dict[str, Any]:
    """The promised JSON: one row per person and point-year, up to the one that holds `on`, with what was done by then.

    A point-year stands in the list when anything happened in it or points were carried into it. Whatever was not
    earned is listed with its reason, also when no point was at stake. `earned + carried_in = redeemed + carried_out +
    expired + balance` holds in every row. Sorted by person and point-year.
    """
    done = {person: [entry for entry in known if entry.done_on <= on] for person, known in entries.items()}
    years = _point_years(done.values(), on, book)
    rules = [span.scheme.label for span in book.spans if span.first <= on]
    accounts = [row for person in sorted(done) for row in _rows_of(person, done[person], years, on, book)]
    return {"rules": rules, "accounts": accounts}
