"""Where a command prints: its own terminal, or a socket to the process that handed it over."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

import msgspec

from shared.adapters.os_faults import in_words

DONE, WRONG, CANNOT = 0, 1, 2


class CannotBeDone(Exception):
    """The command cannot be done; the message is one line that says what to do. Exit code 2."""


@dataclass
class Console:
    """`cwd` is where relative paths of the command's arguments start."""

    out: Callable[[str], None]
    err: Callable[[str], None]
    cwd: Path
    terminal: bool
    _shown: int = field(default=0, init=False)

    def json(self, document: Any) -> None:
        self.out(msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n")

    def line(self, text: str = "") -> None:
        self.out(text + "\n")

    def say(self, text: str) -> None:
        self.err(text + "\n")

    def progress(self, text: str) -> None:
        """One line that is written over, on a terminal only."""
        if self.terminal:
            self.err("\r" + text.ljust(self._shown))
            self._shown = len(text)

    def end_progress(self) -> None:
        if self._shown:
            self.err("\r" + " " * self._shown + "\r")
            self._shown = 0

    def path(self, name: str) -> Path:
        return self.cwd / name

    def read(self, name: str) -> bytes:
        try:
            return self.path(name).read_bytes()
        except OSError as error:
            raise CannotBeDone(
                f"{name}: ファイルを読めません（{in_words(error)}）。場所と名前を確かめてください。"
            ) from error


def own_console() -> Console:
    """What a terminal cannot show is shown as `?`; what goes to a file or another program is always UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")
    return Console(_writer(sys.stdout), _writer(sys.stderr), Path.cwd(), sys.stderr.isatty())


def _writer(stream: TextIO) -> Callable[[str], None]:
    """When nobody reads any more (`| head`), the command goes on without a word."""

    def write(text: str) -> None:
        try:
            stream.write(text)
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())

    return write
