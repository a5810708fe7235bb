"""The runner, on a small list of stand-ins: real processes, real ports, real signals."""

import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from time import monotonic, sleep

import pytest

from deploy.compose import Failed, Fleet, InUse
from deploy.compose.__main__ import main
from deploy.compose.probes import listens
from deploy.compose.running import pause_seconds
from deploy.servers import HOST, free_port
from tests.unit.deploy.stand_ins import COMPOSE, PROGRAMS, written

ROOT = Path(__file__).resolve().parents[3]


def fleet_of(folder: Path, text: str = COMPOSE, **options: object) -> Fleet:
    return Fleet(folder / "data", compose=written(folder, text), programs=PROGRAMS, **options)  # type: ignore[arg-type]


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def fleet(tmp_path: Path, lines: list[str]) -> Iterator[Fleet]:
    with fleet_of(tmp_path, say=lines.append) as running:
        yield running


def exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_gone(pid: int, seconds: float = 20) -> None:
    deadline = monotonic() + seconds
    while exists(pid):
        assert monotonic() < deadline, f"{pid} is still there"
        sleep(0.02)


def test_everything_is_healthy_once_it_is_started(fleet: Fleet) -> None:
    fleet.wait_ready(10)

    assert fleet.names == ["prepare", "gateway", "worker"]
    assert fleet.log_of("prepare").read_text() == "prepared\n"
    assert exists(fleet.pid_of("gateway"))
    assert fleet.metrics_url("worker") == f"http://127.0.0.1:{fleet.environment_of('worker')['YUI_PORT']}/metrics"


def test_the_environment_file_serves_a_shell_while_the_fleet_runs(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path)
    with fleet:
        told = dict(line.split("=", 1) for line in shlex.split(fleet.environment_file.read_text()))

    assert set(told) == {"YUI_KAFKA_SERVERS", "YUI_DATABASE_SECRETS"}
    assert told["YUI_DATABASE_SECRETS"] == str(tmp_path / "data" / "secrets")
    assert not fleet.environment_file.exists()


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    secret = tmp_path / "data" / "secrets" / "yui_billing_api"
    with fleet_of(tmp_path):
        first = secret.read_text()
    with fleet_of(tmp_path):
        second = secret.read_text()

    assert first == second
    assert len(first) >= 32
    assert (secret.stat().st_mode & 0o777, secret.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_killed_process_is_started_again_and_said_so(fleet: Fleet, lines: list[str]) -> None:
    killed = fleet.kill("worker")
    wait_gone(killed)
    fleet.wait_ready(10)

    assert fleet.pid_of("worker") != killed
    assert fleet.starts_of("worker") == 2
    assert [line for line in lines if "worker" in line] == [
        "worker が終わりました（シグナル 9）。0.1 秒後に起動し直します。"
    ]


def test_a_restarted_process_stays_away_as_long_as_it_is_told(fleet: Fleet) -> None:
    before = monotonic()

    fleet.restart("gateway", away_seconds=0.6)

    assert monotonic() - before >= 0.6
    assert "ended" in fleet.log_of("gateway").read_text()


def test_a_frozen_process_is_not_ready_until_it_is_woken(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.compose.probes.PATIENCE_SECONDS", 0.2)
    fleet.kill("worker", signal.SIGSTOP)

    with pytest.raises(Failed, match="worker"):
        fleet.wait_ready(0.3)
    fleet.kill("worker", signal.SIGCONT)
    fleet.wait_ready(10)

    assert fleet.starts_of("worker") == 1


def test_a_frozen_process_ends_with_the_fleet(tmp_path: Path) -> None:
    with fleet_of(tmp_path) as fleet:
        pid = fleet.kill("worker", signal.SIGSTOP)

    assert not exists(pid)


def test_the_last_started_ends_first(tmp_path: Path) -> None:
    with fleet_of(tmp_path) as fleet:
        logs = [fleet.log_of(name) for name in ("worker", "gateway")]

    assert [log.read_text() for log in logs] == ["serving\nended\n"] * 2
    assert logs[0].stat().st_mtime_ns <= logs[1].stat().st_mtime_ns


def test_a_process_that_does_not_end_is_killed_and_named(tmp_path: Path, lines: list[str]) -> None:
    text = COMPOSE.replace('[serve, "9100"]', '[stubborn, "9100"]').replace("grace_period: 5s", "grace_period: 200ms")
    with fleet_of(tmp_path, text, say=lines.append) as fleet:
        pid = fleet.pid_of("worker")

    assert not exists(pid)
    assert lines == ["worker は終わらないので、止めました。"]


@pytest.mark.parametrize("command", ["[note, prepared]", '[serve, "9100"]'])
def test_a_process_that_fails_at_start_is_named_with_its_last_lines(tmp_path: Path, command: str) -> None:
    fleet = fleet_of(tmp_path, COMPOSE.replace(command, "[fail]"))

    with pytest.raises(Failed, match=r"(?s)(prepare|worker) を起動できませんでした（終了コード 3）.*the reason"):
        fleet.start()

    assert not fleet.environment_file.exists()
    with pytest.raises(LookupError):
        fleet.pid_of("gateway")


def test_a_process_that_is_not_healthy_in_time_is_named(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path, COMPOSE.replace(":9100/readyz", ":9100/never"))

    with pytest.raises(Failed, match=r"(?s)準備ができませんでした: worker。.*serving"):
        fleet.start(3)


def test_a_process_that_does_not_end_when_it_is_restarted_is_killed(tmp_path: Path) -> None:
    stubborn = COMPOSE.replace('[serve, "8000"]', '[stubborn, "8000"]').replace("period: 5s", "period: 1s")
    with fleet_of(tmp_path, stubborn) as fleet:
        before = fleet.pid_of("gateway")
        fleet.restart("gateway")
        assert fleet.pid_of("gateway") != before


def test_a_second_runner_on_the_same_data_is_refused(fleet: Fleet, tmp_path: Path) -> None:
    second = fleet_of(tmp_path)
    with pytest.raises(InUse, match="別の run-distributed"):
        second.start()
    second.stop()

    fleet.wait_ready(10)
    assert fleet.environment_file.exists()


def test_an_added_environment_reaches_every_process_of_ours(tmp_path: Path) -> None:
    with fleet_of(tmp_path, environment={"YUI_KAFKA_PREFIX": "t1."}, only={"gateway"}) as fleet:
        assert fleet.names == ["prepare", "gateway"]
        assert fleet.environment_of("gateway")["YUI_KAFKA_PREFIX"] == "t1."


def test_pauses_grow_to_an_end() -> None:
    assert [pause_seconds(failures) for failures in (0, 1, 2, 3, 4, 50)] == [0.1, 0.1, 0.2, 0.4, 0.8, 10.0]


RUNNER = """
import sys
from deploy.compose import __main__ as command, fleet
from tests.unit.deploy.stand_ins import PROGRAMS
from pathlib import Path
fleet.Fleet.__init__.__kwdefaults__["programs"] = PROGRAMS
sys.exit(command.main(["--compose", sys.argv[1], "run", "--data", sys.argv[2]]))
"""


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    compose = written(tmp_path, COMPOSE.replace("127.0.0.1:8000:", f"{HOST}:{free_port()}:"))
    command = [sys.executable, "-c", RUNNER, str(compose), str(tmp_path / "data")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        too_long = Timer(120, running.kill)
        too_long.start()
        yield running
        too_long.cancel()
        running.kill()


def read_until(process: subprocess.Popen[str], word: str) -> str:
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        if word in line:
            return "".join(said)
    raise AssertionError("".join(said))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_runner_says_where_it_is_and_ends_on_a_signal(
    runner: subprocess.Popen[str], tmp_path: Path, number: signal.Signals
) -> None:
    hello = read_until(runner, "Ctrl-C")
    assert "Yui 結 が動いています: http://127.0.0.1:" in hello
    assert (tmp_path / "data.env").exists()

    runner.send_signal(number)

    assert read_until(runner, "終わりました。")
    assert runner.wait(20) == 0
    assert not (tmp_path / "data.env").exists()
    assert (tmp_path / "data" / "logs" / "gateway.log").read_text() == "serving\nended\n"


def test_a_killed_runner_leaves_nothing_behind(runner: subprocess.Popen[str], tmp_path: Path) -> None:
    read_until(runner, "Ctrl-C")
    port = int((tmp_path / "data.env").read_text().splitlines()[0].rpartition(":")[2])

    runner.kill()
    runner.wait(20)

    with fleet_of(tmp_path) as fleet:
        assert fleet.environment_of("worker")["YUI_PORT"] != str(port)
        assert not listens(port)


def test_a_second_run_says_in_one_line_what_is_in_the_way_and_leaves_the_first_its_environment_file(
    fleet: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = fleet.environment_file.read_text()
    assert main(["--compose", str(tmp_path / "docker-compose.yml"), "run", "--data", str(fleet.folder)]) == 2
    beginning, reason = capsys.readouterr().out.splitlines()
    assert beginning.startswith("起動しています")
    assert "別の run-distributed" in reason
    assert fleet.environment_file.read_text() == before


def test_the_list_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--compose", str(written(tmp_path)), "list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "prepare  yui note prepared",
        "gateway  yui serve 8000",
        "worker   yui serve 9100",
    ]


def test_secrets_for_docker_lie_where_the_file_expects_them(tmp_path: Path) -> None:
    assert main(["--compose", str(written(tmp_path)), "secrets"]) == 0

    secret = tmp_path / "var" / "secrets" / "yui_billing_api"
    assert (secret.stat().st_mode & 0o777, secret.parent.stat().st_mode & 0o777) == (0o444, 0o700)
