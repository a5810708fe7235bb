"""What a container is told, said for processes of this machine: host names, ports and paths. Pure."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.compose.reading import Process
from deploy.servers import HOST, free_port

SECRETS: Final = "/run/secrets"

Address = tuple[str, int]
"""(name of the process, container port)"""


@dataclass(frozen=True)
class Places:
    """`ports`: the port of this machine for every address; `data`: the folder of the fleet."""

    data: Path
    ports: Mapping[Address, int]

    @property
    def secrets(self) -> Path:
        return self.data / "secrets"

    def volume(self, name: str) -> Path:
        return self.data / name

    def config(self, process: Process) -> Path:
        return self.data / "config" / process.name

    def port(self, process: Process) -> int:
        """Where the process answers."""
        return self.ports[process.name, process.ports[0]]

    def url(self, process: Process) -> str:
        return f"http://{HOST}:{self.port(process)}"


def localised(text: str, process: Process, places: Places) -> str:
    """A text that `process` reads, with what it means here instead of in its container.

    `kafka:9092` → `127.0.0.1:21034`, its own `0.0.0.0:9100` → `127.0.0.1:21077`, `/run/secrets/x` and paths below its
    volumes → paths of the fleet's folder.
    """
    names = {name for name, _ in places.ports}
    hosts = "|".join(sorted(map(re.escape, names | {"0.0.0.0", HOST, "localhost"}), key=len, reverse=True))  # noqa: S104 - what a container listens on is found, not bound

    def placed(found: re.Match[str]) -> str:
        name = found["host"] if found["host"] in names else process.name
        port = places.ports.get((name, int(found["port"])))
        return f"{HOST}:{port}" if port else found[0]

    text = re.sub(rf"(?<![\w.-])(?P<host>{hosts}):(?P<port>\d+)\b", placed, text).replace("0.0.0.0", HOST)  # noqa: S104
    for target, path in _folders(process, places).items():
        text = re.sub(rf"(?<![\w./-]){re.escape(target)}(?=$|[/\s,;'\"])", lambda _, path=path: str(path), text)  # type: ignore[misc]
    return text


def localised_environment(process: Process, places: Places) -> dict[str, str]:
    """The environment of the process; a variable `…_PORT` that holds one of its ports holds the one it has here."""
    here = {str(port): str(places.ports[process.name, port]) for port in process.ports}
    return {
        name: here.get(value, value) if name.endswith("_PORT") else localised(value, process, places)
        for name, value in process.environment.items()
    }


def _folders(process: Process, places: Places) -> dict[str, Path]:
    mounts = {
        mount.target: places.volume(mount.source) if mount.is_volume else places.config(process)
        for mount in process.mounts
    }
    return {SECRETS: places.secrets, **mounts}


def chosen_ports(
    processes: Collection[Process], is_free: Callable[[int], bool], *, published: bool
) -> dict[Address, int]:
    """A port for every address, all different. With `published`, the port that the file wishes for, when it is free."""
    chosen: dict[Address, int] = {}

    def is_left(port: int) -> bool:
        return port not in chosen.values() and is_free(port)

    for process in processes:
        for port in process.ports:
            wished = process.published.get(port) if published else None
            chosen[process.name, port] = wished if wished and is_left(wished) else free_port(is_left)
    return chosen
