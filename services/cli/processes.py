"""The processes of the distributed mode: `yui migrate`, `topics`, `relay`, `work`, `live`, `watch`."""

import functools
import signal
from collections.abc import Callable, Sequence
from threading import Event
from typing import Any

import click

from services.cli.console import DONE, CannotBeDone
from services.cli.session import Invocation
from services.parts import SERVICES
from services.settings import Distributed, WrongSetting
from shared.adapters.logs import log_to_stderr
from shared.adapters.os_faults import in_words
from shared.flow.ports import Unavailable, WrongSchema

CANNOT = (Unavailable, WrongSchema, WrongSetting)
NOTHING_TO_SAY = ()
service_argument = click.argument("service", type=click.Choice([row.name for row in SERVICES]), metavar="SERVICE")


def process_command(function: Callable[..., Sequence[str]]) -> Callable[..., int]:
    """A command of the distributed mode: gets the module that knows the mode, and the settings; returns what to say."""

    @click.pass_obj
    @functools.wraps(function)
    def command(invocation: Invocation, /, **arguments: Any) -> int:
        settings = invocation.distributed()
        if settings is None:
            raise CannotBeDone(
                "分散構成の設定がありません。環境変数 YUI_DATABASE_URL などを設定してください"
                "（このパソコンだけで使うときは yui up）。"
            )
        log_to_stderr(settings.log)
        from services import distributed  # noqa: PLC0415 - brokers' clients take a second to load

        try:
            said = function(distributed, settings, **arguments)
        except CANNOT as error:
            raise CannotBeDone(str(error)) from error
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise CannotBeDone(f"{place}{in_words(error)}。YUI_… の環境変数を確かめてください。") from error
        for line in said:
            invocation.console.line(line)
        return DONE

    return command


@click.command("migrate", short_help="データベースを、この版の形にします。")
@process_command
def migrate(distributed: Any, settings: Distributed) -> Sequence[str]:
    """役割・スキーマ・表を作り、古い形のものは新しい形に移します。何度実行しても同じです。

    \b
    例: YUI_DATABASE_ADMIN_URL_FILE=admin-url yui migrate
    """
    distributed.migrate_database(settings.database)
    return ["データベースはこの版の形になっています。"]


@click.command("topics", short_help="Kafka のトピックを宣言します。")
@process_command
def topics(distributed: Any, settings: Distributed) -> Sequence[str]:
    """トピックを作り、設定が違うものは合わせます。何度実行しても同じです。"""
    declared = distributed.declare_topics(settings)
    return [
        f"作ったトピック: {'、'.join(declared.created) or 'なし'}",
        f"設定を合わせたトピック: {'、'.join(declared.aligned) or 'なし'}",
    ]


@click.command("relay", short_help="台帳をバスに発行し続けます。")
@service_argument
@process_command
def relay(distributed: Any, settings: Distributed, service: str) -> Sequence[str]:
    """SERVICE の台帳を番号の順に Kafka へ発行し、末尾を知らせ続けます。Ctrl-C で終わります。

    \b
    例: yui relay requests
    """
    distributed.relay(settings, service).run(told_to_stop())
    return NOTHING_TO_SAY


@click.command("work", short_help="届いた事実を処理し続けます。")
@service_argument
@process_command
def work(distributed: Any, settings: Distributed, service: str) -> Sequence[str]:
    """SERVICE のすべての購読を処理し続けます。Ctrl-C で終わります。

    \b
    例: yui work billing
    """
    distributed.work(settings, service).run(told_to_stop())
    return NOTHING_TO_SAY


@click.command("live", short_help="いまの動きの集計を続けます。")
@process_command
def live(distributed: Any, settings: Distributed) -> Sequence[str]:
    """分・時間ごとの訪問、遅れた確認書、いつもと違う量、静かな地区を集計し続けます。Ctrl-C で終わります。"""
    distributed.run_live(settings)
    return NOTHING_TO_SAY


@click.command("watch", short_help="成り立つべきことを確かめ続けます。")
@process_command
def watch(distributed: Any, settings: Distributed) -> Sequence[str]:
    """台帳の連鎖、購読の位置、円とポイントの合計を、決まった間隔で確かめ続けます。Ctrl-C で終わります。"""
    distributed.watch(settings).run(told_to_stop())
    return NOTHING_TO_SAY


def told_to_stop() -> Event:
    """Set when the process is asked to end: SIGTERM, or Ctrl-C."""
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    return stopping
