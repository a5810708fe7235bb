"""The files of the passwords: made when they are missing, never printed."""

import secrets
from collections.abc import Collection
from pathlib import Path
from typing import Final

ADMIN: Final = "yui_admin"
ADMIN_PASSWORD: Final = "postgres_password"  # noqa: S105 - the name of a file
ADMIN_URL: Final = "postgres_admin_url"
OWNER_ONLY: Final = 0o600
IN_CONTAINERS: Final = 0o444
"""Docker mounts the file itself: a container's user has another number. The folder keeps users of this machine out."""


def write_secrets(folder: Path, names: Collection[str], database: str, *, mode: int = OWNER_ONLY) -> None:
    """A file for every secret, in a folder that only its owner may open. What is there stays.

    `postgres_admin_url` is put together from `postgres_password` and the address `database` (host:port/name).
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in sorted(set(names) - {ADMIN_URL}):
        if not (folder / name).exists():
            _write(folder / name, secrets.token_urlsafe(24), mode)
    if ADMIN_URL in names:
        _write(folder / ADMIN_URL, f"postgresql://{ADMIN}:{_read(folder, ADMIN_PASSWORD)}@{database}", mode)


def write_admin_url(folder: Path, url: str) -> None:
    """Of a server that has chosen the password itself."""
    _write(folder / ADMIN_URL, url, OWNER_ONLY)


def _read(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")


def _write(path: Path, value: str, mode: int) -> None:
    fresh = path.with_name(f".{path.name}")
    fresh.touch(mode=OWNER_ONLY)
    fresh.write_text(value, encoding="utf-8")
    fresh.chmod(mode)
    fresh.rename(path)
