"""A command that finds no server says so in one line: where, what, and what to do."""

import os
from pathlib import Path
from subprocess import CompletedProcess, run

import pytest

from deploy.servers import HOST, free_port
from services.parts import SERVICES
from shared.adapters.sql_policies import ROLES, role_name
from tests.e2e.office import PATIENCE_SECONDS, YUI


@pytest.fixture
def address() -> str:
    """Where nobody answers."""
    return f"{HOST}:{free_port()}"


def program(folder: Path, address: str, *arguments: str) -> CompletedProcess[str]:
    """The real program, all of whose servers are away; every password is there."""
    for service in SERVICES:
        for role in ROLES:
            (folder / role_name(service.name, role)).write_text("geheim")
    (folder / "admin").write_text(f"postgresql://admin:geheim@{address}/yui")
    told = {
        "YUI_DATABASE_URL": f"postgresql://{address}/yui",
        "YUI_DATABASE_SECRETS": str(folder),
        "YUI_DATABASE_ADMIN_URL_FILE": str(folder / "admin"),
        "YUI_KAFKA_SERVERS": address,
    }
    return run(
        [str(YUI), *arguments],
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "variable"),
    [
        (("topics",), "YUI_KAFKA_SERVERS"),
        (("migrate",), "YUI_DATABASE_ADMIN_URL_FILE"),
        (("relay", "billing"), "YUI_DATABASE_URL"),
        (("work", "billing"), "YUI_DATABASE_URL"),
        (("watch",), "YUI_DATABASE_URL"),
    ],
    ids=lambda given: given[0] if isinstance(given, tuple) else "",
)
def test_a_process_that_finds_no_server_says_where_and_what_to_do(
    tmp_path: Path, address: str, command: tuple[str, ...], variable: str
) -> None:
    answer = program(tmp_path, address, *command)
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)
    assert f"（{address}）" in answer.stderr
    assert variable in answer.stderr
    assert answer.stderr.endswith("もう一度実行してください。\n")
    assert "geheim" not in answer.stderr


def test_a_command_that_finds_no_ledger_says_so_in_one_line(tmp_path: Path, address: str) -> None:
    answer = program(tmp_path, address, "tenant", "list")
    assert (answer.returncode, answer.stdout, answer.stderr.count("\n")) == (2, "", 1)
    assert "台帳に届きません" in answer.stderr
