"""`yui migrate`: roles, schemas, the tables that cannot be rebuilt (Alembic), the views of today, rights."""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from shared.adapters.sql_policies import ROLES, protect, role_name
from shared.adapters.sql_server_faults import reachable_server
from shared.adapters.sql_store import live_generation
from shared.flow.ports import WrongSchema
from shared.flow.subscriptions import Subscription

OLDEST_VERSION = 15
ONE_AT_A_TIME = 0x797569
"""The key of the advisory lock under which migrations run: "yui"."""
CODE_POINT_ORDER = {"C", "POSIX", "C.UTF-8", "C.utf8"}
"""Text sorts as in SQLite and in Python: pages, cursors and comparisons rely on it."""
NOT_PERMITTED = "42501"
_EVERYBODY = ("api", "worker", "auditor")
_TOO_MUCH = {
    "SUPERUSER": "rolsuper",
    "BYPASSRLS": "rolbypassrls",
    "CREATEDB": "rolcreatedb",
    "CREATEROLE": "rolcreaterole",
    "REPLICATION": "rolreplication",
}
"""What none of our roles may have, and where the server tells."""


class Keeping(Protocol):
    """A service, as far as its database is concerned."""

    @property
    def name(self) -> str: ...

    @property
    def subscriptions(self) -> Sequence[Subscription]: ...


def migrate(admin_url: str, secrets_folder: Path, services: Iterable[Keeping], revision: str = "head") -> None:
    """Bring a database to today's form, all or nothing. May be repeated, and run twice at once.

    `admin_url` signs in somebody who may create roles and schemas: CREATEROLE, CREATE on the database, and from
    PostgreSQL 16 on the same somebody each time. `secrets_folder` gets a file per role with its password (mode 0600),
    where there is none. Raises WrongSchema for a database or a role that does not fit, and for rights that are missing.
    """
    secrets_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = sa.create_engine(with_driver(admin_url), poolclass=sa.NullPool)
    with reachable_server(), _permitted(), engine.begin() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (ONE_AT_A_TIME,))
        _check_database(connection)
        for service in services:
            _make_roles(connection, service.name, secrets_folder)
            _make_schema(connection, service, revision)
    engine.dispose()


@contextmanager
def _permitted() -> Iterator[None]:
    try:
        yield
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != NOT_PERMITTED:
            raise
        raise WrongSchema(
            f"yui migrate の利用者の権限が足りません（{error.orig}）。"
            "CREATEROLE と、データベースへの CREATE を持つ利用者で、二度目からは前と同じ利用者で実行してください。"
        ) from error


def admin_url(file: Path) -> str:
    """The address in a file, of a user that may make roles. Raises WrongSchema, or OSError where it cannot be read."""
    text = file.read_bytes().decode(errors="replace").strip()
    try:
        with_driver(text)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise WrongSchema(
            f"{file}: postgresql://利用者:パスワード@ホスト:ポート/データベース の形で一行に書いてください"
            "（YUI_DATABASE_ADMIN_URL_FILE）。"
        ) from error
    return text


def with_driver(url: str) -> sa.URL:
    return sa.make_url(url).set(drivername="postgresql+psycopg")


def password_of(secrets_folder: Path, service: str, role: str) -> str:
    return (secrets_folder / role_name(service, role)).read_text(encoding="utf-8").strip()


def check_schema(engine: sa.Engine, service: str) -> None:
    """Raise WrongSchema unless the tables of a service have the form that this program works with."""
    head = _scripts().get_current_head()
    with reachable_server(), engine.connect() as connection:
        found = _revision(connection, service)
    if found is None:
        raise WrongSchema(f"{service}: データベースに台帳がまだありません。先に yui migrate を実行してください。")
    if found == head:
        return
    if not _is_known(found):
        raise WrongSchema(f"{service}: 台帳の形がこのYuiより新しいため、起動できません。Yuiを新しい版にしてください。")
    raise WrongSchema(
        f"{service}: 台帳の形が古いため（{found}、必要なのは {head}）、起動できません。yui migrate を実行してください。"
    )


def _revision(connection: sa.Connection, service: str) -> str | None:
    if connection.scalar(sa.text("SELECT to_regclass(:table)"), {"table": f"{service}.alembic_version"}) is None:
        return None
    found: str | None = connection.scalar(sa.text(f'SELECT version_num FROM "{service}".alembic_version'))
    return found


def _is_known(revision: str) -> bool:
    return any(script.revision == revision for script in _scripts().walk_revisions())


def _check_database(connection: sa.Connection) -> None:
    version = int(str(connection.scalar(sa.text("SHOW server_version_num")))) // 10_000
    if version < OLDEST_VERSION:
        raise WrongSchema(f"PostgreSQL {version} です。{OLDEST_VERSION} 以上にしてください。")
    encoding, collation, provider = connection.execute(
        sa.text(
            "SELECT pg_encoding_to_char(encoding), datcollate, datlocprovider FROM pg_database "
            "WHERE datname = current_database()"
        )
    ).one()
    if encoding != "UTF8" or collation not in CODE_POINT_ORDER or provider not in {"c", "b"}:
        raise WrongSchema(
            f"データベースの文字の扱いが {encoding}、{collation} です。文字コード UTF8、照合順序 C で作り直してください"
            "（CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'）。"
        )


def _make_roles(connection: sa.Connection, service: str, secrets_folder: Path) -> None:
    owner = role_name(service, "owner")
    _make_role(connection, owner, "NOLOGIN")
    for role in ROLES:
        name = role_name(service, role)
        password = _password(secrets_folder / name)
        inherits = "NOINHERIT" if role == "migrator" else "INHERIT"
        _make_role(connection, name, f"LOGIN {inherits} PASSWORD '{password}'")
    for member in (role_name(service, "migrator"), "CURRENT_USER"):
        connection.exec_driver_sql(f"GRANT {owner} TO {member}")


def _make_role(connection: sa.Connection, name: str, attributes: str) -> None:
    """Of a role that is there, only what any maker of roles may alter is altered: to say NOSUPERUSER takes a superuser,
    also of a role that is none.
    """
    flags = sa.text(f"SELECT {', '.join(_TOO_MUCH.values())} FROM pg_roles WHERE rolname = :name")
    known = connection.execute(flags, {"name": name}).one_or_none()
    if known is None:
        connection.exec_driver_sql(f"CREATE ROLE {name} {_without(_TOO_MUCH)} {attributes}")
        return
    held = [right for right, has in zip(_TOO_MUCH, known, strict=True) if has]
    if held:
        raise WrongSchema(
            f"役割 {name} に、あってはならない権限（{'、'.join(held)}）があります。"
            f"管理者が ALTER ROLE {name} {_without(held)} で取り除いてから、もう一度実行してください。"
        )
    connection.exec_driver_sql(f"ALTER ROLE {name} {attributes}")


def _without(rights: Iterable[str]) -> str:
    return " ".join([f"NO{right}" for right in rights])


def _password(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(24), encoding="utf-8")
    return file.read_text(encoding="utf-8").strip().replace("'", "''")


def _make_schema(connection: sa.Connection, service: Keeping, revision: str) -> None:
    name, owner = service.name, role_name(service.name, "owner")
    connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{name}" AUTHORIZATION {owner}')
    connection.exec_driver_sql(f"SET LOCAL ROLE {owner}")
    connection.exec_driver_sql(f'SET LOCAL search_path = "{name}"')
    connection.dialect.default_schema_name = name
    _upgrade(connection, revision)
    everybody = ", ".join([role_name(name, role) for role in _EVERYBODY])
    connection.exec_driver_sql(f'GRANT USAGE ON SCHEMA "{name}" TO {everybody}')
    for table in _tables(connection):
        protect(connection, table)
    writers = ", ".join([role_name(name, role) for role in ("api", "worker")])
    connection.exec_driver_sql(f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA "{name}" TO {writers}')
    if revision == "head":
        for subscription in service.subscriptions:
            if subscription.view:
                subscription.view.open(connection, live_generation(connection, subscription.name))
    connection.exec_driver_sql("RESET ROLE")


def _tables(connection: sa.Connection) -> list[str]:
    query = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    return [row[0] for row in connection.execute(sa.text(query))]


def _upgrade(connection: sa.Connection, revision: str) -> None:
    scripts = _scripts()

    def steps(current: object, _context: MigrationContext) -> object:
        return scripts._upgrade_revs(revision, current)  # type: ignore[arg-type] # Alembic's own way in its commands

    with EnvironmentContext(Config(), scripts, fn=steps, destination_rev=revision) as environment:
        environment.configure(connection=connection, fn=steps)
        environment.run_migrations()


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(Path(__file__).with_name("migrations")))


__all__ = ["Keeping", "check_schema", "migrate", "password_of", "with_driver"]
