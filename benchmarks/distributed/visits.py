"""Visits as `requests` records them: confirmed, chained, in the order in which municipalities take turns."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import islice

import msgspec

from shared.kernel.ages import ages_on
from shared.kernel.contracts.requests import CONTRACT, HelperOnDay, UserOnDay, VisitConfirmed, VisitFacts
from shared.kernel.messages import START, Event, Head, chain_hash

FIRST_DAY = date(2016, 10, 1)
DAYS = 182
VISITS_PER_USER = 40
TIME = "2016-10-01T00:00:00.000Z"
ELDERLY, HELPER = ages_on(date(1936, 5, 1), FIRST_DAY), ages_on(date(1960, 5, 1), FIRST_DAY)


def confirmed_visits(tenants: Sequence[str], visits: int) -> list[Event]:
    """So many events in all: one of each municipality in turn, by day of service, about 7 a user and month."""
    heads = dict.fromkeys(tenants, START)
    users = max(1, visits // len(tenants) // VISITS_PER_USER)
    events = []
    for number in range(visits):
        tenant = tenants[number % len(tenants)]
        at = number // len(tenants)
        event = _event(tenant, heads[tenant], _visit(at, at % users, visits // len(tenants)))
        heads[tenant] = event.head
        events.append(event)
    return events


def batches_of(events: Sequence[Event], size: int) -> list[list[Event]]:
    source = iter(events)
    batches = []
    while batch := list(islice(source, size)):
        batches.append(batch)
    return batches


def _visit(number: int, user: int, visits: int) -> VisitFacts:
    day = FIRST_DAY + timedelta(days=number * DAYS // max(visits, 1))
    return VisitFacts(
        visit_id=f"bv{number:08d}",
        organisation_id=f"bo{user % 10:05d}",
        district_id=f"d{user % 44 + 1:02d}",
        service="visit",
        menu=("cleaning",),
        served_on=day,
        started_at=f"{8 + number % 9:02d}:00",
        minutes=45,
        outcome="done",
        slip_no=f"bs{day:%Y%m}-{user:06d}",
        user=UserOnDay(person=f"019a{user:028x}", category="support1", ages=ELDERLY),
        helpers=(
            HelperOnDay(person=f"019b{user % 200:028x}", registered=True, trained=True, relative=False, ages=HELPER),
        ),
        agreed_record=True,
    )


def _event(tenant: str, head: Head, visit: VisitFacts) -> Event:
    fact = VisitConfirmed(visit=visit)
    event = Event(
        CONTRACT.service,
        tenant,
        head.seq + 1,
        f"visit-{visit.visit_id}",
        1,
        fact.TYPE,
        TIME,
        "bench",
        f"import:bench:{head.seq + 2}",
        "019c0000000070008000000000000000",
        msgspec.json.encode(fact),
        head.hash,
        b"",
        CONTRACT.decode,
        fact,
    )
    event.hash = chain_hash(event, head.hash)
    return event
