"""Who may do what with which table of a service's schema, and row-level security on what belongs to a municipality.

Roles are named `yui_<service>_<role>`; the schema has the service's name. The auditor is the one read-only way to
another service's ledger; it sees no vault, no answers and no lookups.
"""

from collections.abc import Mapping

import sqlalchemy as sa

ROLES = ("api", "worker", "auditor", "migrator")
"""Those who sign in. Nobody signs in as the owner of the tables; the migrator acts as it."""

OF_ALL_TENANTS = {
    "heads",
    "published",
    "positions",
    "generations",
    "view_forms",
    "parked",
    "quarantined",
    "alembic_version",
}
"""No personal data: seen across municipalities."""

POLICY = "tenant IN (SELECT unnest(string_to_array(current_setting('yui.tenants', true), ',')))"
"""The sub-select is evaluated once a statement, into a hash table. `tenant = ANY` of an array would compare a row with
up to 500 codes one by one, or sort them anew for each look into an index.
"""

READ, ADD, WRITE = "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE, DELETE"
_READ_BY_ALL = {"api": READ, "worker": READ, "auditor": READ}
_RIGHTS: Mapping[str, Mapping[str, str]] = {
    "ledger": {"api": ADD, "worker": ADD, "auditor": READ},
    "heads": {"api": f"{ADD}, UPDATE", "worker": f"{ADD}, UPDATE", "auditor": READ},
    "published": _READ_BY_ALL | {"worker": f"{ADD}, UPDATE"},
    "answers": {"api": ADD, "worker": ADD},
    "positions": _READ_BY_ALL | {"worker": WRITE},
    "generations": _READ_BY_ALL,
    "view_forms": _READ_BY_ALL,
    "parked": _READ_BY_ALL | {"api": f"{READ}, DELETE", "worker": WRITE},
    "quarantined": _READ_BY_ALL | {"worker": ADD},
    "alembic_version": _READ_BY_ALL,
}
_VAULT = {"api": WRITE, "worker": READ}
_VIEW = _READ_BY_ALL | {"worker": WRITE}
_LOOKUP = {"worker": WRITE}


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
    if table in OF_ALL_TENANTS:
        return
    connection.exec_driver_sql(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY')
    connection.exec_driver_sql(f'DROP POLICY IF EXISTS of_the_tenants ON "{table}"')
    connection.exec_driver_sql(f'CREATE POLICY of_the_tenants ON "{table}" USING ({POLICY}) WITH CHECK ({POLICY})')


def see(connection: sa.Connection, tenants: str) -> None:
    """Until the transaction ends, the rows of these municipalities (codes joined by commas) are seen and written."""
    connection.exec_driver_sql("SELECT set_config('yui.tenants', %s, true)", (tenants,))
