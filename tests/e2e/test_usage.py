"""How the program speaks: help with examples, and one line that says what to do when something cannot be done."""

import re
from pathlib import Path

import pytest

from deploy.servers import free_port
from services.cli.console import Console
from services.cli.main import run
from tests.controls import TAKAMATSU
from tests.e2e.office import Office

PLACES = re.compile(r"'[^']*'|「[^」]*」|\byui [a-z -]+|--[a-z-]+ [A-Z-]+")
"""What a sentence quotes: words of the command line."""
TENANT = ("--tenant", TAKAMATSU)
GROUPS = {(), ("tenant",), ("rules",), ("billing",), ("points",), ("audit",)}


def english(said: str) -> list[str]:
    """Runs of English words outside what is quoted."""
    return re.findall(r"[A-Za-z]+ [A-Za-z]+", PLACES.sub("", said))


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
    assert said.startswith(f"使い方: {' '.join(('yui', *command))}")
    assert [words for line in said.splitlines() if "yui " not in line for words in english(line)] == []
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
    assert english(answer.err) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "yui: コマンドを続けて書いてください。あるもの: audit、billing、"),
        (("tenant",), "yui tenant: コマンドを続けて書いてください。あるもの: add、list（"),
        (("nosuch",), "yui: 「nosuch」というコマンドはありません。"),
        (("tenant", "nosuch"), "yui tenant: 「nosuch」というコマンドはありません。"),
        (("--nosuch",), "yui: --nosuch というオプションはありません。"),
        (("tenant", "list", "--jsn"), "yui tenant list: --jsn というオプションはありません。--json のことですか。"),
        (("tenant", "list", "--json=3"), "yui tenant list: --json に値は付けられません。"),
        (("tenant", "list", "a"), "yui tenant list: 余分な引数「a」があります。"),
        (("tenant", "list", "a", "b\nc"), "yui tenant list: 余分な引数「a b c」があります。"),
        (("tenant", "add"), "yui tenant add: 'CODE' を指定してください。"),
        (("import",), "yui import: 'KIND' を指定してください。選べるもの: organisations, people, visits, activities。"),
        (("import", "foo", "v.csv", *TENANT), "yui import: 'KIND': 「foo」は選べません。'organisations', 'people', "),
        (("import", "visits", "v.csv"), "yui import: '--tenant' を指定してください。"),
        (("import", "visits", "v.csv", "--tenant"), "yui import: --tenant の後に値を書いてください。"),
        (("up", "--port", "99999"), "yui up: '--port': 99999 は範囲 1<=x<=65535 の外です。"),
        (("up", "--port", "abc"), "yui up: '--port': 「abc」は数として読めません。"),
        (("work", "foo"), "yui work: 'SERVICE': 「foo」は選べません。"),
        (
            ("billing", "statement", *TENANT, "--month", "2016-13"),
            "yui billing statement: '--month': 「2016-13」という月はありません。",
        ),
    ],
)
def test_wrong_arguments_are_said_in_one_japanese_line_with_their_place(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    out: list[str] = []
    err: list[str] = []
    code = run(arguments, Console(out.append, err.append, tmp_path, terminal=False))
    line = "".join(err)
    assert (code, out, line.count("\n"), line.startswith(said)) == (2, [], 1, True), line
    assert line.endswith(f"（使い方は {said.partition(':')[0]} --help）\n")
    assert english(line) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("points", "simulate", "--activities", "none.csv"), "none.csv: ファイルを読めません（見つかりません）。"),
        (("points", "simulate", "--activities", "."), ".: ファイルを読めません（ファイルではなくフォルダです）。"),
        (("--data", "file/below", "tenant", "list"), "使えません（途中がフォルダではありません）。"),
        (("--data", "file", "tenant", "list"), "使えません（同じ名前のファイルがあります）。"),
    ],
)
def test_why_the_system_refuses_a_place_is_said_in_japanese(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    (tmp_path / "file").touch()
    if arguments[0] == "points":
        arguments = (*arguments, "--rules", "kosaka-2015", "--people", arguments[-1], "--through", "2016-10-01")
    err: list[str] = []
    assert run(arguments, Console(err.append, err.append, tmp_path, terminal=False)) == 2
    assert (len(err), said in err[0]) == (1, True), err


@pytest.mark.parametrize(
    "arguments",
    [
        ("audit", "verify", *TENANT),
        ("import", "visits", "file.csv", *TENANT),
        ("rules", "enact", "takamatsu-2016", *TENANT),
    ],
)
def test_a_slip_of_the_pen_in_data_is_said_and_makes_no_store(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "file.csv").touch()
    err: list[str] = []
    code = run(("--data", "vra", *arguments), Console(err.append, err.append, tmp_path, terminal=False))
    assert (code, len(err)) == (2, 1), err
    assert "yui tenant add 372013" in err[0]
    assert "vra には、まだデータがありません。--data を確かめてください。" in err[0]
    assert not (tmp_path / "vra").exists()


def test_what_only_looks_makes_no_store(tmp_path: Path) -> None:
    said: list[str] = []
    console = Console(said.append, said.append, tmp_path, terminal=False)
    assert run(("--data", "new", "tenant", "list"), console) == 0
    assert run(("--data", "new", "doctor"), console) == 0
    assert not (tmp_path / "new").exists()
    assert run(("--data", "new", "tenant", "add", TAKAMATSU, "高松市"), console) == 0
    assert (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("YUI_DATABASE_ADMIN_URL_FILE", "none", "none: 見つかりません。YUI_…"),
        ("YUI_DATABASE_ADMIN_URL_FILE", __file__, f"{__file__}: postgresql://利用者:パスワード@ホスト:ポート"),
        ("YUI_KAFKA_SECURITY", "none", "YUI_KAFKA_SECURITY=none: 読めません（見つかりません）。"),
        ("YUI_KAFKA_SECURITY", __file__, f"YUI_KAFKA_SECURITY={__file__}: JSON として読めません。"),
    ],
)
def test_a_file_that_a_variable_names_in_vain_is_said_in_japanese(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv("YUI_DATABASE_URL", "postgresql://127.0.0.1:1/yui")
    monkeypatch.setenv(variable, value)
    err: list[str] = []
    assert run(["migrate"], Console(err.append, err.append, tmp_path, terminal=False)) == 2
    assert (len(err), err[0].startswith(said)) == (1, True), err


def test_a_database_that_is_away_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for service in ("coordination", "requests", "billing", "points", "reporting"):
        (tmp_path / f"yui_{service}_api").write_text("secret", encoding="utf-8")
    monkeypatch.setenv("YUI_DATABASE_URL", f"postgresql://127.0.0.1:{free_port()}/yui")
    monkeypatch.setenv("YUI_DATABASE_SECRETS", str(tmp_path))
    said: list[str] = []
    code = run(["tenant", "list"], Console(said.append, said.append, tmp_path, terminal=False))
    assert (code, "いまは台帳に届きません" in said[0], "もう一度実行" in said[0]) == (2, True, True)
