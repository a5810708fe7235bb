"""How a storm asks a fleet to do something: by programs that can be killed, and again and again until it is done."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from signal import SIGKILL
from threading import Lock
from typing import Any, Final

from deploy.compose.programs import YUI
from deploy.compose.running import TIED
from services.running import Running
from shared.flow.handle import Accepted, Request
from shared.flow.ports import Unavailable
from tests.commands import Answer

PATIENCE_SECONDS: Final = 240.0
REST_SECONDS: Final = 0.3
MOST_TRIES: Final = 1_000

log = logging.getLogger("yui.chaos")


class Programs:
    """Programs that were started here and have not ended. They end with the thread that started them."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("YUI_")},
            **{name: value for name, value in environment.items() if name not in {"YUI_METRICS_PORT", "YUI_DEMO"}},
        }
        self._folder = folder
        self._lock = Lock()
        self._running: list[subprocess.Popen[str]] = []
        self._commands: list[subprocess.Popen[str]] = []

    def start(self, command: Sequence[str], log: Path | None = None, **changed: str) -> subprocess.Popen[str]:
        """Output goes to `log`, or can be read from the process."""
        tied = [sys.executable, "-I", "-S", str(TIED), str(os.getpid()), str(int(SIGKILL))]
        with (log or Path(os.devnull)).open("ab") as output:
            process = subprocess.Popen(
                [*tied, *command],
                cwd=self._folder,
                env={**self._environment, **changed},
                stdin=subprocess.DEVNULL,
                stdout=output if log else subprocess.PIPE,
                stderr=output if log else subprocess.PIPE,
                text=True,
            )
        with self._lock:
            self._running = [other for other in self._running if other.poll() is None] + [process]
        return process

    def yui(self, *arguments: str) -> Answer:
        """Its code is negative when it was killed."""
        process = self.start([str(YUI), *arguments])
        with self._lock:
            self._commands = [other for other in self._commands if other.poll() is None] + [process]
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        return Answer(process.returncode, out, err)

    def kill_one(self, choose: Callable[[Sequence[Any]], Any]) -> int:
        """How many commands were killed by this: one, or none when none is running or it was just done."""
        with self._lock:
            running = [process for process in self._commands if process.poll() is None]
        if not running:
            return 0
        killed = choose(running)
        killed.kill()
        return int(killed.wait() < 0)

    def end(self) -> None:
        with self._lock:
            for process in self._running:
                process.kill()
                process.communicate()


class Wrong(Exception):
    """A command that must succeed did not."""


def hand_in(running: Running, requests: Sequence[Request]) -> bool:
    """Whether they were recorded; not while the servers are away. Wrong when one is refused."""
    try:
        outcomes = running.system.handle("requests", requests)
    except Unavailable as error:
        log.info("not handed in: %s", error)
        return False
    if not all(isinstance(outcome, Accepted) for outcome in outcomes):
        raise Wrong(f"{outcomes}")
    return True


def until_done(attempt: Callable[[], bool], doing: str) -> int:
    """How often it was tried in vain. Wrong when it never comes to an end."""
    for tries in range(MOST_TRIES):
        if attempt():
            return tries
        time.sleep(REST_SECONDS)
    raise Wrong(f"{doing}: not done in {MOST_TRIES} tries")
