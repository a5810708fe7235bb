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
from typing import Any

from services.cli.console import CannotBeDone, Console
from shared.adapters.os_faults import in_words

LONGEST_SOCKET_PATH = 100
WAIT_FOR_OWNER_SECONDS = 15.0
LONGEST_ORDER_SECONDS = 5.0
STILL_RUNNING = (
    "待つのをやめました。この処理は、データを使っている yui（yui up など）が最後まで続けます。"
    "結果は一覧や yui doctor で確かめてください。"
)


Run = Callable[..., int]
"""(arguments, console, running=…) → exit code"""


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
            f"{data}: データの置き場所を使えません（{in_words(error)}）。--data で別の場所を指定してください。"
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Owned from None
        (data / "owner.json").unlink(missing_ok=True)  # of an owner that was killed
        yield


def is_begun(data: Path) -> bool:
    """Whether there is a store, or one is being made; also where the folder cannot be looked into (`own` says why)."""
    try:
        return any(path.name == "owner.lock" or path.suffix == ".db" for path in data.iterdir())
    except FileNotFoundError:
        return False
    except OSError:
        return True


def owner_in_words(data: Path) -> str:
    """Another yui, with its process and where its pages are, as far as it has said."""
    try:
        said = json.loads((data / "owner.json").read_text())
    except (OSError, ValueError):
        return "別の yui"
    address = f"、{said['address']}" if said["address"] else ""
    return f"別の yui（プロセス {said['pid']}{address}）"


class Counter:
    """Takes over commands of other processes, while this one owns the store.

    A command that was said to be taken is run to its end; one that was not can be brought again, to the next owner.
    `address`: where the owner's pages are, if it has any.
    """

    def __init__(self, data: Path, run: Run, address: str | None) -> None:
        self._data = data
        self._run = run
        self._guard = threading.Lock()
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
        self._socket.listen(64)
        said = {"pid": os.getpid(), "socket": str(path.absolute()), "address": address}
        (data / "owner.json").write_text(json.dumps(said))
        threading.Thread(target=self._accept, name="counter", daemon=True).start()

    def close(self) -> None:
        """Take no new command, finish those that run."""
        with self._guard:
            self._open = False
            working = list(self._working)
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in working:
            thread.join()
        (self._data / "owner.json").unlink(missing_ok=True)
        (self._data / "owner.sock").unlink(missing_ok=True)
        if self._folder:
            self._folder.cleanup()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with self._guard:
                if not self._open:
                    connection.close()
                    return
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._working.add(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as orders:
                connection.settimeout(LONGEST_ORDER_SECONDS)
                order = json.loads(orders.readline())
                connection.settimeout(None)
                line = _Line(connection)
                line.send({"taken": True})
                console = Console(
                    lambda text: line.send({"out": text}),
                    lambda text: line.send({"err": text}),
                    Path(order["cwd"]),
                    order["terminal"],
                )
                line.send({"exit": self._run(order["arguments"], console)})
        except (OSError, ValueError):
            return  # no order came, or whoever brought it has gone
        finally:
            with self._guard:
                self._working.discard(threading.current_thread())


class _Line:
    """The way back to whoever brought a command; when they have gone, the command runs to its end all the same."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._gone = False

    def send(self, message: dict[str, Any]) -> None:
        if self._gone:
            return
        try:
            _send(self._connection, message)
        except ConnectionError:
            self._gone = True


def _send(connection: socket.socket, message: dict[str, Any]) -> None:
    connection.sendall(json.dumps(message, ensure_ascii=False).encode() + b"\n")


def hand_over(data: Path, arguments: Sequence[str], console: Console) -> int | None:
    """Let the owner run the command; its exit code. None when it was not taken: there is no owner any more."""
    connection = _reach(data)
    if connection is None:
        return None
    taken = False
    order = {"arguments": list(arguments), "cwd": str(console.cwd), "terminal": console.terminal}
    with connection, connection.makefile("rb") as lines:
        try:
            _send(connection, order)
            for line in lines:
                match json.loads(line):
                    case {"exit": int(code)}:
                        return code
                    case {"out": str(text)}:
                        console.out(text)
                    case {"err": str(text)}:
                        console.err(text)
                    case _:
                        taken = True
        except (ConnectionError, ValueError):
            pass  # the owner is gone, in the middle of a line perhaps: what counts is whether the command was taken
        except KeyboardInterrupt:
            if taken:
                raise CannotBeDone(STILL_RUNNING) from None
            raise
    if not taken:
        return None
    raise CannotBeDone("データを使っていた yui が途中で終わりました。もう一度実行してください。")


def _reach(data: Path) -> socket.socket | None:
    deadline = monotonic() + WAIT_FOR_OWNER_SECONDS
    while monotonic() < deadline:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(json.loads((data / "owner.json").read_text())["socket"])
            return connection
        except (OSError, ValueError):
            connection.close()
            if _is_free(data):
                return None
            sleep(0.05)
    raise CannotBeDone(
        f"{data}: このデータを使っている{owner_in_words(data)}が応答しません。"
        "終わるのを待つか、止めてからやり直してください。"
    )


def _is_free(data: Path) -> bool:
    try:
        with own(data):
            return True
    except Owned:
        return False
