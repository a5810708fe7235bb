"""One process owns a store; a command that finds it owned hands itself over (decision 11)."""

import fcntl
import json
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Protocol

from services.cli.console import CannotBeDone, Console

LONGEST_SOCKET_PATH = 100
WAIT_FOR_OWNER_SECONDS = 15.0


class _Stream(Protocol):
    def write(self, data: bytes, /) -> int: ...
    def flush(self) -> None: ...


Run = Callable[..., int]
"""(arguments, console, embedded=…) → exit code"""


class Owned(Exception):
    """Another process owns the store."""


@contextmanager
def own(data: Path) -> Iterator[None]:
    """Own the store's folder while the block runs. Owned when another process does."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "owner.lock").open("w")
    except OSError as error:
        raise CannotBeDone(
            f"{data}: データの置き場所を使えません（{error.strerror}）。--data で別の場所を指定してください。"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Owned from None
        yield


class Counter:
    """Takes over commands of other processes, while this one owns the store."""

    def __init__(self, data: Path, run: Run) -> None:
        self._data = data
        self._run = run
        self._open = True
        self._working: set[threading.Thread] = set()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        path = data / "owner.sock"
        if len(os.fsencode(path.absolute())) > LONGEST_SOCKET_PATH:
            self._folder = tempfile.TemporaryDirectory(prefix="yui-")
            path = Path(self._folder.name) / "owner.sock"
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        path.chmod(0o600)
        self._socket.listen(16)
        (data / "owner.json").write_text(json.dumps({"pid": os.getpid(), "socket": str(path.absolute())}))
        self._thread = threading.Thread(target=self._accept, name="counter", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no new command, finish those that run."""
        self._open = False
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in list(self._working):
            thread.join()
        (self._data / "owner.json").unlink(missing_ok=True)
        (self._data / "owner.sock").unlink(missing_ok=True)
        if self._folder:
            self._folder.cleanup()

    def _accept(self) -> None:
        while self._open:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._working.add(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rwb") as stream:
                order = json.loads(stream.readline())
                console = Console(
                    lambda text: _send(stream, {"out": text}),
                    lambda text: _send(stream, {"err": text}),
                    Path(order["cwd"]),
                    order["terminal"],
                )
                _send(stream, {"exit": self._run(order["arguments"], console)})
        except (BrokenPipeError, ConnectionResetError):
            return
        finally:
            self._working.discard(threading.current_thread())


def _send(stream: _Stream, message: dict[str, Any]) -> None:
    stream.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
    stream.flush()


def hand_over(data: Path, arguments: Sequence[str], console: Console) -> int | None:
    """Let the owner run the command; its exit code. None when there is no owner any more."""
    connection = _reach(data)
    if connection is None:
        return None
    with connection, connection.makefile("rwb") as stream:
        _send(stream, {"arguments": list(arguments), "cwd": str(console.cwd), "terminal": console.terminal})
        for line in stream:
            message = json.loads(line)
            if "exit" in message:
                code: int = message["exit"]
                return code
            console.out(message["out"]) if "out" in message else console.err(message["err"])
    raise CannotBeDone("データを使っていた yui が途中で終わりました。もう一度実行してください。")


def _reach(data: Path) -> socket.socket | None:
    deadline = monotonic() + WAIT_FOR_OWNER_SECONDS
    while monotonic() < deadline:
        try:
            path = json.loads((data / "owner.json").read_text())["socket"]
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.connect(path)
            return connection
        except (OSError, ValueError):
            if _is_free(data):
                return None
            sleep(0.05)
    raise CannotBeDone("データを使っている別の yui が応答しません。終わるのを待つか、止めてからやり直してください。")


def _is_free(data: Path) -> bool:
    try:
        with own(data):
            return True
    except Owned:
        return False
