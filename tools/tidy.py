"""The tidy test: what no formatter or linter holds. Prints `file:line: what is wrong` and ends with 1."""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

MAX_FUNCTION_LINES: Final = 45
MAX_FILE_LINES: Final = 350
MAX_ADR_LINES: Final = 40
LOCKS: Final = ("requirements.lock", "tools/nodejs.lock", "package-lock.json")
MADE_FOLDERS: Final = (".git", ".venv", "node_modules", "var", "vendor", "build", "dist")
SELF: Final = ("tools/tidy.py", "tests/architecture/test_tidy.py")
"""The two files that have to spell what is refused."""

MACHINE_PATH: Final = re.compile(r"(?<![\w./~-])/(?:work|root|tmp|home|Users)/|\b[A-Z]:\\\\?Users\\\\?")
UNFINISHED: Final = re.compile(
    r"\b(?:TODO|FIXME|XXX|HACK)\b|\bmark\.(?:skip|skipif|xfail)\b|\bpytest\.(?:skip|xfail)\("
)
ADDRESS: Final = re.compile(r"://|--(?:extra-)?index-url|--find-links|--trusted-host|\s@\s|file:")


class Finding(NamedTuple):
    path: str
    line: int
    reason: str


def committed_files(root: Path) -> list[str]:
    """Files that are or may be committed, as POSIX paths; without git, all but the folders that are made."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = [path.relative_to(root).as_posix() for path in root.rglob("*") if not _is_made(path.relative_to(root))]
    return sorted(name for name in set(listed) if name and (root / name).is_file())


def _is_made(path: Path) -> bool:
    return any(part in MADE_FOLDERS or part.endswith(("_cache", "__pycache__")) for part in path.parts)


def check_text(path: str, raw: bytes) -> Iterator[Finding]:
    """Line ends, encoding, paths of one machine, unfinished work; no databases or other binary files."""
    if b"\0" in raw:
        yield Finding(path, 1, "a binary file, which is made and not written")
        return
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return  # CP932 samples
    for number, line in enumerate(text.split("\n"), start=1):
        if line.endswith("\r") and not path.endswith(".csv"):
            yield Finding(path, number, "line ends with CR LF; use LF")
        if path in SELF:
            continue
        if MACHINE_PATH.search(line):
            yield Finding(path, number, "a path of one machine")
        if UNFINISHED.search(line):
            yield Finding(path, number, "unfinished work or a skipped test")


def check_lock(path: str, text: str) -> Iterator[Finding]:
    """A lock names packages and hashes, never where they came from."""
    if path.endswith(".json"):
        packages: dict[str, dict[str, object]] = json.loads(text)["packages"]
        for name, package in packages.items():
            if "resolved" in package or (name and "integrity" not in package):
                yield Finding(path, 1, f"{name}: an address instead of an integrity hash")
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if ADDRESS.search(line):
            yield Finding(path, number, "an index address or a place in a lock")
        if "==" in line and not line.rstrip().endswith("\\"):
            yield Finding(path, number, "a package without a hash")


def check_python(path: str, text: str) -> Iterator[Finding]:
    """Small files, small functions."""
    lines = text.count("\n")
    if lines > MAX_FILE_LINES:
        yield Finding(path, lines, f"{lines} lines in a file; at most {MAX_FILE_LINES}")
    for node in ast.walk(ast.parse(text, path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield Finding(path, node.lineno, f"{node.name} has {length} lines; at most {MAX_FUNCTION_LINES}")


def check_adr(path: str, text: str) -> Iterator[Finding]:
    lines = text.count("\n")
    if lines > MAX_ADR_LINES:
        yield Finding(path, lines, f"{lines} lines in an ADR; at most {MAX_ADR_LINES}")


def findings(root: Path, paths: Iterable[str]) -> Iterator[Finding]:
    for path in paths:
        raw = (root / path).read_bytes()
        yield from check_text(path, raw)
        if path in LOCKS:
            yield from check_lock(path, raw.decode())
        elif path.endswith(".py"):
            yield from check_python(path, raw.decode())
        elif PurePosixPath(path).match("docs/adr/*.md"):
            yield from check_adr(path, raw.decode())


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    found = list(findings(root, committed_files(root)))
    for finding in found:
        print(f"{finding.path}:{finding.line}: {finding.reason}")
    print("tidy" if not found else f"{len(found)} untidy places")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
