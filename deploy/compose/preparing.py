"""What a process finds when it starts: its environment, its folders, its passwords, and who asks after its health."""

import shlex
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from deploy.compose.placing import Places, localised, localised_environment
from deploy.compose.probes import Probe, probe_of
from deploy.compose.programs import database_url
from deploy.compose.reading import Process

OURS: Final = "yui"
FOR_A_SHELL: Final = ("YUI_DATABASE_", "YUI_KAFKA_")


def secrets_of(processes: Collection[Process]) -> set[str]:
    return {name for process in processes for name in process.secrets}


def told(process: Process, places: Places, added: Mapping[str, str]) -> dict[str, str]:
    """The environment of the file, and for processes of ours what is added to it."""
    environment = localised_environment(process, places)
    return {**environment, **added} if process.image == OURS else environment


def render_mounts(process: Process, places: Places, beside: Path) -> None:
    """A folder for each volume, and a copy of each folder `beside` the file with the addresses of this machine."""
    for mount in process.mounts:
        if mount.is_volume:
            places.volume(mount.source).mkdir(parents=True, exist_ok=True)
            continue
        shutil.rmtree(places.config(process), ignore_errors=True)
        source = beside / mount.source
        for path in sorted(each for each in source.rglob("*") if each.is_file()):
            copy = places.config(process) / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(localised(path.read_text(encoding="utf-8"), process, places), encoding="utf-8")


def probe_for(process: Process, places: Places) -> Probe | None:
    if process.check is None:
        return None
    words = [localised(word, process, places) for word in process.check]
    return probe_of(words, places.port(process), lambda: database_url(process, places))


def write_environment(path: Path, environment: Mapping[str, str]) -> None:
    """The variables with which a `yui` of another shell acts on the fleet; the file is whole or not there."""
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in environment.items() if name.startswith(FOR_A_SHELL)]
    fresh = path.with_suffix(".new")
    fresh.write_text("".join(lines), encoding="utf-8")
    fresh.rename(path)
