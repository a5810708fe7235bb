"""What the servers for machines without Docker share: where they listen, how they end, where they come from."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

HOST: Final = "127.0.0.1"
LOWEST_PORT: Final = 20_000
HIGHEST_PORT: Final = 32_000
"""Below the ports that connections take for themselves: a client that calls a stopped server again and again could
otherwise be given the server's own port."""

STOP_SECONDS: Final = 30


class CannotStart(RuntimeError):
    """サーバーを起動できません。"""


@dataclass
class Running:
    """A server that answers at `address` ("host:port"); its data stay in `folder` when it ends."""

    address: str
    folder: Path
    process: subprocess.Popen[bytes]

    CLEANLY: ClassVar[int] = signal.SIGTERM
    AT_ONCE: ClassVar[int] = signal.SIGKILL

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def stop(self) -> None:
        """End it cleanly; a server that does not end in time is killed."""
        self.process.send_signal(self.CLEANLY)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(self.AT_ONCE)
        self.process.wait(STOP_SECONDS)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback interface now."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
        except OSError:
            return False
        return True


def free_port(is_free: Callable[[int], bool] = is_free) -> int:
    """Any port in the range that `is_free` lets pass."""
    ports = random.sample(range(LOWEST_PORT, HIGHEST_PORT), HIGHEST_PORT - LOWEST_PORT)
    return next(port for port in ports if is_free(port))


def run_tool(command: Sequence[str | Path], problem: str) -> str:
    """What it printed. When it fails, CannotStart with `problem` and its first line of complaint but warnings."""
    done = subprocess.run(command, capture_output=True, check=False, text=True, cwd="/")
    if done.returncode:
        said = [line for line in (done.stderr.strip() or done.stdout.strip()).splitlines() if "WARN" not in line]
        raise CannotStart(f"{problem}: {said[0] if said else done.returncode}")
    return done.stdout


def brought_by_pip(package: str, problem: str) -> Path:
    """The folder of a package that is kept beside the others of this user, not among those of Yui."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    return cached(package, lambda folder: run_tool([*pip, "--target", str(folder), package], problem))


def cached(name: str, bring: Callable[[Path], object]) -> Path:
    """A folder of the user's cache, complete or not there: two that bring it at once do no harm."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "yui"
    there = cache / name
    if there.exists():
        return there
    cache.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=cache))
    try:
        bring(made)
        made.chmod(0o755)
        made.rename(there)
    except OSError:
        if not there.exists():
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return there
