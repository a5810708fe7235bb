"""Who may do what with which table of a service's schema, and row-level security on what belongs to a municipality.

Roles are named `yui_<service>_<role>`; the schema has the service's name. The auditor is the one read-only way to
another service's ledger; it sees no vault, no answers and no lookups.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import sqlalchemy as sa

ROLES = ("api", "worker", "auditor", "migrator")
"""Those who sign in. Nobody signs in as the owner of the tables; the migrator acts as it."""

OF_NO_TENANT = {"generations", "view_forms", "quarantined", "alembic_version"}
"""Generations and forms are of a view; what came garbled names nobody whom a transaction could name."""

SEEN_BY_ALL = {"heads", "published", "positions", "parked"}
"""No personal data: seen across municipalities by who may read them, and written as everything else."""

POLICY = "tenant IN (SELECT unnest(string_to_array(current_setting('yui.tenants', true), ',')))"
"""The sub-select is evaluated once a statement, into a hash table. `tenant = ANY` of an array would compare a row with
up to 500 codes one by one, or sort them anew for each look into an index.
"""

READ, ADD, KEEP = "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE"
WRITE = f"{KEEP}, DELETE"
_NO_REASON = "SELECT (subscription, tenant, source, seq, since)"
_NOT_RAW = "SELECT (number, subscription, place, reason, since)"
"""What came garbled can hold anything; who looks into it does so as the migrator."""
_READ_BY_ALL = {"api": READ, "worker": READ, "auditor": READ}
_RIGHTS: Mapping[str, Mapping[str, str]] = {
    "ledger": {"api": ADD, "worker": ADD, "auditor": READ},
    "heads": {"api": KEEP, "worker": KEEP, "auditor": READ},
    "published": _READ_BY_ALL | {"worker": KEEP},
    "answers": {"api": ADD, "worker": ADD},
    "positions": _READ_BY_ALL | {"worker": KEEP},
    "generations": _READ_BY_ALL,
    "view_forms": _READ_BY_ALL,
    "parked": {"api": f"{READ}, DELETE", "worker": KEEP, "auditor": _NO_REASON},
    "quarantined": {"api": _NOT_RAW, "worker": f"{_NOT_RAW}, INSERT", "auditor": _NOT_RAW},
    "alembic_version": _READ_BY_ALL,
    "vault_people": {"api": KEEP, "worker": READ},
    "vault_reads": {"api": ADD},
}
_VAULT = {"api": KEEP}
_VIEW = _READ_BY_ALL | {"worker": WRITE}
_LOOKUP = {"worker": KEEP}


def role_name(service: str, role: str) -> str:
    return f"yui_{service}_{role}"


def rights(table: str) -> Mapping[str, str]:
    """Privileges by role."""
    if table in _RIGHTS:
        return _RIGHTS[table]
    if table.startswith("vault_"):
        return _VAULT
    return _VIEW if "__" in table else _LOOKUP


def protect(connection: sa.Connection, table: str) -> None:
    """Grants, and row-level security also for the owner; run by the owner, in the service's schema. May be repeated."""
    service = connection.scalar(sa.text("SELECT current_schema()"))
    for role in ("api", "worker", "auditor"):
        connection.exec_driver_sql(f'REVOKE ALL ON "{table}" FROM {role_name(service, role)}')
    for role, privileges in rights(table).items():
        connection.exec_driver_sql(f'GRANT {privileges} ON "{table}" TO {role_name(service, role)}')
    if table not in OF_NO_TENANT:
        _guard(connection, table)


def _guard(connection: sa.Connection, table: str) -> None:
    """Guards that are as they should be stay: to make them anew would lock out who works with the table."""
    wanted = {"of_the_tenants": f"USING ({POLICY}) WITH CHECK ({POLICY})"}
    if table in SEEN_BY_ALL:
        wanted["seen_by_all"] = "FOR SELECT USING (true)"
    found = _guards(connection, table)
    if found == wanted:
        return
    connection.exec_driver_sql(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY')
    for name in {**wanted, **found}:
        connection.exec_driver_sql(f'DROP POLICY IF EXISTS "{name}" ON "{table}"')
    for name, definition in wanted.items():
        quoted = definition.replace("'", "''")
        connection.exec_driver_sql(f'CREATE POLICY {name} ON "{table}" {definition}')
        connection.exec_driver_sql(f"COMMENT ON POLICY {name} ON \"{table}\" IS '{quoted}'")


def _guards(connection: sa.Connection, table: str) -> dict[str, str | None]:
    """The policies in force for everybody, with what they were made from, which is their comment."""
    query = sa.text(
        "SELECT polname, obj_description(pg_policy.oid, 'pg_policy') AS made_from FROM pg_policy "
        "JOIN pg_class ON pg_class.oid = polrelid AND relrowsecurity AND relforcerowsecurity "
        "WHERE polrelid = to_regclass(:table)"
    )
    return {row.polname: row.made_from for row in connection.execute(query, {"table": f'"{table}"'})}


def see(connection: sa.Connection, tenants: str) -> None:
    """Until the transaction ends, the rows of these municipalities (codes joined by commas) are seen and written."""
    connection.exec_driver_sql("SELECT set_config('yui.tenants', %s, true)", (tenants,))


@contextmanager
def naming_everybody(connection: sa.Connection, table: str) -> Iterator[None]:
    """Every municipality with a row in a table that is seen by all is named meanwhile."""
    named = connection.scalar(sa.text("SELECT current_setting('yui.tenants', true)"))
    see(connection, connection.scalar(sa.text(f"SELECT string_agg(DISTINCT tenant, ',') FROM {table}")) or "")
    yield
    see(connection, named or "")
