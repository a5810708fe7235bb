"""The processes of the distributed mode: `yui migrate`, `topics`, `relay`, `work`, `live`, `watch`."""

import functools
import signal
from collections.abc import Callable
from threading import Event
from typing import Any

import click

from services.cli.console import DONE, CannotBeDone
from services.cli.session import Invocation
from services.settings import Distributed, WrongSetting
from shared.adapters.logs import log_to_stderr
from shared.flow.ports import Unavailable, WrongSchema

SERVICES = ("coordination", "requests", "billing", "points", "reporting")
CANNOT = (Unavailable, WrongSchema, WrongSetting, OSError)
service_argument = click.argument("service", type=click.Choice(SERVICES), metavar="SERVICE")


def process_command(function: Callable[..., int]) -> Callable[..., int]:
    """A command of the distributed mode: gets the settings, and the module that knows the mode."""

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
        from shared.adapters.kafka_topics import PartitionsDiffer  # noqa: PLC0415 - the same

        try:
            return function(invocation, distributed, settings, **arguments)
        except (*CANNOT, PartitionsDiffer) as error:
            raise CannotBeDone(str(error)) from error

    return command


@click.command("migrate", short_help="データベースを、この版の形にします。")
@process_command
def migrate(invocation: Invocation, distributed: Any, settings: Distributed) -> int:
    """役割・スキーマ・表を作り、古い形のものは新しい形に移します。何度実行しても同じです。

    \b
    例: YUI_DATABASE_ADMIN_URL_FILE=admin-url yui migrate
    """
    distributed.migrate_database(settings.database)
    invocation.console.line("データベースはこの版の形になっています。")
    return DONE


@click.command("topics", short_help="Kafka のトピックを宣言します。")
@process_command
def topics(invocation: Invocation, distributed: Any, settings: Distributed) -> int:
    """トピックを作り、設定が違うものは合わせます。何度実行しても同じです。"""
    declared = distributed.declare_topics(settings)
    say = invocation.console.line
    say(f"作ったトピック: {'、'.join(declared.created) or 'なし'}")
    say(f"設定を合わせたトピック: {'、'.join(declared.aligned) or 'なし'}")
    return DONE


@click.command("relay", short_help="台帳をバスに発行し続けます。")
@service_argument
@process_command
def relay(invocation: Invocation, distributed: Any, settings: Distributed, service: str) -> int:  # noqa: ARG001 - commands have one shape
    """SERVICE の台帳を番号の順に Kafka へ発行し、末尾を知らせ続けます。Ctrl-C で終わります。

    \b
    例: yui relay requests
    """
    distributed.relay(settings, service).run(told_to_stop())
    return DONE


@click.command("work", short_help="届いた事実を処理し続けます。")
@service_argument
@process_command
def work(invocation: Invocation, distributed: Any, settings: Distributed, service: str) -> int:  # noqa: ARG001 - commands have one shape
    """SERVICE のすべての購読を処理し続けます。Ctrl-C で終わります。

    \b
    例: yui work billing
    """
    distributed.work(settings, service).run(told_to_stop())
    return DONE


@click.command("live", short_help="いまの動きの集計を続けます。")
@process_command
def live(invocation: Invocation, distributed: Any, settings: Distributed) -> int:  # noqa: ARG001 - commands have one shape
    """分・時間ごとの訪問、遅れた確認書、いつもと違う量、静かな地区を集計し続けます。Ctrl-C で終わります。"""
    distributed.run_live(settings)
    return DONE


@click.command("watch", short_help="成り立つべきことを確かめ続けます。")
@process_command
def watch(invocation: Invocation, distributed: Any, settings: Distributed) -> int:  # noqa: ARG001 - commands have one shape
    """台帳の連鎖、購読の位置、円とポイントの合計を、決まった間隔で確かめ続けます。Ctrl-C で終わります。"""
    distributed.watch(settings).run(told_to_stop())
    return DONE


def told_to_stop() -> Event:
    """Set when the process is asked to end: SIGTERM, or Ctrl-C."""
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stopping.set())
    return stopping
