"""Four sources, each in its own order: however they are shuffled and cut into batches, the same rows."""

from collections.abc import Sequence

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from services.reporting import views
from shared.kernel.contracts import billing, coordination, points, requests
from shared.kernel.contracts.requests import VisitVoided
from shared.kernel.messages import Event
from tests.controls import ORGANISATION_KNOWN, REASON_REF, TAKAMATSU
from tests.projecting import all_rows, events_of
from tests.unit.reporting.story import PAID, SECOND, assessed, confirmed, district, earned, granted

SOURCES = (
    events_of(
        requests.CONTRACT,
        [
            ("organisation-O1", ORGANISATION_KNOWN),
            confirmed(),
            confirmed(SECOND),
            ("visit-V2", VisitVoided(was=SECOND, reason_ref=REASON_REF)),
        ],
    ),
    events_of(billing.CONTRACT, [granted(25_000), assessed(PAID), assessed(withdrawn="V1"), assessed(PAID)]),
    events_of(points.CONTRACT, [earned(2), earned(1, withdrawn="visit_helper:V1"), earned(3)]),
    events_of(coordination.CONTRACT, [district("D1", "太田"), district("D2", "牟礼")]),
)


def rows_of(batches: Sequence[Sequence[Event]]) -> list[tuple[object, ...]]:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        views.FIGURES.open(connection, 1)
        for batch in batches:
            views.FIGURES.project(connection, 1, batch)
        found = all_rows(views.FIGURES, connection, 1, TAKAMATSU)
    engine.dispose()
    return found


@st.composite
def arrivals(draw: st.DrawFn) -> list[list[Event]]:
    """Every source in its own order, mixed with the others, in batches of any size."""
    turns = draw(st.permutations([number for number, source in enumerate(SOURCES) for _ in source]))
    left = [iter(source) for source in SOURCES]
    mixed = [next(left[number]) for number in turns]
    cuts = sorted(draw(st.sets(st.integers(1, len(mixed) - 1))))
    return [mixed[start:end] for start, end in zip([0, *cuts], [*cuts, len(mixed)], strict=True)]


@given(arrivals())
def test_the_mutual_order_of_the_sources_does_not_matter(batches: list[list[Event]]) -> None:
    assert rows_of(batches) == rows_of(SOURCES)
