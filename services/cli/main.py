"""The commands of `yui`, on one page."""

import logging
from collections.abc import Sequence
from importlib.metadata import version

import click

from services.cli.audit import audit
from services.cli.billing import billing
from services.cli.click_words import speak_japanese, usage_line
from services.cli.console import CANNOT, DONE, WRONG, CannotBeDone, Console
from services.cli.doctor import doctor, rebuild
from services.cli.imports import import_
from services.cli.points import points
from services.cli.processes import live, migrate, relay, topics, watch, work
from services.cli.rules import rules
from services.cli.session import Invocation
from services.cli.tenants import tenant
from services.cli.up import up
from services.running import Running
from shared.flow.ports import Damaged, Unavailable

log = logging.getLogger("yui")


@click.group(context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100})
@click.option("--data", metavar="DIR", help="データの置き場所（初期値 var/）。")
@click.version_option(version("yui"), message="yui %(version)s", help="版を表示して終わります。")
@click.pass_obj
def yui(invocation: Invocation, data: str | None) -> None:
    """Yui 結 — 住民どうしの助け合い（住民主体サービスB・ボランティアポイント）を支えるしくみ。

    \b
    はじめに: yui up --demo
    """
    invocation.data = data


PROCESSES = (migrate, topics, relay, work, live, watch)

for command in (up, tenant, import_, rules, billing, points, audit, rebuild, doctor, *PROCESSES):
    yui.add_command(command)


def run(arguments: Sequence[str], console: Console, running: Running | None = None) -> int:
    """Run one command; its exit code. Nothing a user does wrong ends in a traceback."""
    speak_japanese()
    invocation = Invocation(list(arguments), console, run, running)
    try:
        code = yui.main(list(arguments), prog_name="yui", standalone_mode=False, obj=invocation)
    except CannotBeDone as error:
        console.end_progress()
        console.say(str(error))
        return CANNOT
    except Unavailable as error:
        console.end_progress()
        console.say(
            f"いまは台帳に届きません（{' '.join(str(error).split())}）。"
            "記録できたものは残っています。少し待って、同じコマンドをもう一度実行してください。"
        )
        return CANNOT
    except Damaged as error:
        console.end_progress()
        console.say(str(error))
        return WRONG
    except click.exceptions.Abort:
        console.end_progress()
        console.say("中止しました。それまでに済んだ分は記録されています（もう一度実行しても、二重にはなりません）。")
        return CANNOT
    except click.ClickException as error:
        console.say(usage_line(error, f"yui {command_name(arguments)}".rstrip()))
        return CANNOT
    except Exception as error:
        log.critical("command failed: %s", command_name(arguments), exc_info=True)
        console.end_progress()
        console.say(
            f"内部の誤りで終わりました（{type(error).__name__}）。"
            "yui audit verify で記録を、yui doctor で状態を確かめてください。"
        )
        return WRONG
    return code if isinstance(code, int) else DONE


def command_name(arguments: Sequence[str]) -> str:
    """What was to be done, without what it was to be done with: options hold free text, and files names of people."""
    named: list[str] = []
    group: click.Command = yui
    for word in arguments:
        if not isinstance(group, click.Group):
            break
        if word in group.commands:
            named.append(word)
            group = group.commands[word]
    return " ".join(named)
