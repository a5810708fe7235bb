"""`python -m deploy.compose run | list | secrets`: the processes of docker-compose.yml without Docker."""

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import yaml

from deploy.compose.credentials import IN_CONTAINERS, write_secrets
from deploy.compose.fleet import COMPOSE, Fleet
from deploy.compose.owning import InUse
from deploy.compose.reading import Composition, Unreadable, read_composition
from deploy.compose.running import Failed

DONE: Final = 0
WRONG: Final = 1
CANNOT: Final = 2
DATA: Final = Path("var/distributed")
ENDING: Final = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        match given.verb:
            case "run":
                return run(given.compose, given.data, demo=given.demo)
            case "list":
                return list_processes(_composition(given.compose))
            case _:
                return make_secrets(given.compose)
    except (OSError, Unreadable, InUse, yaml.YAMLError) as error:
        _say(str(error))
        return CANNOT


def run(compose: Path, data: Path, *, demo: bool) -> int:
    """Start everything, say where it is, and keep it until Ctrl-C or SIGTERM."""
    fleet = Fleet(data, compose=compose, variables={"YUI_DEMO": "1" if demo else ""}, published=True, say=_say)
    for number in ENDING:  # also where a script's background job is told to ignore Ctrl-C
        signal.signal(number, signal.default_int_handler)
    try:
        _say("起動しています。最初は数分かかることがあります…")
        fleet.start()
        _say_hello(fleet)
        fleet.join()
    except KeyboardInterrupt:
        _say("終わらせています…")
        return DONE
    except Failed as error:
        _say(str(error))
        return WRONG
    finally:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)
        fleet.stop()
        if fleet.names:
            _say("終わりました。")
    return DONE


def list_processes(composition: Composition) -> int:
    """A line for each process: its name, its image and its command."""
    width = max(len(process.name) for process in composition.processes)
    for process in composition.processes:
        print(f"{process.name:<{width}}  {' '.join([process.image, *process.command])}")
    return DONE


def make_secrets(compose: Path) -> int:
    """The files of the passwords, where the compose file expects them, for `docker compose up`."""
    composition = _composition(compose)
    folders = {(compose.parent / file).parent for file in composition.secrets.values()}
    for folder in folders:
        write_secrets(folder, composition.secrets, "postgres:5432/yui", mode=IN_CONTAINERS)
        _say(f"パスワードのファイルを用意しました: {folder}")
    return DONE


def _composition(compose: Path) -> Composition:
    return read_composition(compose.read_text(encoding="utf-8"), {})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.compose", description="docker-compose.yml のプロセスを Docker なしで動かします。"
    )
    parser.add_argument("--compose", type=Path, default=COMPOSE, metavar="FILE", help="プロセスの一覧のファイル。")
    verbs = parser.add_subparsers(dest="verb", required=True)
    running = verbs.add_parser("run", help="すべて起動します。Ctrl-C で終わります。")
    running.add_argument("--demo", action="store_true", help="見本のデータを入れます。")
    running.add_argument("--data", type=Path, default=DATA, metavar="DIR", help=f"データの置き場所（初期値 {DATA}）。")
    verbs.add_parser("list", help="プロセスの一覧を示します。")
    verbs.add_parser("secrets", help="docker compose 用に、パスワードのファイルを作ります。")
    return parser


def _say_hello(fleet: Fleet) -> None:
    if "gateway" in fleet.names:
        _say(f"Yui 結 が動いています: {fleet.address}")
    for name, what in {"prometheus": "指標", "grafana": "指標の画面（利用者 admin）"}.items():
        if name in fleet.names:
            _say(f"  {what}: {fleet.url(name)}")
    _say(f"  プロセス {len(fleet.names)} 個（メモリなどの上限は Docker のときだけ効きます）。ログ: {fleet.logs}")
    if fleet.environment_file.exists():
        _say(f"  別の端末から yui を使うには: set -a; . {fleet.environment_file}; set +a")
    _say("  終わるときは Ctrl-C。")


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
