"""One process of the fleet: started, asked whether it is healthy, started again when it went away, ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from time import monotonic
from typing import Final

from deploy.compose.probes import Probe
from deploy.compose.programs import Program
from deploy.compose.reading import COMPLETED, HEALTHY, Process

TIED: Final = Path(__file__).with_name("tied.py")
FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 10.0
STEADY_SECONDS: Final = 10.0
"""A process that ran so long before it went away is started again without a longer pause."""
LAST_LINES: Final = 20


class Stage(Enum):
    WAITING = auto()
    """for what it depends on, or for the end of its pause"""
    STARTING = auto()
    READY = auto()
    DONE = auto()
    """it has ended by itself with 0, as it should"""


class Failed(RuntimeError):
    """A process did not start; the message names it and shows its last lines."""


def pause_seconds(failures: int) -> float:
    """The pause before the next start, after so many failures in a row."""
    return float(min(FIRST_PAUSE_SECONDS * 2 ** max(failures - 1, 0), LONGEST_PAUSE_SECONDS))


@dataclass
class Child:
    """A process of the list on this machine. Its methods are called by one thread: the one that keeps the fleet."""

    process: Process
    program: Program
    environment: Mapping[str, str]
    probe: Probe | None
    log: Path
    cwd: Path
    held: tuple[int, ...] = ()
    """open files it holds as long as it lives"""
    stage: Stage = Stage.WAITING
    started: int = 0
    failures: int = 0
    exit_code: int | None = None
    not_before: float = 0.0
    away_seconds: float = 0.0
    _popen: subprocess.Popen[bytes] | None = None
    _started_at: float = 0.0
    _log_from: int = 0
    _inherited: Mapping[str, str] = field(
        default_factory=lambda: {name: value for name, value in os.environ.items() if not name.startswith("YUI_")}
    )

    @property
    def name(self) -> str:
        return self.process.name

    @property
    def pid(self) -> int | None:
        return self._popen.pid if self._popen else None

    def meets(self, condition: str) -> bool:
        """Whether a process that depends on this one in this way may start."""
        if condition == COMPLETED:
            return self.stage is Stage.DONE
        if condition == HEALTHY:
            return self.stage is Stage.READY
        return self.stage in {Stage.STARTING, Stage.READY, Stage.DONE}

    def start(self) -> None:
        """Start it; what it says goes to its log. The thread that calls this must outlive the process."""
        command = [sys.executable, "-I", "-S", str(TIED), str(os.getpid()), str(int(self.program.orphaned))]
        with self.log.open("ab" if self.started else "wb") as output:
            self._log_from = output.tell()
            self._popen = subprocess.Popen(
                [*command, *self.program.command],
                cwd=self.cwd,
                env={**self._inherited, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=self.held,
            )
        self._started_at = monotonic()
        self.started += 1
        self.stage = Stage.READY if self.probe is None and not self.process.once else Stage.STARTING

    def has_become_healthy(self) -> bool:
        """Ask, when it is still starting. It may take the probe's patience."""
        return self.stage is Stage.STARTING and self.probe is not None and self.probe()

    def look(self, *, healthy: bool) -> bool:
        """Note whether it has ended or become healthy. True when it ended and should not have."""
        if self._popen is None:
            return False
        code = self._popen.poll()
        if code is None:
            if healthy:
                if self.program.when_healthy:
                    self.program.when_healthy()
                self.stage = Stage.READY
            return False
        self._popen = None
        self.exit_code = code
        if code == 0 and self.process.once:
            self.stage = Stage.DONE
            return False
        self.stage = Stage.WAITING
        steady = monotonic() - self._started_at >= STEADY_SECONDS
        self.failures = 1 if steady else self.failures + 1
        self.not_before = monotonic() + max(pause_seconds(self.failures), self.away_seconds)
        self.away_seconds = 0.0
        return True

    def is_healthy(self) -> bool:
        """Asked now, not remembered."""
        if self.stage is Stage.DONE:
            return True
        return self._popen is not None and (self.probe is None or self.probe())

    def send(self, number: int) -> None:
        """Send a signal to the process; nothing when it is not running."""
        if self._popen is not None:
            self._popen.send_signal(number)

    def end(self) -> None:
        """Ask it to end, also when it is frozen; `wait` sees to it."""
        self.send(signal.Signals[self.process.stop_signal])
        self.send(signal.SIGCONT)

    def wait(self, deadline: float) -> bool:
        """Wait until it has ended; True when it had to be killed, because it was not done at the deadline."""
        if self._popen is None:
            return False
        try:
            self._popen.wait(max(deadline - monotonic(), 0.01))
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
            return True
        finally:
            self._popen = None
        return False

    def ended(self) -> str:
        """How it ended, for a person."""
        code = self.exit_code or 0
        return f"シグナル {-code}" if code < 0 else f"終了コード {code}"

    def last_lines(self) -> str:
        """What it said last, since it was last started."""
        with self.log.open("rb") as output:
            output.seek(self._log_from)
            lines = output.read().decode(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-LAST_LINES:]) or "  （何も出力していません）"
