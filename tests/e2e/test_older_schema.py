"""Every process of the distributed mode on a database of an older form: it ends at once and says what to do."""

import os
from collections.abc import Iterator
from pathlib import Path
from subprocess import run

import pytest

from deploy.servers import HOST, free_port
from services.parts import SERVICES
from shared.adapters.sql_migrate import migrate
from tests.e2e.office import PATIENCE_SECONDS, YUI
from tests.servers_postgres import running_postgres


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """Of processes whose database has the oldest form; no Kafka is there, for nobody comes so far."""
    server = running_postgres()
    with server.database() as database:
        with server.alone():
            migrate(database.admin_url, database.secrets, SERVICES, revision="0001")
        yield {
            **os.environ,
            "YUI_DATABASE_URL": database.url,
            "YUI_DATABASE_SECRETS": str(database.secrets),
            "YUI_KAFKA_SERVERS": f"{HOST}:{free_port()}",
        }


@pytest.mark.parametrize(
    ("role", "command"),
    [
        ("worker", "work billing"),
        ("worker", "relay billing"),
        ("auditor", "watch"),
        ("api", "up"),
    ],
)
def test_a_process_ends_and_says_what_to_do(
    environment: dict[str, str], role: str, command: str, tmp_path: Path
) -> None:
    told = environment | {"YUI_DATABASE_ROLE": role, "YUI_PORT": str(free_port())}
    ended = run(
        [str(YUI), *command.split()],
        cwd=tmp_path,
        env=told,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1), ended.stderr
    assert "台帳の形が古いため（0001、" in ended.stderr
    assert ended.stderr.endswith("起動できません。yui migrate を実行してください。\n")
