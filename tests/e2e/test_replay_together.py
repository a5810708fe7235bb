"""A replay by several processes says what one says alone."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import replaying
from services.audit import replay_tenant
from services.replaying import Work
from tests.by_hand import by_hand
from tests.controls import TAKAMATSU
from tests.e2e.office import VISITS_HEADER, WORKED_LINES, Office


@pytest.fixture
def worked(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Seven visits, and two processors whatever the machine has, worth a process each."""
    monkeypatch.setattr(replaying, "STARTING", 0)
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
    by_hand(worked.embedded.data / f"{service}.db", f"DELETE FROM {table}")  # noqa: S608 - a name from above
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


def test_a_visit_whose_first_fact_cannot_be_read_is_named(worked: Office) -> None:
    worked.void("v05")
    changed = "UPDATE ledger SET data = '{}' WHERE stream = 'visit-v05' AND version = 1"
    by_hand(worked.embedded.data / "requests.db", "DROP TRIGGER ledger_refuses_update", changed)
    document = replay_tenant(worked.embedded.system, TAKAMATSU, data=worked.embedded.data)
    (first, second, *_) = document["differences"]
    assert first["place"].endswith(" visit-v05")
    assert "読み取れません" in first["derived"]
    assert (second["place"].partition(" ")[0], second["recorded"]) == ("requests", "yui.requests.visit_voided.v1")


def test_a_helper_waits_for_nobody_who_writes(worked: Office) -> None:
    with worked.embedded.system.store("requests").begin([TAKAMATSU]) as tx:
        tx.lock_heads([TAKAMATSU])
        assert replaying.replay_in_process(worked.embedded.data, TAKAMATSU, ["requests"], []).differences == []


def test_a_process_that_ends_badly_is_said(worked: Office) -> None:
    with pytest.raises(RuntimeError, match="unable to open database file"):
        replaying.replay_together(
            worked.embedded.system, worked.embedded.data / "nowhere", TAKAMATSU, ["points", "billing"]
        )


def test_what_is_wrong_in_a_ledger_that_both_read_is_said_once(worked: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "shares", lambda works, *_: [["requests"], [*works.keys() - {"requests"}]])
    changed = "UPDATE ledger SET prevhash = zeroblob(32) WHERE seq = 5"
    by_hand(worked.embedded.data / "requests.db", "DROP TRIGGER ledger_refuses_update", changed)
    document = replay_tenant(worked.embedded.system, TAKAMATSU, data=worked.embedded.data)
    assert [row["place"] for row in document["differences"]] == ["requests 5"]


EVENTS = st.integers(0, 100_000)
WORKS = st.builds(Work, st.integers(0, 10_000_000), st.sets(st.sampled_from("pqr")))
LEDGERS = st.fixed_dictionaries({"p": EVENTS, "q": EVENTS, "r": EVENTS})


@given(st.dictionaries(st.text(min_size=1), WORKS, min_size=1, max_size=5), LEDGERS, st.integers(1, 4))
def test_everything_is_in_one_share_and_none_is_empty(
    works: dict[str, Work], heads: dict[str, int], number: int
) -> None:
    found = replaying.shares(works, heads, number)
    assert sorted(name for share in found for name in share) == sorted(works)
    assert all(found)
    assert len(found) <= number


def test_a_process_starts_only_when_its_start_is_won_back() -> None:
    works = {"points": Work(300_000, {"points"}), "billing": Work(200_000, {"billing"})}
    heads = {"points": 0, "billing": 0}
    assert replaying.shares(works, heads, 2) == [["points", "billing"]]
    more = {name: Work(2 * work.effort, work.ledgers) for name, work in works.items()}
    assert replaying.shares(more, heads, 1) == [["points", "billing"]]
    assert replaying.shares(more, heads, 2) == [["points"], ["billing"]]


def test_who_reads_the_same_ledgers_works_together() -> None:
    works = {"points": Work(1_000_000, {"points"}), "billing": Work(1_000_000, {"billing"})}
    works |= {"reporting": Work(500_000, {"billing"}), "requests": Work(500_000, {"requests"})}
    heads = {"points": 0, "billing": 100_000, "requests": 200_000}
    assert sorted(map(sorted, replaying.shares(works, heads, 2))) == [["billing", "reporting"], ["points", "requests"]]
