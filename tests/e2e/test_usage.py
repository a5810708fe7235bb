"""How the program speaks: help with examples, and one line that says what to do when something cannot be done."""

from pathlib import Path

import pytest

from deploy.servers import free_port
from services.cli.console import Console
from services.cli.main import run
from tests.controls import TAKAMATSU
from tests.e2e.office import Office

GROUPS = {(), ("tenant",), ("rules",), ("billing",), ("points",), ("audit",)}


@pytest.mark.parametrize(
    "command",
    [
        (), ("up",), ("tenant",), ("tenant", "add"), ("tenant", "list"), ("import",), ("rules",), ("rules", "list"),
        ("rules", "check"), ("rules", "enact"), ("rules", "diff"), ("billing",), ("billing", "simulate"),
        ("billing", "statement"), ("billing", "explain"), ("points",), ("points", "simulate"), ("points", "statement"),
        ("audit",), ("audit", "verify"), ("audit", "replay"), ("rebuild",), ("doctor",),
    ],
)  # fmt: skip
def test_every_command_explains_itself(
    office: Office, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert office.yui(*command, "--help").code == 0
    said = capsys.readouterr().out
    assert said.startswith(f"Usage: {' '.join(('yui', *command))}")
    if command not in GROUPS:
        assert f"例: {' '.join(('yui', *command))}" in said


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("billing", "statement", "--tenant", TAKAMATSU),
        ("billing", "statement", "--tenant", TAKAMATSU, "--month", "2016-13"),
        ("billing", "statement", "--tenant", TAKAMATSU, "--month", "2016-10", "--known-on", "yesterday"),
        ("billing", "explain", "v999", "--tenant", TAKAMATSU),
        ("import", "nothing", "file-1", "--tenant", TAKAMATSU),
        ("import", "visits", "no-such-file", "--tenant", TAKAMATSU),
        ("import", "visits", ".", "--tenant", TAKAMATSU),
        ("import", "visits", "file-1", "--tenant", TAKAMATSU, "--correct", " "),
        ("rules", "check", "no-such-file"),
        ("rules", "enact", "no-such-rules", "--tenant", TAKAMATSU),
        ("billing", "simulate", "--rules", "kosaka-2015", "--visits", "file-1", "--through", "2016-10"),
        ("billing", "simulate", "--rules", "takamatsu-2016", "--visits", "none", "--through", "2016-10"),
        ("points", "statement", "--tenant", TAKAMATSU, "--on", "2016-10-01", "--person", "nobody"),
        ("audit", "verify", "--tenant", TAKAMATSU, "--service", "magic"),
        ("audit", "replay", "--tenant", TAKAMATSU, "--service", "magic"),
        ("rebuild", "no.view"),
        ("doctor", "--retry", "billing.assess_visits"),
        ("doctor", "--retry", "no.such", "--tenant", TAKAMATSU),
        ("tenant", "add", TAKAMATSU, " "),
        ("up",),
    ],
)
def test_what_cannot_be_done_ends_with_two_and_one_line_that_says_what_to_do(
    office: Office, arguments: tuple[str, ...]
) -> None:
    answer = office.yui(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.count("\n") == 1
    assert answer.err.strip()


def test_a_database_that_is_away_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for service in ("coordination", "requests", "billing", "points", "reporting"):
        (tmp_path / f"yui_{service}_api").write_text("secret", encoding="utf-8")
    monkeypatch.setenv("YUI_DATABASE_URL", f"postgresql://127.0.0.1:{free_port()}/yui")
    monkeypatch.setenv("YUI_DATABASE_SECRETS", str(tmp_path))
    said: list[str] = []
    code = run(["tenant", "list"], Console(said.append, said.append, tmp_path, terminal=False))
    assert (code, "いまは台帳に届きません" in said[0], "もう一度実行" in said[0]) == (2, True, True)
