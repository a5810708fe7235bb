"""How a command gets at a store: it owns it while it runs, or hands itself over to the process that does."""

import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from services.cli.console import DONE, WRONG, CannotBeDone, Console
from services.cli.ownership import Counter, Owned, Run, hand_over, is_begun, own, owner_in_words
from services.running import Running
from services.settings import Distributed, WrongSetting, distributed
from services.wiring import Embedded, open_embedded
from shared.adapters.os_faults import in_words
from shared.flow.ports import WrongSchema
from shared.flow.system import System
from shared.kernel.messages import START
from shared.kernel.tenants import WrongTenantCode, check_tenant_code

if TYPE_CHECKING:
    from services.distributed import Gateway

DEFAULT_DATA = "var"
LONGEST_WAIT_SECONDS = 60.0


@dataclass
class Invocation:
    """One call of the program: its arguments, where it prints, the environment, and the running system when it has been
    handed over.
    """

    arguments: Sequence[str]
    console: Console
    run: Run
    running: Running | None = None
    data: str | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def distributed(self, data: str | None = None) -> Distributed | None:
        """The settings of the distributed mode; None when a folder is named, or nothing is set."""
        if data or self.data:
            return None
        try:
            return distributed(self.environment)
        except WrongSetting as error:
            raise CannotBeDone(str(error)) from error


@dataclass(frozen=True)
class Session:
    """What a command works with."""

    running: Running
    console: Console

    @property
    def system(self) -> System:
        return self.running.system

    def known_tenant(self, code: str) -> str:
        """The code when it is right and known; CannotBeDone otherwise."""
        if self.system.store("coordination").head(checked(code)) == START:
            raise CannotBeDone(
                f"{code}: 登録されていない自治体です。先に yui tenant add {code} 名前 で登録してください。"
            )
        return code

    def settle(self, tenant: str, *, wait: bool = True) -> int:
        """Wait until everything that follows from a change has come to rest; says what is parked."""
        if not wait:
            return DONE
        try:
            parked = self.system.settle([tenant])
        except TimeoutError as error:
            self.console.say(
                f"まだ追いついていない処理があります（{error}）。記録は済んでいます。yui doctor で様子を見てください。"
            )
            return WRONG
        for row in parked:
            self.console.say(
                f"{row.subscription}: 自治体 {row.tenant} の処理が {row.source} の {row.seq} 番で"
                f"止まっています（{row.reason}）。"
            )
        if parked:
            retried = parked[0].subscription if len(parked) == 1 else "all"
            self.console.say(f"原因を直したあと yui doctor --retry {retried} --tenant {tenant} で再開してください。")
        return WRONG if parked else DONE


def checked(code: str) -> str:
    try:
        return check_tenant_code(code)
    except WrongTenantCode as error:
        raise CannotBeDone(str(error)) from error


def store_command(function: Callable[..., int], *, repairs: bool = False, begins: bool = False) -> Callable[..., int]:
    """A command that needs the store: gets a Session first. Adds `--data`. Views of another form stop it, unless it
    `repairs`. A folder without a store (a slip of the pen in `--data`) gets one only by a command that `begins`.
    """

    @click.option("--data", "data", default=None, help="データの置き場所（初期値 var/）。", metavar="DIR")
    @click.pass_obj
    @functools.wraps(function)
    def command(invocation: Invocation, /, data: str | None, **arguments: Any) -> int:
        console = invocation.console
        if invocation.running:
            return function(Session(invocation.running, console), **arguments)
        if settings := invocation.distributed(data):
            with gateway(settings, repairs=repairs) as running:
                return function(Session(running, console), **arguments)
        folder = console.path(data or invocation.data or DEFAULT_DATA)
        if not begins and not is_begun(folder):
            with _empty(folder, invocation.run) as running:
                return function(Session(running, console), **arguments)
        deadline = monotonic() + LONGEST_WAIT_SECONDS
        while monotonic() < deadline:
            try:
                with owning(folder, invocation.run) as running:
                    return function(Session(running, console), **arguments)
            except Owned:
                code = hand_over(folder, invocation.arguments, console)
                if code is not None:
                    return code
        raise CannotBeDone(
            f"{folder}: {owner_in_words(folder)}がデータを使い続けています。終わるのを待ってやり直してください。"
        )

    return command


repair_command = functools.partial(store_command, repairs=True)
beginning_command = functools.partial(store_command, begins=True)


@contextmanager
def _empty(folder: Path, run: Run) -> Iterator[Embedded]:
    """The system of a store with nothing in it, instead of the one that `folder` does not have."""
    with TemporaryDirectory(prefix="yui-") as empty, owning(Path(empty), run) as running:
        try:
            yield running
        except CannotBeDone as error:
            raise CannotBeDone(
                f"{error}（{folder} には、まだデータがありません。--data を確かめてください。）"
            ) from error


@contextmanager
def gateway(settings: Distributed, *, repairs: bool = False) -> Iterator["Gateway"]:
    """The system of other processes, as commands and pages see it; see `store_command`."""
    from services.distributed import open_gateway  # noqa: PLC0415 - brokers' clients take a second to load

    try:
        running = open_gateway(settings)
    except OSError as error:
        raise CannotBeDone(
            f"{error.filename}: 役割のパスワードを読めません（{in_words(error)}）。"
            "YUI_DATABASE_SECRETS を確かめてください。"
        ) from error
    try:
        running.start()
        if not repairs:
            running.check_views()
        yield running
    except (WrongSchema, WrongSetting) as error:
        raise CannotBeDone(str(error)) from error
    finally:
        running.stop()


@contextmanager
def owning(folder: Path, run: Run, address: str | None = None) -> Iterator[Embedded]:
    """Own a store and run its system; `run` serves other commands on it meanwhile. Owned when somebody else owns it.
    Others hear `address`, where its pages are.
    """
    with own(folder):
        embedded = open_embedded(folder)
        embedded.start()
        counter = Counter(folder, functools.partial(run, running=embedded), address)
        try:
            embedded.system.announce()
            yield embedded
        finally:
            counter.close()
            embedded.stop()


def tenant_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--tenant", required=True, metavar="CODE", help="全国地方公共団体コード（6けた）。")(function)


def json_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="JSON を1つ標準出力に書きます。")(function)


def wait_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--no-wait", is_flag=True, help="集計が追いつくのを待たずに終わります。")(function)
