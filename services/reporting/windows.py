"""Live windows over the visits that a municipality records: rates, late slips, unusual volumes, silences.

Nothing here is a fact. A window is a bounded memory of the last weeks of `yui.requests.v1`, in the order of `seq`; it
can be recomputed at any time from the events of the last `KEPT`. Every confirmed visit counts once, whatever its
outcome, in the hour in which its confirmation was recorded and in the district its facts name; a void within a day
takes it away, a correction within a day moves it. Later ones leave the past hours as they were.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple, assert_never

import msgspec

from shared.kernel.contracts.requests import (
    VisitConfirmed,
    VisitCorrected,
    VisitFacts,
    VisitRestated,
    VisitVoided,
)
from shared.kernel.dates import JST
from shared.kernel.messages import Event

WEEKS: Final = 4
LATE_DAYS: Final = 14
"""A slip is late when its visit is confirmed this many days after it was served, or later."""

UNUSUAL_FACTOR: Final = 3
UNUSUAL_LEAST: Final = 10
"""An hour is unusual with at least so many visits, and so many times the usual ones."""

LEAST_WEEKS: Final = 2
"""Before so many of the preceding weeks are known, nothing is usual and nothing unusual."""

SILENT_HOURS: Final = 2
SILENT_WEEKS: Final = 3
"""A district is silent after so many full hours without a visit that had some in so many of the preceding weeks."""

KEPT: Final = timedelta(weeks=WEEKS, hours=SILENT_HOURS + 1)
"""How far back the events matter: the hours of now, and the full ones before them, of each of the preceding weeks."""

MOST_VISITS: Final = 20_000
"""Known one by one per municipality; more in one day, and the earliest can no longer be voided out of their hour."""

LISTED: Final = 5
MOST_SLIPS: Final = 50
"""Late slips known in full, so that others can be listed when the newest are voided."""

_TICK: Final = 10
_TICKS: Final = 6
_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 24 * _HOUR
_MINUTES: Final = _DAY // _MINUTE
_WEEK_HOURS: Final = 7 * 24
_KEPT_HOURS: Final = WEEKS * _WEEK_HOURS + SILENT_HOURS

District = str | None
"""The id of a district; None when the visit's facts name none."""

Buckets = dict[int, dict[District, int]]
"""Visits by a stretch of time (its number since 1970 in UTC) and district. Japan's hours are whole hours of UTC."""

VISIT_TYPES: Final = frozenset(fact.TYPE for fact in (VisitConfirmed, VisitCorrected, VisitRestated, VisitVoided))


class LateSlip(msgspec.Struct, frozen=True):
    """A visit confirmed `days` after it was served; `recorded_at` as in the event."""

    visit_id: str
    organisation_id: str
    district_id: District
    served_on: date
    recorded_at: str
    days: int


class DistrictNow(msgspec.Struct, frozen=True):
    """Visits recorded in the last minute and in this hour of the clock.

    `usual`: the upper median of this hour in the preceding weeks; None while too few are known. `silent_since`: the end
    of the last hour with visits, while the district is silent against its habit.
    """

    district_id: District
    minute: int
    hour: int
    usual: int | None
    unusual: bool
    silent_since: str | None


class Signals(msgspec.Struct, frozen=True):
    """What the windows of one municipality say at `at`, having seen the events up to `seq`. Instants are UTC.

    `late`: the slips of the last 24 hours, to the minute, that were late; the newest are in `late_slips`.
    """

    tenant: str
    seq: int
    at: str
    hour_began_at: str
    districts: tuple[DistrictNow, ...]
    late: int
    late_slips: tuple[LateSlip, ...]


class Counted(NamedTuple):
    """Where a visit was counted: in which second its confirmation was recorded, and where; was its slip late?"""

    at: int
    district: District
    late: bool


@dataclass(slots=True)
class Window:
    """The memory of one municipality. `visits`, `late` and `late_slips` reach back one day."""

    seq: int = 0
    latest: int = 0
    ticks: Buckets = field(default_factory=dict)
    hours: Buckets = field(default_factory=dict)
    late: Buckets = field(default_factory=dict)
    visits: OrderedDict[str, Counted] = field(default_factory=OrderedDict)
    late_slips: OrderedDict[str, LateSlip] = field(default_factory=OrderedDict)


def note(window: Window, event: Event) -> None:
    """Take an event in, and forget what is older than needed. A `seq` seen before changes nothing.

    Raises msgspec's DecodeError or ValidationError for a visit that cannot be read, ValueError for its time; it is then
    passed over.
    """
    if event.seq <= window.seq:
        return
    window.seq = event.seq
    if event.type not in VISIT_TYPES:
        return
    fact: VisitConfirmed | VisitCorrected | VisitRestated | VisitVoided = event.fact
    at = _seconds(event.time)
    window.latest = max(window.latest, at)
    match fact:
        case VisitConfirmed(visit=visit):
            _take_away(window, visit.visit_id, at)
            _count(window, visit, at)
        case VisitCorrected(visit=visit) | VisitRestated(visit=visit):
            counted = _take_away(window, visit.visit_id, at)
            if counted:
                _count(window, visit, counted.at)
        case VisitVoided(was=was):
            _take_away(window, was.visit_id, at)
        case _:
            assert_never(fact)
    _forget(window)


def signals(tenant: str, window: Window, now: datetime) -> Signals:
    """What the window says now (or at its latest event, for a clock that is behind it)."""
    at = max(int(now.timestamp()), window.latest)
    hour = at // _HOUR
    first_known = min((each for each in window.hours if each >= hour - _KEPT_HOURS), default=hour)
    known_weeks = [week for week in range(1, WEEKS + 1) if hour - week * _WEEK_HOURS >= first_known]
    return Signals(
        tenant=tenant,
        seq=window.seq,
        at=_instant(at),
        hour_began_at=_instant(hour * _HOUR),
        districts=tuple(_district_now(window, each, at, known_weeks) for each in _districts(window, hour)),
        late=sum(sum(window.late[each].values()) for each in window.late if each > at // _MINUTE - _MINUTES),
        late_slips=tuple(islice(_late_after(window, at - _DAY), LISTED)),
    )


def content(found: Signals) -> Signals:
    """The same without the instant of looking, to see whether anything else has changed."""
    return msgspec.structs.replace(found, at="")


def begin_of_window(now: datetime) -> datetime:
    """Where to read from, so that the windows are as if they had never stopped."""
    return now - KEPT


def recorded_before(event: Event, instant: datetime) -> bool:
    """False for an event whose time somebody has made unreadable."""
    try:
        return _seconds(event.time) < instant.timestamp()
    except ValueError:
        return False


def _district_now(window: Window, district: District, at: int, known_weeks: list[int]) -> DistrictNow:
    hour = at // _HOUR
    visits = _sum(window.hours, [hour], district)
    usual = _usual(window, district, hour, known_weeks)
    unusual = usual is not None and visits >= max(UNUSUAL_LEAST, UNUSUAL_FACTOR * usual)
    tick = at // _TICK
    return DistrictNow(
        district_id=district,
        minute=_sum(window.ticks, range(tick - _TICKS + 1, tick + 1), district),
        hour=visits,
        usual=usual,
        unusual=unusual,
        silent_since=_silent_since(window, district, hour, known_weeks),
    )


def _usual(window: Window, district: District, hour: int, known_weeks: list[int]) -> int | None:
    if len(known_weeks) < LEAST_WEEKS:
        return None
    counts = sorted(_sum(window.hours, [hour - week * _WEEK_HOURS], district) for week in known_weeks)
    return counts[len(counts) // 2]


def _silent_since(window: Window, district: District, hour: int, known_weeks: list[int]) -> str | None:
    full_hours = range(hour - SILENT_HOURS, hour)
    if _sum(window.hours, [*full_hours, hour], district):
        return None
    usual_weeks = [
        week for week in known_weeks if _sum(window.hours, [each - week * _WEEK_HOURS for each in full_hours], district)
    ]
    if len(usual_weeks) < SILENT_WEEKS:
        return None
    last = max(each for each, districts in window.hours.items() if district in districts)
    return _instant((last + 1) * _HOUR)


def _districts(window: Window, hour: int) -> list[District]:
    """Those with a visit in the hours kept, the unknown one last."""
    found: set[District] = set()
    for each, districts in window.hours.items():
        if each >= hour - _KEPT_HOURS:
            found.update(districts)
    return sorted(found, key=lambda district: (district is None, district or ""))


def _sum(buckets: Buckets, stretches: Iterable[int], district: District) -> int:
    return sum(buckets[each].get(district, 0) for each in stretches if each in buckets)


def _late_after(window: Window, instant: int) -> Iterator[LateSlip]:
    """The newest first."""
    return (slip for slip in reversed(window.late_slips.values()) if _seconds(slip.recorded_at) > instant)


def _count(window: Window, visit: VisitFacts, at: int) -> None:
    days = (datetime.fromtimestamp(at, JST).date() - visit.served_on).days
    late = days >= LATE_DAYS
    window.visits[visit.visit_id] = Counted(at, visit.district_id, late)
    for buckets, length, oldest in _scales(window, late=late):
        if at // length >= oldest:
            districts = buckets.setdefault(at // length, {})
            districts[visit.district_id] = districts.get(visit.district_id, 0) + 1
    if late:
        window.late_slips[visit.visit_id] = LateSlip(
            visit_id=visit.visit_id,
            organisation_id=visit.organisation_id,
            district_id=visit.district_id,
            served_on=visit.served_on,
            recorded_at=_instant(at),
            days=days,
        )


def _take_away(window: Window, visit_id: str, at: int) -> Counted | None:
    """Where the visit was counted; None when that is more than a day ago, or not known."""
    counted = window.visits.get(visit_id)
    if counted is None or at - counted.at > _DAY:
        return None
    del window.visits[visit_id]
    window.late_slips.pop(visit_id, None)
    for buckets, length, _ in _scales(window, late=counted.late):
        _lower(buckets, counted.at // length, counted.district)
    return counted


def _lower(buckets: Buckets, stretch: int, district: District) -> None:
    districts = buckets.get(stretch)
    if not districts or district not in districts:
        return
    districts[district] -= 1
    if not districts[district]:
        del districts[district]
    if not districts:
        del buckets[stretch]


def _forget(window: Window) -> None:
    at = window.latest
    while window.visits and (_first(window.visits).at < at - _DAY or len(window.visits) > MOST_VISITS):
        window.visits.popitem(last=False)
    while len(window.late_slips) > MOST_SLIPS:
        window.late_slips.popitem(last=False)
    for buckets, _, oldest in _scales(window, late=True):
        while buckets and (first := next(iter(buckets))) < oldest:
            del buckets[first]


def _scales(window: Window, *, late: bool) -> Sequence[tuple[Buckets, int, int]]:
    """Buckets, the seconds of a stretch, and the first stretch that still matters; also those of `late` slips."""
    every = [
        (window.ticks, _TICK, window.latest // _TICK - _TICKS),
        (window.hours, _HOUR, window.latest // _HOUR - _KEPT_HOURS),
    ]
    return [*every, (window.late, _MINUTE, window.latest // _MINUTE - _MINUTES)] if late else every


def _first(visits: OrderedDict[str, Counted]) -> Counted:
    return next(iter(visits.values()))


def _seconds(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp())


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
