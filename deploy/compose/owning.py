"""One runner for a folder: a lock that its processes hold with it, so that it is free when the last of them is gone."""

import fcntl
import os
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Final

LEFTOVERS_SECONDS: Final = 30.0


class InUse(RuntimeError):
    """Another runner uses the folder."""


def own(folder: Path) -> IO[str]:
    """The locked file; closing it gives the folder back.

    InUse at once while another runner is there; what a killed runner left is waited for, as it is about to end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / "runner.lock").open("a+")
    deadline = monotonic() + LEFTOVERS_SECONDS
    while not _locked(file):
        if _runs(file) or monotonic() >= deadline:
            file.close()
            raise InUse(f"{folder}: 別の run-distributed がこのデータを使っています。")
        sleep(0.05)
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _runs(file: IO[str]) -> bool:
    """Whether the runner that wrote its id there still runs."""
    file.seek(0)
    try:
        os.kill(int(file.read()), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True
