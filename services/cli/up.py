"""`yui up`: the pages and the API — with the whole system in one process, or in front of the processes of a fleet."""

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace

import click

from services.app import build_app
from services.cli.console import DONE, CannotBeDone
from services.cli.demo import LiveDay, load_demo
from services.cli.ownership import Owned, owner_in_words
from services.cli.session import DEFAULT_DATA, Invocation, Session, gateway, owning
from services.running import Running
from services.settings import PORT, Distributed, Settings
from shared.adapters.http import Server
from shared.adapters.logs import log_to_stderr
from shared.adapters.os_faults import in_words
from shared.adapters.probes import probes


@click.command("up", short_help="システム全体をこのパソコンで動かし、画面を開けるようにします。")
@click.option("--demo", is_flag=True, help="見本のデータ（4自治体・半年分）を入れ、見本の一日を流します。")
@click.option("--port", metavar="N", type=click.IntRange(1, 65535), help=f"画面のポート番号（初期値 {PORT}）。")
@click.option("--data", "data", default=None, help="データの置き場所（初期値 var/）。", metavar="DIR")
@click.pass_obj
def up(invocation: Invocation, demo: bool, port: int | None, data: str | None) -> int:
    """システム全体をこのパソコンで動かします。Ctrl-C で終わります。

    環境変数 YUI_DATABASE_URL があるときは、分散構成の画面の入口（ゲートウェイ）になります。

    \b
    例: yui up --demo
    """
    console = invocation.console
    if invocation.running:
        raise CannotBeDone("この置き場所の yui up はもう動いています。")
    distributed = invocation.distributed(data)
    settings = distributed.pages if distributed else Settings()
    settings = replace(settings, port=port or settings.port, demo=demo or settings.demo)
    with _listening(settings) as listener, _system(invocation, distributed, data, settings.address) as running:
        session = Session(running, console)
        if settings.demo:
            load_demo(session)
        _say_hello(session, settings)
        with LiveDay(session, active=settings.demo):
            app = build_app(running, settings)
            Server(app, app.state.close).run(sockets=[listener])
    console.say("終わりました。")
    return DONE


@contextmanager
def _system(
    invocation: Invocation, distributed: Distributed | None, data: str | None, address: str
) -> Iterator[Running]:
    if distributed:
        log_to_stderr(distributed.log)
        with gateway(distributed) as running:
            running.follow_live()
            answering = (
                probes(distributed.metrics, running.registry, running.failures)
                if distributed.metrics
                else nullcontext()
            )
            with answering:
                yield running
        return
    log_to_stderr("text", logging.WARNING)
    folder = invocation.console.path(data or invocation.data or DEFAULT_DATA)
    try:
        with owning(folder, invocation.run, address) as embedded:
            yield embedded
    except Owned:
        raise CannotBeDone(
            f"{folder}: {owner_in_words(folder)}がこのデータを使っています。それを止めるか --data を変えてください。"
        ) from None


def _listening(settings: Settings) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise CannotBeDone(
            f"ポート {settings.port} は使えません（{in_words(error)}）。"
            "使っているプログラムを止めるか、--port で別の番号を指定してください。"
        ) from error
    listener.listen(128)
    return listener


def _say_hello(session: Session, settings: Settings) -> None:
    say = session.console.line
    say(f"Yui 結 が動いています: {settings.address}")
    say("  自治体の一覧 → ダッシュボード → 訪問・明細・説明・監査。このパソコンの中だけで見られます。")
    if settings.demo:
        say("  データはすべて合成した見本です。高松市 372013・小坂町 053031 などの半年分と、いま流れている見本の一日。")
    say("  終わるときは Ctrl-C。")
