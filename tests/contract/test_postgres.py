"""What only PostgreSQL can get wrong: rights, deadlocks, zombies, plans."""

import json
import random
from collections.abc import Iterator
from threading import Barrier, Event, Thread
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from shared.adapters import sql_postgres
from shared.adapters.sql_policies import ROLES, see
from shared.adapters.sql_postgres import PostgresLedger, PostgresStore
from shared.flow.ports import Parked, Position, Quarantined, Unavailable
from tests.contract.backends import NamedService
from tests.contract.chains import chain, event
from tests.controls import MATSUDO, TAKAMATSU, TENANTS
from tests.servers_postgres import Database, running_postgres
from tests.tally import TALLY

SOURCES = [("tally", tenant) for tenant in TENANTS]


@pytest.fixture
def database() -> Iterator[Database]:
    server = running_postgres()
    with server.database(server.template("tally", [NamedService("tally")])) as made:
        yield made


@pytest.fixture
def store(database: Database) -> PostgresStore:
    return PostgresStore(database.engine("tally", "worker"), TALLY.contract)


def append(store: PostgresStore, count: int, tenant: str = TAKAMATSU) -> None:
    with store.begin([tenant]) as tx:
        tx.append(chain(count, tx.lock_heads([tenant])[tenant], tenant))


# ------------------------------------------------------------------------------------------ rights


@pytest.mark.parametrize("role", ["api", "worker", "auditor", "migrator"])
@pytest.mark.parametrize("change", ["UPDATE ledger SET actor = 'x'", "DELETE FROM ledger", "TRUNCATE ledger"])
def test_nobody_changes_a_ledger(database: Database, store: PostgresStore, role: str, change: str) -> None:
    append(store, 1)
    why = "append-only" if role == "migrator" else "permission denied"
    with database.engine("tally", role).connect() as connection:
        see(connection, TAKAMATSU)
        with pytest.raises(sa.exc.DBAPIError, match=why):
            connection.execute(sa.text(change))
    assert len(store.read(TAKAMATSU, 0, 10)) == 1


def test_an_auditor_reads_ledger_heads_and_positions_and_nothing_else(database: Database, store: PostgresStore) -> None:
    append(store, 2)
    ledger = PostgresLedger(database.engine("tally", "auditor"), TALLY.contract)
    assert [one.seq for one in ledger.read(TAKAMATSU, 0, 10)] == [1, 2]
    assert ledger.head(TAKAMATSU).seq == 2
    assert (ledger.all_positions(), ledger.all_parked()) == ([], [])
    auditor = PostgresStore(database.engine("tally", "auditor"), TALLY.contract)
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        append(auditor, 1)
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), auditor.begin([TAKAMATSU]) as tx:
        tx.answers({(TAKAMATSU, "key")})


def test_who_may_not_read_it_gets_what_is_set_aside_without_its_content(
    database: Database, store: PostgresStore
) -> None:
    with store.begin([TAKAMATSU]) as tx:
        tx.park(Parked("sub", TAKAMATSU, "tally", 1, "reason", "2016-11-01"))
        for _ in range(2):
            tx.quarantine(Quarantined("sub", "place", b"raw", "reason", "2016-11-01"))
    found = {}
    for role in ROLES:
        asked = PostgresStore(database.engine("tally", role), TALLY.contract)
        found[role] = [row.reason for row in asked.all_parked()], [row.raw for row in asked.all_quarantined()]
    assert found == {
        "api": (["reason"], [b""]),
        "worker": (["reason"], [b""]),
        "auditor": ([""], [b""]),
        "migrator": (["reason"], [b"raw"]),
    }


@pytest.mark.parametrize("role", ["api", "worker"])
def test_who_works_makes_no_tables_and_takes_no_other_role(database: Database, role: str) -> None:
    for attempt in ("CREATE TABLE mine (tenant text)", "ALTER TABLE ledger DISABLE ROW LEVEL SECURITY"):
        with (
            database.engine("tally", role).connect() as connection,
            pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"),
        ):
            connection.execute(sa.text(attempt))
    with (
        database.engine("tally", role).connect() as connection,
        pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
    ):
        connection.execute(sa.text("SET ROLE yui_tally_owner"))


# ------------------------------------------------------------------------------------------ locks


def test_batches_of_several_municipalities_in_any_order_never_wait_for_each_other_in_a_ring(
    database: Database,
) -> None:
    towns = [f"{number:06}" for number in range(12)]
    start, failures = Barrier(6), list[Exception]()
    engine = database.engine("tally", "worker")

    def work(seed: int) -> None:
        rng = random.Random(seed)
        store = PostgresStore(engine, TALLY.contract)
        start.wait(20)
        try:
            for number in range(30):
                batch = rng.sample(towns, 6)
                with store.begin(batch) as tx:
                    positions = tx.positions("sub", 1, [("tally", town) for town in batch])
                    heads = tx.lock_heads(batch)
                    tx.append([event(heads[town], town, f"jar-{seed}-{number}") for town in batch])
                    reached = {source: position.seq for source, position in positions.items()}
                    after = {("tally", t): Position(reached.get(("tally", t), 0) + 1, b"", 0, 0) for t in batch}
                    tx.move("sub", 1, dict(reversed(after.items())))
                    tx.publish_checkpoint({town: heads[town].seq for town in batch})
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [Thread(target=work, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    store = PostgresStore(database.engine("tally", "worker"), TALLY.contract)
    assert failures == []
    assert sum(head.seq for head in store.heads().values()) == 6 * 30 * 6
    assert {town: store.position("sub", ("tally", town)) for town in towns} == {
        town: head.seq for town, head in store.heads().items()
    }


@pytest.mark.parametrize("known", [False, True])
def test_a_zombie_waits_for_the_row_and_then_sees_that_it_comes_too_late(
    database: Database, store: PostgresStore, known: bool
) -> None:
    """Two transactions of one subscription on the same position: the second sees what the first has reached."""
    if known:
        with store.begin(TENANTS) as tx:
            tx.move("sub", 1, {source: Position(1, b"", 0, 0) for source in SOURCES})
    zombie = PostgresStore(database.engine("tally", "worker"), TALLY.contract)
    begun, seen = Event(), list[dict[Any, Position]]()

    def wake_up() -> None:
        with zombie.begin(TENANTS) as tx:
            begun.set()
            seen.append(tx.positions("sub", 1, reversed(SOURCES)))  # type: ignore[arg-type]

    thread = Thread(target=wake_up)
    with store.begin(TENANTS) as tx:
        tx.positions("sub", 1, SOURCES)
        thread.start()
        assert begun.wait(20)
        thread.join(0.3)
        assert seen == []
        tx.move("sub", 1, {source: Position(7, b"", 0, 0) for source in SOURCES})
    thread.join()
    assert seen == [{source: Position(7, b"", 0, 0) for source in SOURCES}]


def test_who_works_on_a_generation_that_was_switched_off_begins_again(database: Database, store: PostgresStore) -> None:
    with store.begin(TENANTS) as tx:
        tx.positions("view", 1, SOURCES)
    migrator = PostgresStore(database.engine("tally", "migrator"), TALLY.contract)
    with migrator.begin(()) as tx:
        tx.switch("view", 2)
    with pytest.raises(Unavailable), store.begin(TENANTS) as tx:
        tx.positions("view", 1, SOURCES)
    with store.begin(TENANTS) as tx:
        assert tx.positions("view", 2, SOURCES) == {}


def test_a_generation_is_forgotten_as_a_whole_and_the_rest_of_the_transaction_is_held_to_its_names(
    database: Database, store: PostgresStore
) -> None:
    with store.begin(TENANTS) as tx:
        for generation in (1, 2):
            tx.move("view", generation, {source: Position(1, b"", 0, 0) for source in SOURCES})
    migrator = PostgresStore(database.engine("tally", "migrator"), TALLY.contract)
    with migrator.begin([TAKAMATSU]) as tx:
        tx.forget("view", 2)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            tx.move("view", 2, {("tally", MATSUDO): Position(1, b"", 0, 0)})
        tx.connection.rollback()
    with migrator.begin(()) as tx:
        tx.forget("view", 2)
    assert {row[1] for row in store.all_positions()} == {1}
    with migrator.begin(()) as tx:
        tx.switch("view", 2)
    assert store.all_positions() == []


def test_rows_made_to_be_locked_are_no_positions_and_no_heads(store: PostgresStore) -> None:
    with store.begin(TENANTS) as tx:
        tx.positions("sub", 1, SOURCES)
        tx.lock_heads(TENANTS)
    assert (store.all_positions(), store.heads(), store.unpublished()) == ([], {}, {})
    with store.reading(*TENANTS) as connection:
        assert store.positions_within(connection, "sub") == {}


def test_what_was_rolled_back_is_made_again(store: PostgresStore) -> None:
    def fail() -> None:
        with store.begin(TENANTS) as tx:
            tx.lock_heads(TENANTS)
            tx.positions("sub", 1, SOURCES)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.begin(TENANTS) as tx:
        assert len(tx.lock_heads(TENANTS)) == len(TENANTS)
        assert tx.positions("sub", 1, SOURCES) == {}


# ------------------------------------------------------------------------------------------ outages


def test_a_server_that_drops_its_connections_is_found_again(database: Database, store: PostgresStore) -> None:
    append(store, 1)
    drop = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    database.as_admin(drop)
    assert store.head(TAKAMATSU).seq == 1

    def work() -> None:
        with store.begin([TAKAMATSU]) as tx:
            database.as_admin(drop)
            tx.lock_heads([TAKAMATSU])

    with pytest.raises(Unavailable):
        work()
    append(store, 1)
    assert store.head(TAKAMATSU).seq == 2


def test_a_frozen_process_does_not_hold_its_locks_for_ever(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql_postgres, "_BEGIN", sql_postgres._BEGIN.replace("15s", "200ms"))
    frozen = PostgresStore(database.engine("tally", "worker"), TALLY.contract)
    other = PostgresStore(database.engine("tally", "api"), TALLY.contract)

    def freeze() -> None:
        with frozen.begin([TAKAMATSU]) as tx:
            tx.lock_heads([TAKAMATSU])
            append(other, 1)
            tx.append(chain(1))

    with pytest.raises(Unavailable):
        freeze()
    assert other.head(TAKAMATSU).seq == 1


# ------------------------------------------------------------------------------------------ plans


@pytest.mark.parametrize("analysed", [False, True])
def test_the_load_of_a_batch_looks_into_the_index_and_the_policy_is_evaluated_once(
    database: Database, store: PostgresStore, analysed: bool
) -> None:
    for tenant in (TAKAMATSU, MATSUDO):
        with store.begin([tenant]) as tx:
            head, made = tx.lock_heads([tenant])[tenant], []
            for number in range(3_000):
                made.append(event(head, tenant, f"jar-{number}"))
                head = made[-1].head
            tx.append(made)
    if analysed:
        database.as_admin("ANALYZE tally.ledger")
    query = "EXPLAIN (ANALYZE, FORMAT JSON) " + sql_postgres._LOAD.replace("?", "%s")
    wanted = [f"jar-{number}" for number in range(0, 1_000, 2)]
    with store.begin([TAKAMATSU, MATSUDO]) as tx:
        driver: psycopg.Connection[Any] | None = tx.connection.connection.driver_connection
        assert driver is not None
        for prepared in (False, True):
            found = driver.execute(query.encode(), ([TAKAMATSU] * 500, wanted), prepare=prepared).fetchone()
            nodes = list(_nodes(found[0][0]["Plan"] if found else {}))
            (of_ledger,) = [node for node in nodes if node.get("Relation Name") == "ledger"]
            assert of_ledger.get("Index Name") == "ledger_tenant_stream_version_key", json.dumps(nodes)
            assert of_ledger["Actual Loops"] == 500
            policies = [node for node in nodes if node.get("Parent Relationship") == "SubPlan"]
            assert policies, json.dumps(nodes)
            assert {node["Actual Loops"] for node in policies} == {1}


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {name: value for name, value in plan.items() if name != "Plans"}
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def test_a_statement_that_failed_once_works_again(database: Database, store: PostgresStore) -> None:
    for _ in range(8):  # the driver prepares what it has seen a few times
        store.heads()
    database.as_admin("ALTER TABLE tally.heads RENAME TO away")
    with pytest.raises(Unavailable):
        store.heads()
    database.as_admin("ALTER TABLE tally.away RENAME TO heads")
    for _ in range(8):
        assert store.heads() == {}


def test_the_migrator_changes_a_ledger_in_the_name_of_its_owner_only(database: Database) -> None:
    url = sa.make_url(database.url).set(
        username="yui_tally_migrator", password=(database.secrets / "yui_tally_migrator").read_text(encoding="utf-8")
    )
    with (
        psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("DROP TABLE tally.ledger")


def test_who_builds_second_waits(database: Database, store: PostgresStore) -> None:
    done: list[str] = []
    other = PostgresStore(database.engine("tally", "migrator"), TALLY.contract)

    def second() -> None:
        with other.alone("rebuild"):
            done.append("second")

    with store.alone("rebuild"):
        thread = Thread(target=second)
        thread.start()
        thread.join(0.5)
        done.append("first")
    thread.join(30)
    assert done == ["first", "second"]
