"""One server for all users of a run; it ends with the last of them."""

import atexit
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.shared_server import ROOT, shared_server

USER = """
import sys
from tests.shared_server import shared_server
from tests.unit.test_shared_server import start_note
with shared_server("note", start_note) as address:
    print(address, flush=True)
    sys.stdin.read()
"""


def start_note(folder: Path) -> str:
    """A server that is a file: it is there while the server runs."""
    note = Path(os.environ["NOTE"])
    note.write_text(str(folder))
    atexit.register(note.unlink)
    return f"{os.getpid()}:{time.monotonic_ns()}"


def refuse(_folder: Path) -> str:
    raise LookupError("install the server")


def user(run: str, note: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", USER],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTEST_XDIST_TESTRUNUID": run, "NOTE": str(note)},
    )


def address_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def wait_until_gone(path: Path) -> None:
    until = time.monotonic() + 10
    while path.exists():
        assert time.monotonic() < until, path
        time.sleep(0.02)


def test_all_users_share_one_server_that_ends_with_the_last(tmp_path: Path) -> None:
    note = tmp_path / "note"
    with user(tmp_path.name + "-shared", note) as one, user(tmp_path.name + "-shared", note) as two:
        address = address_of(one)
        assert address.strip()
        assert address_of(two) == address
        folder = Path(note.read_text()).parent
        one.communicate()
        time.sleep(0.2)
        assert note.exists()
        two.communicate()
    wait_until_gone(note)
    wait_until_gone(folder)


def test_a_killed_user_leaves_no_server_behind(tmp_path: Path) -> None:
    note = tmp_path / "note"
    with user(tmp_path.name + "-killed", note) as process:
        assert address_of(process).strip()
        process.send_signal(signal.SIGKILL)
    wait_until_gone(note)


def test_a_server_comes_again_for_a_user_that_comes_later(tmp_path: Path) -> None:
    note = tmp_path / "note"
    addresses = []
    for _ in range(2):
        with user(tmp_path.name + "-again", note) as process:
            addresses.append(address_of(process))
            process.communicate()
    wait_until_gone(note)
    assert addresses[0].strip()
    assert addresses[0] != addresses[1]


def test_a_server_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_TESTRUNUID", tmp_path.name + "-refused")
    with pytest.raises(RuntimeError, match="install the server"), shared_server("none", refuse):
        pass
