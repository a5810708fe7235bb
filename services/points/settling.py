"""What a person's claims are worth together: the entries that differ once a claim has come, changed or gone.

Claims touch each other through caps alone, and only within the windows of these: a day, a month, a point-year. So the
bucket that is decided is a person's point-year, and most of the time a single claim of it. Whatever way is taken, the
outcome is that of settling the whole account anew.
"""

from bisect import bisect_left
from datetime import MAXYEAR, date, timedelta
from itertools import accumulate
from typing import Final, NamedTuple

from services.points.account import Account, entry_of
from services.points.engine import ENGINES, Claim, Result
from services.points.events import PointEntry
from services.points.point_years import begins_on, ends_before, label_of
from services.points.schemes import SchemeBook

BEYOND_ANY_WINDOW: Final = timedelta(days=366)


class Terms(NamedTuple):
    """By what claims are settled: the schemes in force and the version of the arithmetic."""

    book: SchemeBook
    engine: int


class _Reach(NamedTuple):
    """How far a change goes: nothing differs before place `first`; `changed` is the last day whose points differ."""

    first: int
    changed: date


_EVERYTHING: Final = _Reach(0, date.max)


class _Gone(NamedTuple):
    """A claim that was taken out: its place, its day, the points it had."""

    place: int
    day: date
    points: int


def entries_with(account: Account, place: int | None, claim: Claim, terms: Terms) -> list[PointEntry]:
    """The entries that differ when `claim` comes in, replacing the one at `place` (None: it is new); its own first."""
    rest, gone = (account, None) if place is None else _taken_out(account, place)
    at = bisect_left(rest.claims, claim)
    own = _settled(rest, at, claim, terms)
    if rest.stands_on(terms.book, terms.engine):
        reach = _reach(rest, gone, at, claim.done_on, own.earned, terms.book)
    else:
        reach = _EVERYTHING
    others: list[PointEntry] = []
    if reach is not None:
        page = rest.with_claim(at, claim, own)
        found = _resettled(page, reach, terms)
        own = found.pop(at, own)
        others = _entries(page, found)
    entry = entry_of(claim, own)
    if place is not None and account.entry(place) == entry:
        return others
    return [entry, *others]


def entries_without(account: Account, place: int, terms: Terms) -> list[PointEntry]:
    """The entries of others that differ when the claim at `place` has gone."""
    rest, gone = _taken_out(account, place)
    if not rest.stands_on(terms.book, terms.engine):
        return entries_anew(rest, terms)
    if not (rest.capped and gone.points):
        return []
    return _entries(rest, _resettled(rest, _Reach(place, gone.day), terms))


def entries_anew(account: Account, terms: Terms) -> list[PointEntry]:
    """The entries that differ when every claim of the account is settled anew."""
    return _entries(account, _resettled(account, _EVERYTHING, terms))


def _taken_out(account: Account, place: int) -> tuple[Account, _Gone]:
    return account.without(place), _Gone(place, account.claims[place].done_on, account.posted[place])


def _entries(account: Account, found: dict[int, Result]) -> list[PointEntry]:
    return [entry_of(account.claims[place], result) for place, result in found.items()]


def _settled(account: Account, place: int, claim: Claim, terms: Terms) -> Result:
    """What `claim` is worth when it comes in at that place and nothing before it differs."""

    def posted_since(day: date) -> int:
        return sum(account.posted[account.begins(day) : place])

    return ENGINES[terms.engine](claim, terms.book.scheme_on(claim.done_on), posted_since)


def _resettled(account: Account, reach: _Reach, terms: Terms) -> dict[int, Result]:
    """The results that differ, by place, as far as the change reaches."""
    settle, scheme_on = ENGINES[terms.engine], terms.book.scheme_on
    posted_before = list(accumulate(account.posted[: reach.first], initial=0))
    begins: dict[date, int] = {}

    def posted_since(day: date) -> int:
        if day not in begins:
            begins[day] = account.begins(day)
        return posted_before[-1] - posted_before[begins[day]]

    changed = reach.changed
    found: dict[int, Result] = {}
    for place in range(reach.first, len(account.claims)):
        claim = account.claims[place]
        if claim.done_on - changed >= BEYOND_ANY_WINDOW:
            break
        result = settle(claim, scheme_on(claim.done_on), posted_since)
        posted_before.append(posted_before[-1] + result.earned)
        if result != account.results[place]:
            found[place] = result
            changed = max(changed, claim.done_on)
    return found


def _reach(rest: Account, gone: _Gone | None, at: int, day: date, points: int, book: SchemeBook) -> _Reach | None:
    """How far it goes that `points` come in `at` a place, after a claim has perhaps gone. None: nobody else differs."""
    if gone is not None and gone.points and rest.capped:
        return _Reach(min(at, gone.place), max(day, gone.day))
    if not points or at == len(rest.claims):
        return None
    if not rest.capped and _all_fit(rest, day, points, book):
        return None
    return _Reach(at, day)


def _all_fit(rest: Account, day: date, more: int, book: SchemeBook) -> bool:
    """Whether no cap is met in any window that holds the day, even with so many points more.

    (Where a cap was met before, that one would be full anyway; but which of two caps leaves less can change.)
    """
    if day.year == MAXYEAR:
        return False
    caps = book.tightest
    if caps.day is not None and _posted_between(rest, day, day + timedelta(days=1)) + more > caps.day:
        return False
    if caps.month is not None:
        first = day.replace(day=1)
        if _posted_between(rest, first, (first + timedelta(days=31)).replace(day=1)) + more > caps.month:
            return False
    if caps.point_year is None:
        return True
    if book.common_starts_month is None:
        return False
    year = label_of(day, book.common_starts_month)
    return _posted_between(rest, begins_on(year), ends_before(year)) + more <= caps.point_year


def _posted_between(account: Account, first: date, beyond: date) -> int:
    return sum(account.posted[account.begins(first) : account.begins(beyond)])
