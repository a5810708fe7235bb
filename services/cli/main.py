"""The commands of `yui`, on one page."""

from importlib.metadata import version

import click

from services.cli.audit import audit
from services.cli.billing import billing
from services.cli.doctor import doctor, rebuild
from services.cli.imports import import_
from services.cli.points import points
from services.cli.rules import rules
from services.cli.session import Invocation
from services.cli.tenants import tenant
from services.cli.up import up


@click.group(context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100})
@click.option("--data", metavar="DIR", help="データの置き場所（初期値 var/）。")
@click.version_option(version("yui"), message="yui %(version)s")
@click.pass_obj
def yui(invocation: Invocation, data: str | None) -> None:
    """Yui 結 — 住民どうしの助け合い（住民主体サービスB・ボランティアポイント）を支えるしくみ。

    \b
    はじめに: yui up --demo
    """
    invocation.data = data


for command in (up, tenant, import_, rules, billing, points, audit, rebuild, doctor):
    yui.add_command(command)
