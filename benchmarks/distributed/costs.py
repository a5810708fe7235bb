"""What the guards of a step cost: the hash chain, and row-level security."""

from collections.abc import Iterator
from itertools import chain, repeat
from time import process_time

import psycopg
from psycopg import sql

from benchmarks.distributed.ground import Ground, Place
from benchmarks.distributed.step import Cost, Step, stepping
from benchmarks.distributed.visits import confirmed_visits
from benchmarks.ratios import Ratio
from benchmarks.worlds import TAKAMATSU
from shared.kernel.messages import Event, chain_hash

ROUNDS = 3
"""With and without the policies in turn; the least of each counts, what disturbs only adds."""
_GUARDED = "SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = 'billing'::regnamespace"


def measure(ground: Ground, visits: int) -> Iterator[Ratio]:
    guarded, unguarded = [], []
    hashing = 0.0
    for _ in range(ROUNDS):
        with ground.place() as place, stepping(place, [TAKAMATSU]) as step:
            arrived = _load(step, visits)
            before = step.billing.head(TAKAMATSU).seq
            guarded.append(step.run(visits))
            hashing = _hashing_seconds(arrived, step.billing.read(TAKAMATSU, before, 2 * visits))
        with ground.place() as place, stepping(place, [TAKAMATSU]) as step:
            _disable_policies(place)
            _load(step, visits)
            unguarded.append(step.run(visits))
    least, without = (min(costs, key=_processor).processor for costs in (guarded, unguarded))
    yield Ratio("hash chain / processor time of a step", hashing * 1e6 / visits, least, "µs a visit", at_most=0.1)
    yield Ratio("row-level security / processor time of a step", least - without, least, "µs a visit", at_most=0.05)


def _processor(cost: Cost) -> float:
    return cost.processor


def _load(step: Step, visits: int) -> list[Event]:
    events = confirmed_visits([TAKAMATSU], visits)
    step.load(events)
    return events


def _hashing_seconds(arrived: list[Event], appended: list[Event]) -> float:
    """As often as a step hashes: a visit when it arrives, its assessment when it is appended and when it arrives."""
    started = process_time()
    for event in chain(arrived, *repeat(appended, 2)):
        chain_hash(event, event.prevhash)
    return process_time() - started


def _disable_policies(place: Place) -> None:
    with psycopg.connect(place.admin_url) as connection:
        tables = [row[0] for row in connection.execute(_GUARDED)]
    place.as_admin(
        *[
            sql.SQL("ALTER TABLE billing.{} DISABLE ROW LEVEL SECURITY").format(sql.Identifier(table))
            for table in tables
        ]
    )
