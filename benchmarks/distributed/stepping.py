"""The step against itself: one event a transaction, many municipalities, a long history."""

from collections.abc import Iterator
from itertools import starmap

from psycopg import sql

from benchmarks.distributed.ground import Ground, Place
from benchmarks.distributed.step import Cost, Step, stepping
from benchmarks.distributed.visits import confirmed_visits
from benchmarks.ratios import Ratio
from benchmarks.worlds import TAKAMATSU, tenant_codes

ONE_BY_ONE = 20
"""One event a transaction is measured with this fraction of the visits."""
MANY = 500
FLAT = 1.2
SHORT_HISTORY = 10_000

_LEDGER = """
INSERT INTO billing.ledger (tenant, seq, stream, version, type, time, actor, cause, correlation, data, prevhash, hash)
SELECT {tenant}, {seq} + number, 'user-month-019c' || lpad(to_hex((number - 1) / 7), 28, '0') || '-2015-10',
       (number - 1) % 7 + 1, 'yui.billing.subsidy_assessed.v1', '2015-10-01T00:00:00.000Z', 'billing.assess_visits',
       '/yui/requests/' || {tenant} || '-' || number, '019c0000000070008000000000000000',
       convert_to(repeat('x', 900), 'UTF8'), sha256(int8send(number - 1)), sha256(int8send(number))
FROM generate_series(1, {events}) AS number
"""
_SHOWN = """
INSERT INTO billing.assessments__1 (tenant, visit_id, person, month, organisation_id, district_id, service, served_on,
    user_fee_yen, helper_expense_yen, subsidy_yen, reason, cap_position, rule, flags, engine)
SELECT {tenant}, 'old' || lpad(number::text, 9, '0'), '019c' || lpad(to_hex((number - 1) / 7), 28, '0'), '2015-10',
       'bo00001', 'd01', 'visit', '2015-10-01', 500, 500, 500, 'paid', 1, 'rule', '', 1
FROM generate_series(1, {events}) AS number
"""
_REACHED = (
    "UPDATE billing.heads SET seq = {seq} + {events}, hash = sha256(int8send({events})) WHERE tenant = {tenant}",
    "UPDATE billing.published SET seq = {seq} + {events} WHERE tenant = {tenant}",
    """UPDATE billing.positions SET seq = {seq} + {events}, hash = sha256(int8send({events}))
       WHERE tenant = {tenant} AND source = 'billing'""",
    "VACUUM ANALYZE billing.ledger",
    "VACUUM ANALYZE billing.assessments__1",
    "CHECKPOINT",
)


def measure(ground: Ground, visits: int) -> Cost:
    """The whole step, as often as not the first of everything."""
    with ground.place() as place, stepping(place, [TAKAMATSU]) as step:
        step.load(confirmed_visits([TAKAMATSU], visits))
        return step.run(visits)


def one_by_one(ground: Ground, whole: Cost) -> Ratio:
    visits = whole.visits // ONE_BY_ONE
    with ground.place() as place, stepping(place, [TAKAMATSU], limit=1) as step:
        step.load(confirmed_visits([TAKAMATSU], visits))
        alone = step.run(visits)
    return Ratio("step / one event a transaction", whole.rate, alone.rate, "visits/s", 10)


def municipalities(ground: Ground, visits: int) -> Iterator[Ratio]:
    """One partition in both, so that a batch of 500 is of 500 municipalities."""
    costs = []
    for number in (MANY, 1):
        tenants = tenant_codes(number)
        with ground.place(partitions=1) as place, stepping(place, tenants) as step:
            step.load(confirmed_visits(tenants, visits))
            costs.append(step.run(visits))
    many, one = costs
    yield Ratio(f"step, batches of {MANY} municipalities / of 1", many.rate, one.rate, "visits/s", 0.7)
    yield Ratio(f"cost of a visit, {MANY} municipalities / 1", many.microseconds, one.microseconds, "µs", at_most=FLAT)


def history(ground: Ground, visits: int, events: int) -> Ratio:
    """The same visits on a municipality with a long history in ledger and view."""
    long, short = starmap(_after, ((ground, visits, number) for number in (events, SHORT_HISTORY)))
    name = f"cost of a visit, after {events:,} events / {SHORT_HISTORY:,}"
    return Ratio(name, long.microseconds, short.microseconds, "µs", at_most=FLAT)


def _after(ground: Ground, visits: int, events: int) -> Cost:
    with ground.place() as place, stepping(place, [TAKAMATSU]) as step:
        _remember(place, step, events)
        step.load(confirmed_visits([TAKAMATSU], visits))
        return step.run(visits)


def _remember(place: Place, step: Step, events: int) -> None:
    """Events of other user-months, in the ledger and in the view; everybody has seen them."""
    seq = step.billing.head(TAKAMATSU).seq
    given = {"tenant": sql.Literal(TAKAMATSU), "seq": sql.Literal(seq), "events": sql.Literal(events)}
    place.as_admin(*[sql.SQL(text).format(**given) for text in (_LEDGER, _SHOWN, *_REACHED)])
