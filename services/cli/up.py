"""`yui up`: the whole system in one process, with its pages."""

import socket

import click

from services.app import build_app
from services.cli.console import DONE, CannotBeDone
from services.cli.demo import LiveDay, load_demo
from services.cli.ownership import Owned
from services.cli.session import DEFAULT_DATA, Invocation, Session, running
from services.settings import HOST, PORT, Settings
from shared.adapters.http import Server


@click.command("up", short_help="システム全体をこのパソコンで動かし、画面を開けるようにします。")
@click.option("--demo", is_flag=True, help="見本のデータ（4自治体・半年分）を入れ、見本の一日を流します。")
@click.option("--port", default=PORT, show_default=True, help="画面のポート番号。", type=click.IntRange(1, 65535))
@click.option("--data", "data", default=None, help="データの置き場所（初期値 var/）。", metavar="DIR")
@click.pass_obj
def up(invocation: Invocation, demo: bool, port: int, data: str | None) -> int:
    """システム全体をこのパソコンで動かします。Ctrl-C で終わります。

    \b
    例: yui up --demo
    """
    console = invocation.console
    if invocation.embedded:
        raise CannotBeDone("この置き場所の yui up はもう動いています。")
    folder = console.path(data or invocation.data or DEFAULT_DATA)
    settings = Settings(folder, port, demo)
    with _listening(port) as listener:
        try:
            with running(folder, invocation.run) as embedded:
                session = Session(embedded, console)
                if demo:
                    load_demo(session)
                _say_hello(session, settings)
                with LiveDay(session, active=demo):
                    app = build_app(embedded, settings)
                    Server(app, app.state.close).run(sockets=[listener])
        except Owned:
            raise CannotBeDone(
                f"{folder}: 別の yui がこのデータを使っています。それを止めるか --data を変えてください。"
            ) from None
    console.say("終わりました。")
    return DONE


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError as error:
        listener.close()
        raise CannotBeDone(
            f"ポート {port} は使えません（{error.strerror}）。"
            "ほかのプログラムを止めるか、--port で別の番号を指定してください。"
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
