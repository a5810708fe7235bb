"""One real server for all processes of a test run, started by the first that needs it, gone with the last.

A keeper process of its own runs the server. Every user holds a shared lock on a file; the keeper waits for the
exclusive one, so it ends the server when the last user has left, also when pytest is killed.
"""

import fcntl
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 180


@contextmanager
def shared_server(name: str, start: Callable[[Path], str]) -> Iterator[str]:
    """The address of the run's server `name`.

    `start(folder)` is a function of a module of `tests`; it is called once per run, in the keeper, and returns the
    address when the server is ready. What it has started it registers with `atexit` to be stopped: the keeper ends
    like any program, then the folder is removed. What `start` raises is raised here, as RuntimeError.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"yui-tests-{run}-{name}"
    with _locked_users(folder):
        yield _address(folder, f"{start.__module__}:{start.__qualname__}")


@contextmanager
def _locked_users(folder: Path) -> Iterator[None]:
    while True:
        folder.mkdir(exist_ok=True)
        with suppress(FileNotFoundError), (folder / "users").open("a") as users:
            fcntl.flock(users, fcntl.LOCK_SH)
            if _is_still(folder / "users", users):
                yield
                return


def _is_still(path: Path, file: IO[str]) -> bool:
    """Whether the path leads to this open file: the last keeper may have removed it meanwhile."""
    return path.exists() and path.stat().st_ino == os.fstat(file.fileno()).st_ino


def _address(folder: Path, start: str) -> str:
    with (folder / "turn").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        answer = folder / "answer"
        if not answer.exists():
            subprocess.run([sys.executable, "-m", "tests.shared_server", str(folder), start], cwd=ROOT, check=True)
            _await(answer)
        verdict, _, text = answer.read_text(encoding="utf-8").partition(" ")
        if verdict != "ready":
            raise RuntimeError(text)
        return text


def _await(answer: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not answer.exists():
        if time.monotonic() > until:
            raise RuntimeError(f"no server after {PATIENCE_SECONDS} s; see {answer.parent / 'log'}")
        time.sleep(0.02)


# --------------------------------------------------------------------------------------------- the keeper


def main(folder: Path, start: str) -> None:
    """Detach, start the server, tell how that went, stay until no user is left."""
    if os.fork():
        os._exit(0)
    os.setsid()
    with (folder / "log").open("a") as log, Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    _answer(folder, _started(folder, start))
    users = (folder / "users").open("a")  # open until the process ends
    fcntl.flock(users, fcntl.LOCK_EX)


def _started(folder: Path, start: str) -> str:
    module, _, function = start.partition(":")
    data = folder / "data"
    data.mkdir(exist_ok=True)
    try:
        return f"ready {getattr(importlib.import_module(module), function)(data)}"
    except Exception as error:  # noqa: BLE001 - told to whoever waits
        return f"failed {str(error) or repr(error)}"


def _answer(folder: Path, text: str) -> None:
    (folder / "answer.part").write_text(text, encoding="utf-8")
    (folder / "answer.part").rename(folder / "answer")


if __name__ == "__main__":
    import atexit

    place = Path(sys.argv[1])
    atexit.register(shutil.rmtree, place, ignore_errors=True)  # registered first, so it runs last
    main(place, sys.argv[2])
