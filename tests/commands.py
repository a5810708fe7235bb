"""Commands on a running system, as they are handed over to it."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.cli.console import Console
from services.cli.main import run
from services.running import Running


@dataclass(frozen=True)
class Answer:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Commands:
    """Paths in arguments are below `folder`."""

    running: Running
    folder: Path

    def yui(self, *arguments: str) -> Answer:
        out: list[str] = []
        err: list[str] = []
        code = run(arguments, Console(out.append, err.append, self.folder, terminal=False), self.running)
        return Answer(code, "".join(out), "".join(err))

    def done(self, *arguments: str) -> Answer:
        """AssertionError, with what it said, when it does not end with 0."""
        answer = self.yui(*arguments)
        assert answer.code == 0, (arguments, answer.code, answer.err or answer.out[-2000:])
        return answer

    def file(self, content: str | bytes, name: str = "") -> str:
        """A file of this content; its name, else file-1, file-2, …"""
        path = self.folder / (name or f"file-{len(list(self.folder.glob('file-*'))) + 1}")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path.name
