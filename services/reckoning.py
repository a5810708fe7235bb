"""What the events of a ledger say its results are worth, beside what the views say: of all of them, or of the new ones.

A result replaces the one before it, so a running total could only go on by remembering every result. Of what is new,
visits, grants and earnings are compared one by one instead; sums, and what nobody has touched, when all is compared.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from services.billing import queries as billing_queries
from services.billing import views as billing_views
from services.billing.events import OrganisationGranted, SubsidyAssessed
from services.points import queries as points_queries
from services.points import views as points_views
from services.points.events import PointsAssessed
from shared.flow.ports import Source, Store
from shared.flow.verify import pages
from shared.kernel.messages import Event

Key = tuple[str, ...]
Worth = tuple[str, int]
"""The month and the yen, or the person and the points."""
Results = dict[Key, Worth | None]
"""The latest result of each; None when it is withdrawn."""
Totals = Mapping[str, int]
"""Yen by month, points by person; what is zero is left out."""

MOST_NAMED = 20
AT_ONCE = 500
"""Results that are asked for in one query."""


class Place(NamedTuple):
    """How far a view has come, and which of its generations."""

    generation: int
    seq: int


Places = Mapping[str, Place]
"""By view."""
NOWHERE = Place(0, 0)


@dataclass(frozen=True)
class Kept:
    """The results that a view keeps: what an event makes of them, and how those of some ids (the first word of a key)
    are shown.
    """

    view: str
    of: str
    note: Callable[[Event, Results], None]
    shown: Callable[[Any, str, Sequence[str]], Mapping[Key, Worth]]


@dataclass(frozen=True)
class Reckoning:
    """`summed` gives the totals of everything as they are shown, by the name of who shows them."""

    name: str
    service: str
    kept: tuple[Kept, ...]
    summed: Callable[[Any, str], Mapping[str, Totals]]
    of: str
    unit: str


def reckon(reckoning: Reckoning, store: Store, tenant: str, since: Places) -> tuple[Places, list[str]]:
    """How far the views have come, and a sentence for each difference from the ledger up to there. What came behind
    `since` is compared; everything, when that does not name every view, or one has been built anew.
    """
    with store.reading(tenant) as connection:
        reached = {
            kept.view: _place(store, connection, kept.view, (reckoning.service, tenant)) for kept in reckoning.kept
        }
        if all(_goes_on(since.get(view, NOWHERE), place) for view, place in reached.items()):
            news: list[str] = []
            for kept in reckoning.kept:
                noted = _noted(kept, store, tenant, since[kept.view].seq, reached[kept.view].seq)
                news += _unlike(reckoning, kept, noted, connection, tenant)
            return reached, news
        summed = reckoning.summed(connection, tenant)
    everything = [_noted(kept, store, tenant, 0, reached[kept.view].seq) for kept in reckoning.kept]
    return reached, list(_differing(reckoning, _totals(everything), summed))


def _place(store: Store, connection: Any, view: str, source: Source) -> Place:
    return Place(store.generation_within(connection, view), store.positions_within(connection, view).get(source, 0))


def _goes_on(since: Place, reached: Place) -> bool:
    return since.generation == reached.generation and since.seq <= reached.seq


def _noted(kept: Kept, store: Store, tenant: str, after: int, through: int) -> Results:
    results: Results = {}
    for page in pages(store, tenant, through, after):
        for event in page:
            kept.note(event, results)
    return results


def _unlike(reckoning: Reckoning, kept: Kept, noted: Results, connection: Any, tenant: str) -> Iterator[str]:
    shown: dict[Key, Worth] = {}
    ids = sorted({key[0] for key in noted})
    for first in range(0, len(ids), AT_ONCE):
        shown |= kept.shown(connection, tenant, ids[first : first + AT_ONCE])
    unlike = [key for key, worth in sorted(noted.items()) if _paid(worth) != _paid(shown.get(key))]
    for key in unlike[:MOST_NAMED]:
        was, now = (_said(key, worth, reckoning.unit) for worth in (noted[key], shown.get(key)))
        yield f"{kept.of} {' '.join(key)}: 台帳では{was}、一覧では{now}です。"
    if len(unlike) > MOST_NAMED:
        yield f"{kept.of}: ほかに {len(unlike) - MOST_NAMED:,} 件が違います。"


def _paid(worth: Worth | None) -> Worth | None:
    return worth if worth and worth[1] else None


def _said(key: Key, worth: Worth | None, unit: str) -> str:
    if worth is None:
        return "なし"
    where = "" if worth[0] in key else f"（{worth[0]}）"
    return f" {worth[1]:,} {unit}{where}"


def _totals(noted: Iterable[Results]) -> Totals:
    totals: dict[str, int] = defaultdict(int)
    for results in noted:
        for worth in results.values():
            if worth:
                totals[worth[0]] += worth[1]
    return {place: amount for place, amount in totals.items() if amount}


def _differing(reckoning: Reckoning, recorded: Totals, others: Mapping[str, Totals]) -> Iterator[str]:
    for name, totals in others.items():
        shown = {key: amount for key, amount in totals.items() if amount}
        for key in sorted(recorded.keys() | shown.keys()):
            was, now = recorded.get(key, 0), shown.get(key, 0)
            if was != now:
                unit = reckoning.unit
                yield f"{reckoning.of} {key}: 台帳では {was:,} {unit}、{name}では {now:,} {unit}です。"


# ------------------------------------------------------------------------------------------ what is reckoned


def _note_assessed(event: Event, results: Results) -> None:
    if event.type not in billing_views.ASSESSMENT_TYPES:
        return
    if isinstance(event.fact, SubsidyAssessed) and event.fact.withdrawn is not None:
        results[event.fact.withdrawn,] = None
    for assessment in event.fact.assessments:
        results[assessment.visit_id,] = (event.fact.month, assessment.subsidy_yen)


def _note_granted(event: Event, results: Results) -> None:
    if event.type != OrganisationGranted.TYPE:
        return
    for grant in event.fact.grants:
        worth = (grant.month, grant.base_yen + grant.startup_yen)
        results[grant.organisation_id, grant.service, grant.month] = worth


def _note_earned(event: Event, results: Results) -> None:
    if event.type not in points_views.ENTRY_TYPES:
        return
    person = event.fact.person
    if isinstance(event.fact, PointsAssessed) and event.fact.withdrawn is not None:
        kind, _, activity_id = event.fact.withdrawn.partition(":")
        results[activity_id, kind, person] = None
    for entry in event.fact.entries:
        results[entry.activity_id, entry.kind, person] = (person, entry.earned_points)


def _yen_shown(connection: Any, tenant: str) -> Mapping[str, Totals]:
    grouped = billing_queries.yen_by_month(connection, tenant)
    stated = {
        month: billing_queries.month_statement(connection, tenant, month)["total_yen"] for month in sorted(grouped)
    }
    return {"明細": stated, "SQL の集計": grouped}


def _points_shown(connection: Any, tenant: str) -> Mapping[str, Totals]:
    return {"残高の一覧": points_queries.points_by_person(connection, tenant)}


SUBSIDIES = Reckoning(
    "subsidies",
    "billing",
    (
        Kept(billing_views.ASSESSMENTS.name, "訪問", _note_assessed, billing_queries.yen_of_visits),
        Kept(billing_views.GRANTS.name, "団体", _note_granted, billing_queries.yen_of_grants),
    ),
    _yen_shown,
    "月",
    "円",
)
POINTS = Reckoning(
    "points",
    "points",
    (Kept(points_views.ENTRIES.name, "活動", _note_earned, points_queries.points_of_activities),),
    _points_shown,
    "人",
    "ポイント",
)
