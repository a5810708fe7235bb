from pathlib import Path

import pytest

from tools.tidy import Finding, committed_files, findings

LONG_FUNCTION = "def long() -> None:\n" + "    pass\n" * 46
UNTIDY = {
    "a line end of Windows": ("README.md", "one\r\ntwo\n", 1),
    "a path of a machine": ("shared/flow/relay.py", 'PLACE = "/home/someone/yui"\n', 1),
    "a temporary path": ("Makefile", "\nrun:\n\tcat /tmp/file\n", 3),
    "unfinished work": ("services/app.py", "# TODO: later\n", 1),
    "a skipped test": ("tests/unit/test_money.py", "\n@pytest.mark.skip\ndef test() -> None: ...\n", 2),
    "a test expected to fail": (
        "tests/unit/test_money.py",
        "@pytest.mark.xfail(strict=True)\ndef test() -> None: ...\n",
        1,
    ),
    "an index address": ("requirements.lock", "--index-url https://packages.example/simple\n", 1),
    "a place of a package": ("requirements.lock", "click @ file:///wheels/click.whl\n", 1),
    "a package without a hash": ("requirements.lock", "click==8.3.1\n", 1),
    "a registry in the npm lock": ("package-lock.json", '{"packages": {"a": {"resolved": "https://r.example/a"}}}', 1),
    "an npm package without a hash": ("package-lock.json", '{"packages": {"node_modules/a": {"version": "1"}}}', 1),
    "a database": ("l.db", "SQLite format 3\0", 1),
    "a long function": ("shared/kernel/money.py", LONG_FUNCTION, 1),
    "a long file": ("shared/kernel/money.py", "\n" * 351, 351),
    "a long ADR": ("docs/adr/0001-ledger.md", "\n" * 41, 41),
}


def look_at(root: Path, path: str, content: str) -> list[Finding]:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content.encode())
    return list(findings(root, [path]))


@pytest.mark.parametrize("case", UNTIDY.values(), ids=UNTIDY)
def test_finds(tmp_path: Path, case: tuple[str, str, int]) -> None:
    path, content, line = case

    found = look_at(tmp_path, path, content)

    assert [(finding.path, finding.line) for finding in found] == [(path, line)]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("shared/kernel/money.py", "def short() -> None:\n" + "    pass\n" * 44),
        ("requirements.lock", "click==8.3.1 \\\n    --hash=sha256:00\n"),
        ("package-lock.json", '{"packages": {"": {"name": "yui"}, "node_modules/a": {"integrity": "sha512-0"}}}'),
        ("tests/unit/visits.csv", "visit_id\r\n1\r\n"),
        ("tests/e2e/browser.py", 'CHROMIUM = "/usr/bin/chromium"\n'),
        ("docs/guide/homework.md", "app/home/page and https://example.jp/home/\n"),
    ],
)
def test_leaves_in_peace(tmp_path: Path, path: str, content: str) -> None:
    assert look_at(tmp_path, path, content) == []


def test_looks_at_every_file_when_there_is_no_git(tmp_path: Path) -> None:
    for path in ("README.md", ".venv/lib/a.py", "shared/a.py", "shared/__pycache__/a.pyc", "var/ledger.db"):
        look_at(tmp_path, path, "")

    assert committed_files(tmp_path) == ["README.md", "shared/a.py"]
