"""What can be set from outside."""

from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
PORT = 8000


@dataclass(frozen=True)
class Settings:
    """`demo`: the pages say that what they show is synthetic. Only loopback is served."""

    data: Path
    port: int = PORT
    demo: bool = False

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"
