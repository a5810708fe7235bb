"""docker-compose.yml → the list of processes. Pure: text in, values out."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

STARTED: Final = "service_started"
HEALTHY: Final = "service_healthy"
COMPLETED: Final = "service_completed_successfully"
DEFAULT_GRACE: Final = "10s"

_VARIABLE: Final = re.compile(r"\$(?:\$|\{(?P<name>\w+)(?::-(?P<default>[^}]*))?\})")
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Unreadable(ValueError):
    """docker-compose.yml の内容を読み取れません。"""


@dataclass(frozen=True)
class Mount:
    """`source`: a folder beside the file (`./…`) or the name of a volume; `target`: its path in the container."""

    source: str
    target: str

    @property
    def is_volume(self) -> bool:
        return not self.source.startswith((".", "/"))


@dataclass(frozen=True)
class Process:
    """One service of the file. `image` is without its tag; `depends_on` maps a name to its condition.

    `ports` are container ports, the first one is where it answers; `published` maps some of them to the port wished
    for on this machine. `check` is the words of the health check, None when there is none.
    """

    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    depends_on: Mapping[str, str]
    ports: tuple[int, ...]
    published: Mapping[int, int]
    mounts: tuple[Mount, ...]
    secrets: tuple[str, ...]
    check: tuple[str, ...] | None
    restart: str
    stop_grace_seconds: float
    stop_signal: str

    @property
    def once(self) -> bool:
        """It ends by itself, and is not started again."""
        return self.restart == "no"


@dataclass(frozen=True)
class Composition:
    """What the file says: the processes, each after those it depends on, and the file of each secret."""

    processes: tuple[Process, ...]
    secrets: Mapping[str, str]

    def named(self, name: str) -> Process:
        return next(process for process in self.processes if process.name == name)


def read_composition(text: str, variables: Mapping[str, str]) -> Composition:
    """Read a compose file; `${NAME:-default}` is taken from `variables`. Unreadable says what is wrong where."""
    document = yaml.safe_load(text)
    processes = [_process(name, _filled(body, variables)) for name, body in document["services"].items()]
    secrets = {name: body["file"] for name, body in document.get("secrets", {}).items()}
    for process in processes:
        if missing := sorted(set(process.secrets) - set(secrets)):
            raise Unreadable(f"services.{process.name}.secrets: {', '.join(missing)} が secrets にありません。")
    return Composition(_in_order(processes), secrets)


def shortened(processes: Collection[Process], only: Collection[str] | None) -> tuple[Process, ...]:
    """The processes of these names and all they depend on, in the same order; None: all."""
    if only is None:
        return tuple(processes)
    by_name = {process.name: process for process in processes}
    if unknown := sorted(set(only) - set(by_name)):
        raise Unreadable(f"{', '.join(unknown)}: そのような名前のプロセスはありません。")
    wanted: set[str] = set()
    waiting = list(only)
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting.extend(by_name[name].depends_on)
    return tuple(process for process in processes if process.name in wanted)


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    """The value with its variables filled in, all through."""
    match value:
        case str():
            return _VARIABLE.sub(lambda found: _value_of(found, variables), value)
        case list():
            return [_filled(item, variables) for item in value]
        case dict():
            return {key: _filled(item, variables) for key, item in value.items()}
        case _:
            return value


def _value_of(found: re.Match[str], variables: Mapping[str, str]) -> str:
    if found["name"] is None:
        return "$"
    return variables.get(found["name"]) or found["default"] or ""


def _process(name: str, body: Mapping[str, Any]) -> Process:
    published = dict(_published(name, body.get("ports", ())))
    exposed = [int(port) for port in body.get("expose", ())]
    return Process(
        name=name,
        image=body["image"].partition(":")[0],
        command=tuple(body.get("command", ())),
        environment={key: str(value) for key, value in body.get("environment", {}).items()},
        depends_on={other: entry["condition"] for other, entry in body.get("depends_on", {}).items()},
        ports=tuple(dict.fromkeys([*exposed, *published])),
        published=published,
        mounts=tuple(_mount(name, entry) for entry in body.get("volumes", ())),
        secrets=tuple(body.get("secrets", ())),
        check=_check(name, body.get("healthcheck")),
        restart=body.get("restart", "no"),
        stop_grace_seconds=seconds(body.get("stop_grace_period", DEFAULT_GRACE)),
        stop_signal=body.get("stop_signal", "SIGTERM"),
    )


def _published(name: str, entries: Collection[str]) -> Iterator[tuple[int, int]]:
    for entry in entries:
        found = re.fullmatch(r"127\.0\.0\.1:(\d+):(\d+)", entry)
        if not found:
            raise Unreadable(f"services.{name}.ports: {entry} は 127.0.0.1:外:中 の形で書いてください。")
        yield int(found[2]), int(found[1])


def _mount(name: str, entry: str) -> Mount:
    source, _, target = entry.removesuffix(":ro").partition(":")
    if not target:
        raise Unreadable(f"services.{name}.volumes: {entry} は 置き場所:中の場所 の形で書いてください。")
    return Mount(source, target)


def _check(name: str, entry: Mapping[str, Any] | None) -> tuple[str, ...] | None:
    if entry is None:
        return None
    match entry["test"]:
        case ["CMD", *words]:
            return tuple(words)
        case other:
            raise Unreadable(f"services.{name}.healthcheck.test: {other} は CMD で始まる並びで書いてください。")


def seconds(text: str) -> float:
    """`1m30s` → 90.0."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise Unreadable(f"{text}: 時間は 10s や 1m30s の形で書いてください。")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def _in_order(processes: Collection[Process]) -> tuple[Process, ...]:
    """Each after those it depends on, else as they are written."""
    names = {process.name for process in processes}
    for process in processes:
        if missing := sorted(set(process.depends_on) - names):
            raise Unreadable(f"services.{process.name}.depends_on: {', '.join(missing)} がありません。")
    ordered: dict[str, Process] = {}
    left = list(processes)
    while left:
        able = [process for process in left if set(process.depends_on) <= set(ordered)]
        if not able:
            raise Unreadable(f"services: depends_on が輪になっています（{', '.join(each.name for each in left)}）。")
        ordered |= {process.name: process for process in able}
        left = [process for process in left if process.name not in ordered]
    return tuple(ordered.values())


def layers(processes: Collection[Process]) -> list[list[Process]]:
    """The processes, in the order of `Composition`, by their depth: each layer depends on those before it only."""
    depth: dict[str, int] = {}
    for process in processes:
        depth[process.name] = 1 + max((depth[name] for name in process.depends_on if name in depth), default=-1)
    return [
        [process for process in processes if depth[process.name] == level]
        for level in range(max(depth.values(), default=-1) + 1)
    ]
