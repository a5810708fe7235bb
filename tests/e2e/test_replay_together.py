"""A replay by several processes says what one says alone."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import replaying
from services.audit import replay_tenant
from tests.controls import TAKAMATSU
from tests.e2e.office import VISITS_HEADER, WORKED_LINES, Office


@pytest.fixture
def worked(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Seven visits, and two processors whatever the machine has."""
    monkeypatch.setattr(replaying, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr(replaying, "processors", lambda: 2)
    office.take("visits", VISITS_HEADER + "".join(WORKED_LINES))
    return office


def test_it_is_the_same_document(worked: Office) -> None:
    alone = replay_tenant(worked.embedded.system, TAKAMATSU)
    together = replay_tenant(worked.embedded.system, TAKAMATSU, data=worked.embedded.data)
    assert together["identical"] is True
    assert {**together, "events_per_second": 0} == {**alone, "events_per_second": 0}


@pytest.mark.parametrize(
    ("service", "table"), [("points", "entries__1"), ("billing", "assessments__1"), ("reporting", "visit_figures__1")]
)
def test_a_row_that_the_ledgers_do_not_explain_is_found_by_whoever_replays_it(
    worked: Office, service: str, table: str
) -> None:
    with sqlite3.connect(worked.embedded.data / f"{service}.db") as connection:
        connection.execute(f"DELETE FROM {table}")  # noqa: S608 - a name from the line above
    connection.close()
    document = replay_tenant(worked.embedded.system, TAKAMATSU, data=worked.embedded.data)
    assert document["identical"] is False
    assert {row["place"].split(".")[0] for row in document["differences"]} == {f"view {service}"}


@pytest.mark.parametrize(
    ("service", "changed"),
    [
        ("points", "UPDATE entries__1 SET earned_points = earned_points + 7"),
        ("billing", "UPDATE assessments__1 SET subsidy_yen = subsidy_yen + 100000 WHERE reason = 'paid'"),
        ("reporting", "UPDATE organisation_names__1 SET name = 'x'"),
    ],
)
def test_a_value_that_the_ledgers_do_not_explain_is_found(worked: Office, service: str, changed: str) -> None:
    with sqlite3.connect(worked.embedded.data / f"{service}.db") as connection:
        assert connection.execute(changed).rowcount
    connection.close()
    document = replay_tenant(worked.embedded.system, TAKAMATSU, data=worked.embedded.data)
    assert {row["place"].split(".")[0] for row in document["differences"]} == {f"view {service}"}


def test_a_process_that_ends_badly_is_said(worked: Office) -> None:
    with pytest.raises(RuntimeError, match="unable to open database file"):
        replaying.replay_together(
            worked.embedded.system, worked.embedded.data / "nowhere", TAKAMATSU, ["points", "billing"]
        )


@given(st.dictionaries(st.text(min_size=1), st.integers(0, 1_000_000), min_size=1), st.integers(1, 8))
def test_everything_is_in_one_share_and_none_is_empty(efforts: dict[str, int], number: int) -> None:
    found = replaying.shares(efforts, number)
    assert sorted(name for share in found for name in share) == sorted(efforts)
    assert all(found)
    assert len(found) == min(number, len(efforts))
