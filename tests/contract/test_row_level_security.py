"""Nothing of a municipality is seen, changed or added by a transaction that does not name it."""

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType, SimpleNamespace
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

import services
from services.parts import SERVICES
from services.reporting.queries import Period, Summary, VisitFilter
from services.requests.events import CareRecordAgreed
from shared.adapters.sql_policies import ROLES, SEEN_BY_ALL, rights, see
from shared.adapters.sql_postgres import PostgresStore
from shared.kernel.dates import Month
from tests.contract import synthetic
from tests.controls import KOSAKA, MATSUDO, TAKAMATSU
from tests.servers_postgres import Database, running_postgres

NAMES = [service.name for service in SERVICES]
ARGUMENTS: dict[str, Any] = {
    "tenant": TAKAMATSU,
    "visit_id": "x",
    "organisation_id": "x",
    "month": "2016-10",
    "person": "x",
    "on": synthetic.DAY,
    "ids": ["x"],
    "places": [(TAKAMATSU, "x")],
    "ref": "x",
    "actor": "x",
    "purpose": "x",
    "at": "x",
    "period": Period("2016-10", "2016-10"),
    "only": VisitFilter(),
    "limit": 10,
    "helpers": True,
    "rules": "x",
    "done": 0,
    "event": SimpleNamespace(tenant=TAKAMATSU, fact=CareRecordAgreed(person="x", agreed_on=synthetic.DAY)),
}
OF_FUNCTION: dict[str, dict[str, Any]] = {
    "services.requests.queries.list_visits": {"month": Month.of(synthetic.DAY), "after": None},
    "services.requests.queries.list_organisations": {"after": ""},
    "services.reporting.queries.list_visits": {"after": None},
    "services.requests.lookups._of_organisation": {"after": ""},
    "services.billing.lookups._sweep": {"after": "2016-01"},
    "services.points.lookups._sweep": {"after": ""},
}
"""A query with a parameter that is not here has no value to be asked with: add it."""


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    server = running_postgres()
    with server.database(server.template("services", SERVICES)) as made:
        synthetic.fill(made, (TAKAMATSU, KOSAKA))
        yield made


def modules() -> Iterator[ModuleType]:
    for package in iter_modules(services.__path__, "services."):
        if package.ispkg:
            for name in ("queries", "views", "vault", "lookups"):
                if any(module.name == name for module in iter_modules(import_module(package.name).__path__)):
                    yield import_module(f"{package.name}.{name}")


def queries() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function that asks a connection for what belongs to a municipality."""
    for module in modules():
        for name, function in inspect.getmembers(module, inspect.isfunction):
            parameters = list(inspect.signature(function).parameters)
            own = function.__module__ == module.__name__
            hidden = name.startswith("_") and not module.__name__.endswith(".lookups")
            writes = inspect.signature(function).return_annotation is None or "events" in parameters
            if own and parameters[:1] == ["connection"] and not hidden and not writes and "view" not in parameters:
                yield f"{module.__name__}.{name}", function


QUERIES = {name: query for name, query in queries() if name != "services.reporting.queries._tables"}


def ask(database: Database, name: str, *tenants: str) -> Any:
    service = name.split(".")[1]
    given = ARGUMENTS | OF_FUNCTION.get(name, {})
    parameters = [
        parameter.name
        for parameter in list(inspect.signature(QUERIES[name]).parameters.values())[1:]
        if parameter.name in given or parameter.default is parameter.empty
    ]
    role = "worker" if ".lookups." in name else "api"
    with database.engine(service, role).begin() as connection:
        see(connection, ",".join(tenants))
        found = QUERIES[name](connection, **{parameter: given[parameter] for parameter in parameters})
        return list(found) if isinstance(found, Iterator) else found


def sees(found: Any) -> bool:
    if isinstance(found, Summary):
        return bool(found.total.visits or found.total.points or found.total.base_yen)
    if isinstance(found, dict) and "visits" in found:
        return bool(found["visits"] or found["months"])
    if isinstance(found, list):
        return any(type(each).__name__ != "AdvanceSweep" for each in found)
    return bool(found)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_sees_what_belongs_to_the_municipality_and_nothing_else(database: Database, name: str) -> None:
    assert sees(ask(database, name, TAKAMATSU))
    for tenants in ((), (MATSUDO,), (MATSUDO, "")):
        try:
            assert not sees(ask(database, name, *tenants))
        except sa.exc.ProgrammingError as error:
            assert "row-level security" in str(error)  # noqa: PT017 - a read that is logged cannot even be logged


def test_the_queries_are_found() -> None:
    assert len(QUERIES) > 20
    assert {name.split(".")[1] for name in QUERIES} == set(NAMES)


@pytest.mark.parametrize("service", NAMES)
@pytest.mark.parametrize("role", ROLES)
def test_a_table_shows_the_rows_of_the_named_municipalities_to_those_who_may_read_it(
    database: Database, service: str, role: str
) -> None:
    for table in _tables(database, service):
        if role != "migrator" and role not in rights(table):
            with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                _tenants(database, service, role, table, TAKAMATSU)
            continue
        for named in ("", MATSUDO, TAKAMATSU, f"{TAKAMATSU},{KOSAKA}"):
            shown = {TAKAMATSU, KOSAKA} & set(named.split(",")) if table not in SEEN_BY_ALL else {TAKAMATSU, KOSAKA}
            assert _tenants(database, service, role, table, named) == sorted(shown), table


def _tables(database: Database, service: str) -> list[str]:
    """As the database has them: a table that no code names would be found too."""
    query = sa.text(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = :service AND column_name = 'tenant'"
    )
    with database.engine(service, "migrator").connect() as connection:
        found = set(connection.scalars(query, {"service": service}))
    parts = next(parts for parts in SERVICES if parts.name == service)
    assert found == {table.name for table in synthetic.tables(parts)}
    return sorted(found)


def _tenants(database: Database, service: str, role: str, table: str, tenants: str) -> list[str]:
    with database.engine(service, role).begin() as connection:
        see(connection, tenants)
        tenant = sa.column("tenant", sa.Text)
        return list(connection.scalars(sa.select(tenant).distinct().select_from(sa.table(table)).order_by(tenant)))


def test_row_level_security_is_on_and_forced_on_every_table_of_a_municipality(database: Database) -> None:
    with psycopg.connect(database.admin_url) as connection:
        rows = connection.execute(
            "SELECT n.nspname, c.relname, c.relrowsecurity AND c.relforcerowsecurity "
            "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid "
            "WHERE a.attname = 'tenant' AND c.relkind = 'r' AND n.nspname = ANY (%s)",
            (NAMES,),
        ).fetchall()
        roles = connection.execute(
            "SELECT rolname FROM pg_roles WHERE split_part(rolname, '_', 1) = 'yui' "
            "AND split_part(rolname, '_', 2) = ANY (%s) AND (rolsuper OR rolbypassrls)",
            (NAMES,),
        ).fetchall()
        owners = connection.execute(
            "SELECT DISTINCT pg_get_userbyid(c.relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = ANY (%s)",
            (NAMES,),
        ).fetchall()
    assert {(schema, "heads") for schema in NAMES} < {(schema, table) for schema, table, _ in rows}
    assert [(schema, table) for schema, table, forced in rows if not forced] == []
    assert roles == []
    assert {owner for (owner,) in owners} == {f"yui_{service}_owner" for service in NAMES}


# ------------------------------------------------------------------------------------------ writing

CHANGES: dict[str, str] = {
    "changed": "UPDATE {} SET tenant = tenant WHERE tenant <> :named",
    "deleted": "DELETE FROM {} WHERE tenant <> :named",
    "locked": "SELECT 1 FROM {} WHERE tenant <> :named FOR UPDATE",
}
REFUSALS = ("row-level security", "permission denied", "append-only")


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("service", NAMES)
def test_no_row_of_a_municipality_that_is_not_named_is(
    database: Database, service: str, role: str, change: str
) -> None:
    for table in _tables(database, service):
        statement = sa.text(CHANGES[change].format(table)).bindparams(named=TAKAMATSU)
        assert _touched(database, service, role, statement) == 0, table


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("service", NAMES)
def test_nothing_is_added_or_given_to_a_municipality_that_is_not_named(
    database: Database, service: str, role: str
) -> None:
    for table in synthetic.tables(next(parts for parts in SERVICES if parts.name == service)):
        adding = sa.insert(table).values(**synthetic.row(table, MATSUDO))
        giving = sa.update(table).values(tenant=MATSUDO)
        assert _touched(database, service, role, adding) == 0, table.name
        assert _touched(database, service, role, giving) == 0, table.name


def _touched(database: Database, service: str, role: str, statement: sa.Executable) -> int:
    """The rows that a statement changes for somebody who names one municipality; 0 when it is refused."""
    with database.engine(service, role).connect() as connection:
        see(connection, TAKAMATSU)
        try:
            return connection.execute(statement).rowcount
        except sa.exc.DBAPIError as error:
            if not any(why in str(error.orig) for why in REFUSALS):
                raise
            return 0


@pytest.mark.parametrize("table", sorted(SEEN_BY_ALL))
def test_who_writes_the_bookkeeping_writes_it_for_who_is_named(database: Database, table: str) -> None:
    with database.engine("billing", "worker").connect() as connection:
        see(connection, TAKAMATSU)
        written = connection.execute(sa.update(sa.table(table, sa.column("seq"))).values(seq=2))
        assert written.rowcount == 1


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("api", "SELECT raw FROM quarantined"),
        ("worker", "SELECT raw FROM quarantined"),
        ("auditor", "SELECT raw FROM quarantined"),
        ("auditor", "SELECT reason FROM parked"),
        ("worker", "DELETE FROM positions"),
        ("worker", "DELETE FROM parked"),
        ("worker", "SELECT * FROM vault_texts"),
        ("api", "UPDATE positions SET seq = 0"),
        ("api", "UPDATE published SET seq = 0"),
        ("api", "UPDATE vault_reads SET actor = 'nobody'"),
        ("api", "DELETE FROM vault_reads"),
        ("api", "DELETE FROM heads"),
    ],
)
def test_what_nobody_does_nobody_may(database: Database, role: str, statement: str) -> None:
    with database.engine("requests", role).connect() as connection:
        see(connection, TAKAMATSU)
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            connection.execute(sa.text(statement))


# ------------------------------------------------------------------------------------------ names


@pytest.mark.parametrize("tenants", [f"{MATSUDO},{TAKAMATSU}", f"{TAKAMATSU}\x00", f"{{{TAKAMATSU}}}"])
def test_what_is_no_code_names_no_municipality(database: Database, tenants: str) -> None:
    contract = next(service.decider.contract for service in SERVICES if service.name == "requests")
    store = PostgresStore(database.engine("requests", "api"), contract)
    with store.reading(tenants) as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM ledger")) == 0


def test_the_statements_of_one_transaction_leave_no_municipality_to_the_next(database: Database) -> None:
    engine = database.engine("requests", "api")
    with engine.begin() as connection:
        see(connection, TAKAMATSU)
    with engine.begin() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM ledger")) == 0
