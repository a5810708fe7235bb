"""Commands on the fleet: as programs that can be killed, and in this process on a gateway of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from signal import SIGKILL
from threading import Lock
from typing import Any, Final

from deploy.compose.programs import YUI
from deploy.compose.running import TIED
from services.cli.console import Console
from services.cli.main import run
from services.running import Running

PATIENCE_SECONDS: Final = 240.0


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

    def yui(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, output, errors; a negative code when it was killed."""
        process = self.start([str(YUI), *arguments])
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        return process.returncode, out, err

    def kill_one(self, choose: Callable[[Sequence[Any]], Any]) -> bool:
        with self._lock:
            running = [process for process in self._running if process.poll() is None]
            if running:
                choose(running).kill()
            return bool(running)

    def end(self) -> None:
        with self._lock:
            for process in self._running:
                process.kill()
                process.communicate()


class Wrong(Exception):
    """A command that must succeed did not."""


def yui(running: Running, folder: Path, *arguments: str) -> tuple[int, str, str]:
    """The command in this process: exit code, output, errors."""
    out: list[str] = []
    err: list[str] = []
    code = run(arguments, Console(out.append, err.append, folder, terminal=False), running)
    return code, "".join(out), "".join(err)


def asked(running: Running, folder: Path, *arguments: str) -> Any:
    """The JSON that a command prints which must end with 0."""
    code, out, err = yui(running, folder, *arguments, "--json")
    if code:
        raise Wrong(f"yui {' '.join(arguments)}: {code}: {err or out[-2000:]}")
    return json.loads(out)
