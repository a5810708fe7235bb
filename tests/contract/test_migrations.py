"""What `yui migrate` makes is what the code works with, and a start on another form says so."""

from collections.abc import Iterator
from dataclasses import dataclass
from stat import S_IMODE
from threading import Thread

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from services.parts import SERVICES, outdated, parts_of
from shared.adapters.sql_migrate import check_schema, migrate
from shared.adapters.sql_policies import role_name, see
from shared.adapters.sql_postgres import PostgresLedger, PostgresStore
from shared.adapters.sql_tables import metadata as kept
from shared.adapters.sql_view import FORMS, SqlView
from shared.flow.ports import WrongSchema
from tests.contract.backends import NamedService
from tests.controls import TAKAMATSU
from tests.servers_postgres import Database, Server, running_postgres
from tests.tally import LEVELS, MIRROR, SHOWING

NAMES = [service.name for service in SERVICES]
MIRRORING = NamedService("mirror", (SHOWING,))


@pytest.fixture
def server() -> Server:
    return running_postgres()


@pytest.fixture
def empty(server: Server) -> Iterator[Database]:
    with server.database() as made:
        yield made


@pytest.mark.parametrize("name", NAMES)
def test_what_alembic_makes_is_what_the_code_works_with(server: Server, name: str) -> None:
    service, together = parts_of(name), sa.MetaData()
    for metadata in (kept, *service.tables):
        for table in metadata.sorted_tables:
            table.to_metadata(together)
    FORMS.to_metadata(together)
    for subscription in service.subscriptions:
        if isinstance(subscription.view, SqlView):
            for table in subscription.view.tables(1).values():
                table.to_metadata(together)
    with (
        server.database(server.template("services", SERVICES)) as database,
        database.engine(name, "migrator").connect() as connection,
    ):
        assert compare_metadata(MigrationContext.configure(connection), together) == []


def test_migrating_again_changes_nothing_and_two_at_once_are_in_turn(server: Server, empty: Database) -> None:
    failures: list[Exception] = []

    def run() -> None:
        try:
            migrate(empty.admin_url, empty.secrets, [MIRRORING])
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    with server.alone():
        threads = [Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    check_schema(empty.engine("mirror", "worker"), "mirror")


@dataclass(frozen=True)
class Managed:
    """A database of somebody who makes roles and is no superuser, as a managed service gives it; roles of its own."""

    database: Database
    service: NamedService
    admin_url: str

    def migrate(self) -> None:
        migrate(self.admin_url, self.database.secrets, [self.service])

    def role(self, role: str) -> str:
        return role_name(self.service.name, role)


@pytest.fixture
def managed(server: Server, empty: Database) -> Iterator[Managed]:
    name = password = f"managed{empty.name[-12:]}"
    empty.as_admin(
        f"CREATE ROLE {name} LOGIN CREATEROLE PASSWORD '{password}'",
        f"GRANT CREATE ON DATABASE {empty.name} TO {name}",
    )
    url = sa.make_url(empty.url).set(username=name, password=password).render_as_string(hide_password=False)
    with server.alone():
        yield Managed(empty, NamedService(name, (SHOWING,)), url)


def test_a_maker_of_roles_who_is_no_superuser_migrates_the_first_time_and_every_time(managed: Managed) -> None:
    managed.migrate()
    managed.database.as_admin(f"ALTER ROLE {managed.role('api')} NOLOGIN PASSWORD 'lost'")
    managed.migrate()
    check_schema(managed.database.engine(managed.service.name, "api"), managed.service.name)


@pytest.mark.parametrize("right", ["SUPERUSER", "BYPASSRLS", "CREATEROLE", "CREATEDB", "REPLICATION"])
def test_a_role_that_has_been_given_too_much_is_refused_by_name(managed: Managed, right: str) -> None:
    managed.migrate()
    role = managed.role("worker")
    managed.database.as_admin(f"ALTER ROLE {role} {right}")
    with pytest.raises(WrongSchema, match=rf"{role} に.*（{right}）.*ALTER ROLE {role} NO{right} で"):
        managed.migrate()
    managed.database.as_admin(f"ALTER ROLE {role} NO{right}")
    managed.migrate()


def test_who_lacks_a_right_to_migrate_is_told_which(managed: Managed) -> None:
    managed.database.as_admin(f"REVOKE CREATE ON DATABASE {managed.database.name} FROM {managed.service.name}")
    with pytest.raises(WrongSchema, match=r"permission denied for database.*CREATEROLE と、データベースへの CREATE"):
        managed.migrate()


def test_policies_that_are_as_they_should_be_stay_and_others_are_put_right(server: Server, empty: Database) -> None:
    def policies() -> dict[tuple[str, str], int]:
        with psycopg.connect(empty.admin_url) as connection:
            rows = connection.execute("SELECT polrelid::regclass::text, polname, oid::bigint FROM pg_policy").fetchall()
        return {(table, name): oid for table, name, oid in rows}

    with server.alone():
        migrate(empty.admin_url, empty.secrets, [MIRRORING])
    first = policies()
    empty.as_admin(
        "DROP POLICY of_the_tenants ON mirror.heads",
        "CREATE POLICY everything ON mirror.positions USING (true)",
        "ALTER TABLE mirror.parked NO FORCE ROW LEVEL SECURITY",
    )
    with server.alone():
        migrate(empty.admin_url, empty.secrets, [MIRRORING])
    second = policies()
    assert second.keys() == first.keys()
    mended = {table for table, name in first if first[table, name] != second[table, name]}
    assert mended == {"mirror.heads", "mirror.positions", "mirror.parked"}


def test_every_role_has_a_password_that_only_its_owner_can_read(server: Server, empty: Database) -> None:
    with server.alone():
        migrate(empty.admin_url, empty.secrets, [MIRRORING])
    files = {file.name: file for file in empty.secrets.iterdir() if file.name.startswith("yui_mirror_")}
    assert set(files) == {f"yui_mirror_{role}" for role in ("api", "worker", "auditor", "migrator")}
    assert {S_IMODE(file.stat().st_mode) for file in files.values()} == {0o600}
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"{empty.url}?user=yui_mirror_api&password=guessed")


def test_a_start_on_an_older_form_says_what_to_do(server: Server, empty: Database) -> None:
    with server.alone():
        migrate(empty.admin_url, empty.secrets, [MIRRORING], revision="0001")
    ledger = PostgresLedger(empty.engine("mirror", "worker"), MIRROR.contract)
    with pytest.raises(WrongSchema, match=r"mirror: 台帳の形が古いため（0001.*yui migrate を実行してください"):
        ledger.check()
    with server.alone():
        migrate(empty.admin_url, empty.secrets, [MIRRORING])
    ledger.check()


def test_a_start_on_a_newer_form_says_so(server: Server, empty: Database) -> None:
    with server.alone():
        migrate(empty.admin_url, empty.secrets, [MIRRORING])
    empty.as_admin("UPDATE mirror.alembic_version SET version_num = '9999'")
    with pytest.raises(WrongSchema, match="新しい版"):
        check_schema(empty.engine("mirror", "worker"), "mirror")


def test_a_start_on_a_database_without_ledgers_says_what_to_do(server: Server, empty: Database) -> None:
    server.template("tally", [NamedService("tally")])  # for the roles
    with pytest.raises(WrongSchema, match="yui migrate"):
        check_schema(empty.engine("tally", "worker"), "tally")


def test_a_database_that_keeps_text_otherwise_is_refused(server: Server) -> None:
    with (
        server.database("template0 ENCODING 'EUC_JP'") as database,
        pytest.raises(WrongSchema, match="照合順序 C"),
    ):
        migrate(database.admin_url, database.secrets, [MIRRORING])


def test_views_that_another_version_made_are_known(server: Server) -> None:
    with server.database(server.template("services", SERVICES)) as database:
        store = PostgresStore(database.engine("points", "worker"), parts_of("points").decider.contract)
        assert outdated(store, parts_of("points")) == []
        database.as_admin("UPDATE points.view_forms SET form = '1-of-an-older-version' WHERE view = 'points.entries'")
        with server.alone():
            migrate(database.admin_url, database.secrets, SERVICES)
        assert [subscription.name for subscription in outdated(store, parts_of("points"))] == ["points.entries"]
        store.close()


def test_a_new_generation_of_a_view_is_as_protected_as_the_old(server: Server, empty: Database) -> None:
    with server.alone():
        migrate(empty.admin_url, empty.secrets, [MIRRORING])
    migrator = PostgresStore(empty.engine("mirror", "migrator"), MIRROR.contract)
    with migrator.begin([TAKAMATSU]) as tx:
        LEVELS.open(tx.connection, 2)
        LEVELS.open(tx.connection, 2)
        tx.switch(LEVELS.name, 2)
        LEVELS.drop(tx.connection, 1)
    with empty.engine("mirror", "worker").begin() as connection:
        see(connection, TAKAMATSU)
        table = LEVELS.tables(2)["levels"]
        connection.execute(sa.insert(table).values(tenant=TAKAMATSU, jar="a", level=1))
    with empty.engine("mirror", "api").begin() as connection:
        assert connection.execute(sa.select(table)).all() == []
        see(connection, TAKAMATSU)
        assert connection.scalar(sa.select(table.c.level)) == 1
    with server.alone():
        migrate(empty.admin_url, empty.secrets, [MIRRORING])
    with empty.engine("mirror", "api").connect() as connection:
        assert sa.inspect(connection).get_table_names().count("levels__1") == 0
