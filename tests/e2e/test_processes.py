"""The real program: processes that share a store, that are killed, that are stopped, on a terminal and in a pipe."""

import json
import os
import pty
import re
import signal
import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from subprocess import DEVNULL, PIPE, Popen, run
from typing import Final

import httpx
import pytest

from deploy.servers import free_port
from tests.controls import KOSAKA, TAKAMATSU
from tests.e2e.busy_office import busy_files, visits_file
from tests.e2e.office import (
    ORGANISATIONS,
    PATIENCE_SECONDS,
    PEOPLE,
    VISITS_HEADER,
    WORKED_LINES,
    YUI,
    lines_of,
    open_office,
    program,
    visit_line,
    write,
)

TENANT: Final = ("--tenant", TAKAMATSU)
USERS: Final = 500
DAYS: Final = range(2, 26, 2)
MANY: Final = USERS * len(DAYS)
YEN: Final = USERS * 5 * 500


def many_users() -> str:
    return PEOPLE + "".join(f"M{number:03d},user,利用者,1936-05-01,support1,2016-04-01,,\n" for number in range(USERS))


def many_visits() -> str:
    """Twelve visits of each of many users in October 2016."""
    return VISITS_HEADER + "".join(
        visit_line(f"m{user:03d}-{day:02d}", f"2016-10-{day:02d}", user=f"M{user:03d}")
        for day in DAYS
        for user in range(USERS)
    )


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a founded store, and files beside it."""
    folder = tmp_path_factory.mktemp("founded")
    write(folder, "organisations.csv", ORGANISATIONS)
    write(folder, "people.csv", many_users())
    write(folder, "visits.csv", lines_of(WORKED_LINES))
    for arguments in (
        ("tenant", "add", TAKAMATSU, "高松市"),
        ("rules", "enact", "takamatsu-2016", *TENANT),
        ("import", "organisations", "organisations.csv", *TENANT),
        ("import", "people", "people.csv", *TENANT),
    ):
        answer = program(folder, *arguments)
        assert answer.returncode == 0, answer
    return folder


@pytest.fixture
def data(tmp_path: Path, founded: Path) -> Path:
    return copytree(founded, tmp_path / "data")


@contextmanager
def on_a_terminal(data: Path, *arguments: str) -> Iterator[tuple[Popen[bytes], int]]:
    """The program with a terminal for what it says about its progress: (process, the terminal's other end)."""
    ours, theirs = pty.openpty()
    process = Popen([str(YUI), "--data", "store", *arguments], cwd=data, stdin=DEVNULL, stdout=PIPE, stderr=theirs)
    os.close(theirs)
    try:
        yield process, ours
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)
        os.close(ours)


def read_until(terminal: int, words: str) -> str:
    """What the program has said so far, once it has said these words."""
    said = b""
    while words.encode() not in said:
        said += os.read(terminal, 4_096)
    return said.decode()


@contextmanager
def running_up(data: Path) -> Iterator[tuple[Popen[str], str]]:
    """`yui up` on a free port, once it says where: (process, address)."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = Popen(
        [str(YUI), "up", "--data", "store", "--port", str(port)], cwd=data, stdout=PIPE, stderr=PIPE, text=True
    )
    try:
        assert process.stdout is not None
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address is not None
        yield process, address[0]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)


def total(data: Path) -> int:
    answer = program(data, "billing", "statement", *TENANT, "--month", "2016-10", "--json")
    assert answer.returncode == 0, answer
    return sum(row["subsidy_yen"] for row in json.loads(answer.stdout)["visits"])


# ------------------------------------------------------------------------------------------ handing over


def test_commands_hand_themselves_over_to_a_running_yui_up(data: Path) -> None:
    with running_up(data) as (process, address):
        assert httpx.get(f"{address}/healthz").status_code == 200
        owner = json.loads((data / "store" / "owner.json").read_text())
        assert owner["pid"] == process.pid
        taken = program(data, "import", "visits", "visits.csv", *TENANT, "--json")
        assert (taken.returncode, json.loads(taken.stdout)["accepted"]) == (0, 7)
        assert total(data) == 2_500
        wrong = program(data, "import", "visits", "visits.csv", "--tenant", KOSAKA)
        assert (wrong.returncode, wrong.stdout) == (2, "")
        assert KOSAKA in wrong.stderr
        missing = program(data, "import", "visits", "none.csv", *TENANT)
        assert missing.returncode == 2
        second = program(data, "up", "--port", str(free_port()))
        assert (second.returncode, second.stderr.count("\n")) == (2, 1)
        assert f"別の yui（プロセス {process.pid}、{address}）がこのデータを使っています。" in second.stderr
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_SECONDS) == 0
    assert not (data / "store" / "owner.json").exists()
    assert total(data) == 2_500


def test_a_port_that_is_taken_is_said_in_one_line(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = program(data, "up", "--port", str(taken.getsockname()[1]))
    assert (answer.returncode, answer.stderr.count("\n")) == (2, 1)
    assert "（ほかのプログラムが使っています）" in answer.stderr
    assert "--port" in answer.stderr


def test_commands_are_served_while_an_import_runs(data: Path) -> None:
    write(data, "many.csv", many_visits())
    with on_a_terminal(data, "import", "visits", "many.csv", *TENANT, "--json") as (process, terminal):
        read_until(terminal, "行を処理しました")
        assert json.loads((data / "store" / "owner.json").read_text())["pid"] == process.pid
        second = program(data, "up", "--port", str(free_port()))
        assert (second.returncode, f"別の yui（プロセス {process.pid}）が" in second.stderr) == (2, True)
        listed = program(data, "tenant", "list", "--json")
        assert json.loads(listed.stdout)[0]["code"] == TAKAMATSU
        other = program(data, "import", "visits", "visits.csv", *TENANT, "--no-wait", "--json")
        assert json.loads(other.stdout)["accepted"] == 7
        out, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert json.loads(out) == {"accepted": MANY, "refused": [], "unchanged": 0, "corrected": 0}
        assert process.returncode == 0
    assert total(data) == YEN + 2_500


def test_many_commands_at_once_are_all_answered(data: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: program(data, "tenant", "list"), range(16)))
    assert [(answer.returncode, answer.stdout, answer.stderr) for answer in answers] == [
        (0, f"{TAKAMATSU} 高松市\n", "")
    ] * 16


# ------------------------------------------------------------------------------------------ kill -9


@pytest.mark.parametrize("words", ["行を処理しました", "3,0"], ids=["early", "late"])
def test_a_killed_import_loses_nothing_and_goes_on_when_it_is_run_again(data: Path, words: str) -> None:
    write(data, "many.csv", many_visits())
    with on_a_terminal(data, "import", "visits", "many.csv", *TENANT) as (process, terminal):
        read_until(terminal, words)
        process.send_signal(signal.SIGKILL)
        assert process.wait(PATIENCE_SECONDS) == -signal.SIGKILL
    before = recorded(data)
    assert 0 < before < MANY
    again = program(data, "import", "visits", "many.csv", *TENANT, "--json")
    assert again.returncode == 0, again
    report = json.loads(again.stdout)
    assert (report["accepted"], report["unchanged"], report["refused"]) == (MANY - before, before, [])
    assert total(data) == YEN
    replayed = program(data, "audit", "replay", *TENANT, "--json")
    assert (replayed.returncode, json.loads(replayed.stdout)["differences"]) == (0, [])
    assert program(data, "audit", "verify", *TENANT).returncode == 0


def recorded(data: Path) -> int:
    """Visits in the ledger of `requests`."""
    with sqlite3.connect(data / "store" / "requests.db") as connection:
        (count,) = connection.execute("SELECT count(*) FROM ledger WHERE stream LIKE 'visit-%'").fetchone()
    connection.close()
    return int(count)


def test_a_killed_owner_leaves_a_command_that_was_handed_over_with_a_clear_answer(data: Path) -> None:
    write(data, "many.csv", many_visits())
    with (
        running_up(data) as (process, _),
        on_a_terminal(data, "import", "visits", "many.csv", *TENANT) as (command, terminal),
    ):
        read_until(terminal, "行を処理しました")
        process.kill()
        said = read_until(terminal, "もう一度実行してください。")
        assert command.wait(PATIENCE_SECONDS) == 2
        assert "途中で終わりました" in said
    assert program(data, "import", "visits", "many.csv", *TENANT).returncode == 0
    assert total(data) == YEN


def test_a_command_whose_caller_has_gone_is_finished_all_the_same(data: Path) -> None:
    write(data, "many.csv", many_visits())
    with running_up(data) as (process, _):
        with on_a_terminal(data, "import", "visits", "many.csv", *TENANT) as (command, terminal):
            read_until(terminal, "行を処理しました")
            command.kill()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, "Traceback" in err) == (0, False)
    assert recorded(data) == MANY


# ------------------------------------------------------------------------------------------ stopping, pipes, terminals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_yui_up_that_is_told_to_stop_ends_as_done(data: Path, number: signal.Signals) -> None:
    with running_up(data) as (process, address):
        assert httpx.get(f"{address}/healthz").status_code == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, err.splitlines()) == (0, ["終わりました。"]), out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_import_that_is_interrupted_says_so_and_can_be_run_again(data: Path, number: signal.Signals) -> None:
    write(data, "many.csv", many_visits())
    with on_a_terminal(data, "import", "visits", "many.csv", *TENANT) as (process, terminal):
        read_until(terminal, "行を処理しました")
        process.send_signal(number)
        said = read_until(terminal, "中止しました。")
        assert process.wait(PATIENCE_SECONDS) == 2
        assert "Traceback" not in said
    assert program(data, "import", "visits", "many.csv", *TENANT).returncode == 0
    assert total(data) == YEN


def test_progress_is_shown_on_a_terminal_alone(data: Path) -> None:
    quiet = program(data, "import", "visits", "visits.csv", *TENANT)
    assert (quiet.returncode, quiet.stderr) == (0, "")
    with on_a_terminal(data, "import", "visits", "visits.csv", *TENANT, "--json") as (process, terminal):
        assert "7 行を処理しました" in read_until(terminal, "行を処理しました")
        out, _ = process.communicate(timeout=PATIENCE_SECONDS)
        assert json.loads(out)["unchanged"] == 7


def test_who_stops_reading_causes_no_traceback(data: Path) -> None:
    command = f"{YUI} rules diff takamatsu-2016 kosaka-2015 | head -1"
    answer = run(["sh", "-c", command], cwd=data, capture_output=True, text=True, check=False)
    assert (answer.stdout, answer.stderr) == ("--- takamatsu-2016\n", "")


def test_the_module_is_the_same_program(data: Path) -> None:
    root = Path(__file__).parents[2]
    python = YUI.with_name("python")
    answer = run(
        [str(python), "-m", "services", "--data", str(data / "store"), "tenant", "list"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (0, f"{TAKAMATSU} 高松市\n")


def test_completion_for_the_shell_is_there(data: Path) -> None:
    answer = run(
        [str(YUI)],
        cwd=data,
        env={**os.environ, "_YUI_COMPLETE": "bash_complete", "COMP_WORDS": "yui bi", "COMP_CWORD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout == "plain,billing\n"


def test_days_slept_through_are_made_up_for(tmp_path: Path) -> None:
    with open_office(tmp_path) as office:
        office.done("tenant", "add", TAKAMATSU, "高松市")
        office.done("rules", "enact", "takamatsu-2016", *TENANT)
        office.take("organisations", ORGANISATIONS)
        assert len(office.statement("2016-11")["months"]) == 3
        assert office.statement("2016-12")["months"] == []
        office.next_day(40)
        assert [row["base_yen"] for row in office.statement("2016-12")["months"]] == [25_000] * 3


def test_files_of_a_busy_half_year_can_be_simulated_without_a_store(tmp_path: Path) -> None:
    files = busy_files(seed=3, visits=200)
    write(tmp_path, "visits.csv", visits_file(files.visits))
    answer = program(
        tmp_path, "billing", "simulate", "--rules", "takamatsu-2016", "--visits", "visits.csv", "--through", "2017-03",
        "--json",
    )  # fmt: skip
    assert (answer.returncode, len(json.loads(answer.stdout)["visits"])) == (0, 200)
    assert not (tmp_path / "store").exists()
