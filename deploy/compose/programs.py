"""Which program of this machine stands for which image."""

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM, Signals

from deploy.compose.credentials import ADMIN, write_admin_url
from deploy.compose.placing import Places, localised
from deploy.compose.reading import Process, Unreadable
from deploy.servers import HOST

YUI = Path(sys.executable).with_name("yui")


@dataclass(frozen=True)
class Program:
    """`command` is started for the process; `orphaned` is the signal it gets when the runner is gone.

    `when_healthy` is called each time it has become healthy.
    """

    command: tuple[str, ...]
    orphaned: Signals = SIGKILL
    when_healthy: Callable[[], None] | None = None


@dataclass(frozen=True)
class LeftOut:
    """The program is not on this machine; `reason` says so to a person."""

    reason: str


Maker = Callable[[Process, Places], Program | LeftOut]


def _yui(process: Process, _places: Places) -> Program:
    return Program((str(YUI), *process.command))


def _kafka(process: Process, places: Places) -> Program:
    folder = places.volume(process.mounts[0].source)
    return Program(
        (sys.executable, "-m", "deploy.kafka.server", str(folder), str(places.port(process))), orphaned=SIGTERM
    )


def _postgres(process: Process, places: Places) -> Program:
    folder = places.volume(process.mounts[0].source)
    settings = [word for word in process.command if "=" in word]
    command = (sys.executable, "-m", "deploy.postgres.server", str(folder), str(places.port(process)), *settings)
    return Program(
        command, orphaned=SIGINT, when_healthy=lambda: write_admin_url(places.secrets, database_url(process, places))
    )


def database_url(process: Process, places: Places) -> str:
    """With user and password, as `deploy.postgres.server` keeps them in the folder of its data."""
    password = (places.volume(process.mounts[0].source) / "password").read_text(encoding="utf-8")
    return f"postgresql://{ADMIN}:{password}@{HOST}:{places.port(process)}/yui"


def _prometheus(process: Process, places: Places) -> Program | LeftOut:
    program = shutil.which("prometheus")
    if not program:
        return LeftOut("prometheus がこのパソコンに無いため、指標は集めません（例: apt-get install prometheus）。")
    return Program((program, *(localised(word, process, places) for word in process.command)), orphaned=SIGTERM)


def _grafana(_process: Process, _places: Places) -> Program | LeftOut:
    program = shutil.which("grafana")
    home = Path("/usr/share/grafana")
    if not program or not home.is_dir():
        return LeftOut("grafana がこのパソコンに無いため、指標の画面は出しません（deploy/grafana の内容は使えます）。")
    return Program((program, "server", "--homepath", str(home)), orphaned=SIGTERM)


PROGRAMS: Mapping[str, Maker] = {
    "yui": _yui,
    "apache/kafka": _kafka,
    "postgres": _postgres,
    "prom/prometheus": _prometheus,
    "grafana/grafana": _grafana,
}


def program_of(process: Process, places: Places, programs: Mapping[str, Maker] = PROGRAMS) -> Program | LeftOut:
    if process.image not in programs:
        raise Unreadable(
            f"services.{process.name}.image: {process.image} にあたるこのパソコンのプログラムが決まっていません"
            "（deploy/compose/programs.py）。"
        )
    return programs[process.image](process, places)
