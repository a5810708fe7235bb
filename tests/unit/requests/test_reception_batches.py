"""Where a batch of entries ends never shows: neither in the ledger nor in the vault."""

import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.requests import vault
from services.requests.decider import DECIDER
from services.requests.desk import Reception
from services.requests.entries import (
    ActivityEntry,
    ActivityVoidEntry,
    CareRecordEntry,
    OrganisationEntry,
    PersonEntry,
    VisitEntry,
    VisitPlanEntry,
    VisitVoidEntry,
)
from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.handle import Desk, Request, handle
from tests.controls import (
    ACTIVITY_ROW,
    HELPER_ROW,
    MATSUDO,
    ORGANISATION_ROW,
    SERVED_ON,
    TAKAMATSU,
    USER_BORN,
    USER_ROW,
    VISIT_ROW,
)
from tests.fakes import SetClock, seeded_mint
from tests.tally import request
from tests.unit.flow.reading import whole_ledger

REASONS = st.sampled_from([None, None, "聞き間違い"])
PEOPLE = st.sampled_from(["U1", "U2", "H1", "H2"])
PERSON_ROWS = st.builds(
    lambda person_id, level, care_from, born, relatives: replace(
        USER_ROW,
        person_id=person_id,
        care_level=level,
        care_from=care_from if level else None,
        birth_date=born,
        relatives=relatives,
        registered_on=date(2016, 9, 1),
        trained_on=date(2016, 9, 1),
    ),
    PEOPLE,
    st.sampled_from([None, "support1", "care1"]),
    st.sampled_from([None, date(2016, 4, 1), date(2016, 10, 2)]),
    st.sampled_from([USER_BORN, date(1940, 1, 1), date(2016, 10, 9)]),
    st.sampled_from([(), (), ("H1",), ("H1", "X1")]),
)
VISIT_ROWS = st.builds(
    lambda visit_id, user_id, helper_id, minutes, day: replace(
        VISIT_ROW, visit_id=visit_id, user_id=user_id, helper_ids=(helper_id,), minutes=minutes, served_on=day
    ),
    st.sampled_from(["V1", "V2"]),
    PEOPLE,
    PEOPLE,
    st.sampled_from([30, 60]),
    st.sampled_from([SERVED_ON, date(2016, 10, 1), date(2016, 12, 1)]),
)
ACTIVITY_ROWS = st.builds(
    lambda activity_id, person_id, minutes: replace(
        ACTIVITY_ROW, activity_id=activity_id, person_id=person_id, minutes=minutes
    ),
    st.sampled_from(["A1", "A2"]),
    PEOPLE,
    st.sampled_from([30, 60]),
)
ENTRIES = st.one_of(
    st.builds(OrganisationEntry, st.sampled_from([ORGANISATION_ROW, replace(ORGANISATION_ROW, name="別名")]), REASONS),
    st.builds(PersonEntry, PERSON_ROWS, REASONS),
    st.builds(VisitEntry, VISIT_ROWS, REASONS, st.booleans()),
    st.builds(VisitPlanEntry, VISIT_ROWS),
    st.builds(VisitVoidEntry, st.sampled_from(["V1", "V2"]), st.just("入力誤り")),
    st.builds(ActivityEntry, ACTIVITY_ROWS, REASONS),
    st.builds(ActivityVoidEntry, st.sampled_from(["A1", "A2"]), st.just("入力誤り")),
    st.builds(CareRecordEntry, PEOPLE, st.sampled_from([date(2016, 9, 1), date(2016, 12, 1)])),
)
REQUESTS = st.builds(
    request, st.sampled_from([TAKAMATSU, MATSUDO]), ENTRIES, st.sampled_from([None, None, None, "key-1", "key-2"])
)
KNOWN = [
    request(town, entry)
    for town in (TAKAMATSU, MATSUDO)
    for entry in (
        OrganisationEntry(ORGANISATION_ROW, None),
        PersonEntry(USER_ROW, None),
        PersonEntry(HELPER_ROW, None),
    )
]


def in_batches(requests: Sequence[Request], size: int) -> str:
    """What was answered, and what it left in ledger and vault."""
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "requests.db", DECIDER.contract, synchronous="OFF")
        with store.begin(()) as tx:
            vault.metadata.create_all(tx.connection)
        desk = Desk(store, DECIDER, SetClock(), prepare=Reception(SetClock(), seeded_mint(7)).prepare)
        outcomes = []
        for start in range(0, len(requests), size):
            outcomes += [repr(outcome) for outcome in handle(desk, requests[start : start + size])]
        left: dict[str, Any] = {"outcomes": outcomes, "ledger": unhashed(whole_ledger(store))}
        with store.reading(TAKAMATSU, MATSUDO) as connection:
            for table in (vault.people, vault.rows, vault.texts):
                rows = connection.execute(sa.select(table).order_by(*table.primary_key))
                left[table.name] = [tuple(row) for row in rows]
        store.close()
    return named_in_order(left)


def unhashed(ledger: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """Without the two hashes, which contain the random ids."""
    return {tenant: [event[:-2] for event in events] for tenant, events in ledger.items()}


def named_in_order(left: dict[str, Any]) -> str:
    """Random ids named in the order in which they appear."""
    names: dict[str, str] = {}
    return re.sub(
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        lambda id_: names.setdefault(id_[0], f"<{len(names)}>"),
        repr(left),
    )


@given(st.lists(REQUESTS, max_size=30))
def test_the_same_entries_in_batches_of_1_7_and_500_leave_the_same_ledger_and_vault(requests: list[Request]) -> None:
    one_by_one = in_batches([*KNOWN, *requests], 1)
    assert in_batches([*KNOWN, *requests], 7) == one_by_one
    assert in_batches([*KNOWN, *requests], 500) == one_by_one
