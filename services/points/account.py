"""A person's account: every claim in the order of life, beside each what it was found to be worth.

Accounts are never changed, only followed by new ones; lists that a new one shares with an old one stay as they are.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Final, TypeVar

import msgspec

from services.points.engine import Claim, Result, result
from services.points.events import PointEntry
from services.points.schemes import SchemeBook

Footing = tuple[str | None, int]
"""The label of the scheme (None: none was in force) and the engine under which a result was found."""

SIEVE_BITS: Final = 4_096
"""One look in forty is in vain with a hundred claims, one in five with a thousand; a set takes ten times the room."""

T = TypeVar("T")

day_of: Final = attrgetter("done_on")


class Account(msgspec.Struct, frozen=True, gc=False):
    """Three lists side by side in the order of the claims: the claims, their results, the points posted.

    `footings` counts the results by footing, `capped` those that met a cap. `sieve` spares a look through all claims
    for one that was never here: every claim that ever was has set a bit of it.
    """

    claims: Sequence[Claim] = ()
    results: Sequence[Result] = ()
    posted: Sequence[int] = ()
    footings: Mapping[Footing, int] = {}
    capped: int = 0
    sieve: int = 0

    def find(self, activity_id: str, kind: str) -> int | None:
        """The place of a claim, None when there is none."""
        if not self.sieve & _bit(activity_id):
            return None
        places = (place for place, claim in enumerate(self.claims) if claim.activity_id == activity_id)
        return next((place for place in places if self.claims[place].kind == kind), None)

    def begins(self, day: date) -> int:
        """The place of the first claim on or after the day."""
        if not self.claims or day <= self.claims[0].done_on:
            return 0
        return bisect_left(self.claims, day, key=day_of)

    def entry(self, place: int) -> PointEntry:
        return entry_of(self.claims[place], self.results[place])

    def engine(self) -> int | None:
        """The engine of the results, None without any; decisions never leave results of two engines behind."""
        return next((engine for _, engine in self.footings), None)

    def stands_on(self, book: SchemeBook, engine: int) -> bool:
        """Whether every result was found under the scheme that `book` has in force on its day, and by that engine.

        It is enough to count. An enactment only takes days away from the schemes before it, so the claims now under a
        scheme known at the last decision are among those it had then: as many means the same ones. And a scheme
        enacted since then had none, so it has none of the claims now.
        """
        covered = 0
        for span in book.spans:
            beyond = len(self.claims) if span.beyond is None else self.begins(span.beyond)
            count = beyond - self.begins(span.first)
            if count != self.footings.get((span.scheme.label, engine), 0):
                return False
            covered += count
        return len(self.claims) - covered == self.footings.get((None, engine), 0)

    def with_claim(self, place: int, claim: Claim, found: Result) -> "Account":
        return Account(
            _inserted(self.claims, place, claim),
            _inserted(self.results, place, found),
            _inserted(self.posted, place, found.earned),
            _counted(self.footings, footing(found), 1),
            self.capped + (found.reason == "over_cap"),
            self.sieve | _bit(claim.activity_id),
        )

    def without(self, place: int) -> "Account":
        found = self.results[place]
        return Account(
            _removed(self.claims, place),
            _removed(self.results, place),
            _removed(self.posted, place),
            _counted(self.footings, footing(found), -1),
            self.capped - (found.reason == "over_cap"),
            self.sieve,
        )

    def revised(self, found: Mapping[int, Result]) -> "Account":
        """The same claims with other results at some places."""
        results, posted, footings, capped = list(self.results), list(self.posted), self.footings, self.capped
        for place, now in found.items():
            was = results[place]
            results[place], posted[place] = now, now.earned
            footings = _counted(_counted(footings, footing(was), -1), footing(now), 1)
            capped += (now.reason == "over_cap") - (was.reason == "over_cap")
        return Account(self.claims, results, posted, footings, capped, self.sieve)


EMPTY: Final = Account()


def entry_of(claim: Claim, found: Result) -> PointEntry:
    return PointEntry(
        activity_id=claim.activity_id,
        kind=claim.kind,
        point_year=found.point_year,
        done_on=claim.done_on,
        earned_points=found.earned,
        unearned_points=found.unearned,
        reason=found.reason,
        rule=found.rule,
        engine=found.engine,
    )


def result_of(entry: PointEntry) -> Result:
    return result(entry.point_year, entry.earned_points, entry.unearned_points, entry.reason, entry.rule, entry.engine)


@lru_cache(maxsize=4_096)
def footing(found: Result) -> Footing:
    return (None if found.rule is None else found.rule.partition("#")[0], found.engine)


def _bit(activity_id: str) -> int:
    return 1 << hash(activity_id) % SIEVE_BITS


def _inserted(values: Sequence[T], place: int, value: T) -> list[T]:
    copy = list(values)
    copy.insert(place, value)
    return copy


def _removed(values: Sequence[T], place: int) -> list[T]:
    copy = list(values)
    del copy[place]
    return copy


def _counted(footings: Mapping[Footing, int], of: Footing, by: int) -> dict[Footing, int]:
    counts = {**footings, of: footings.get(of, 0) + by}
    if not counts[of]:
        del counts[of]
    return counts
