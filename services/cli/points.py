"""`yui points`: what activities and visits earn, in files or in the ledger."""

from collections import defaultdict
from datetime import date
from typing import Any

import click

from services.cli.billing import refusal_line, rows_of
from services.cli.console import DONE, WRONG, CannotBeDone, Console
from services.cli.parameters import DATE
from services.cli.rules import find_rules
from services.cli.session import Invocation, Session, json_option, store_command, tenant_option
from services.people import office_ids
from services.points import views
from services.points.decider import DECIDER
from services.points.simulate import simulate
from services.points.statement import account_list
from services.requests import vault
from shared.kernel.kinds import parse_activities, parse_people, parse_visits
from shared.kernel.money import format_yen


@click.group("points", short_help="ポイントを計算し、残高を示します。")
def points() -> None:
    """ボランティアポイント。"""


@points.command("simulate", short_help="ファイルの活動に制度を当てはめて計算します（保存しません）。")
@click.option("--rules", "id_or_file", required=True, metavar="ID-or-FILE", help="制度の id またはファイル。")
@click.option("--activities", required=True, metavar="FILE")
@click.option("--people", required=True, metavar="FILE")
@click.option("--visits", metavar="FILE")
@click.option("--through", required=True, type=DATE, metavar="DATE", help="この日までを計算します。")
@json_option
@click.pass_obj
def simulate_(
    invocation: Invocation,
    id_or_file: str,
    activities: str,
    people: str,
    visits: str | None,
    through: date,
    as_json: bool,
) -> int:
    """台帳と同じ計算を、ファイルだけで行います。

    \b
    例: yui points simulate --rules kosaka-2015 --activities katsudo.csv --people hito.csv --through 2017-03-31
    """
    console = invocation.console
    rules = find_rules(console, id_or_file, "points")
    result = simulate(
        rules,
        rows_of(console, activities, parse_activities),
        rows_of(console, people, parse_people),
        rows_of(console, visits, parse_visits) if visits else (),
        through,
    )
    files = {"people": people, "activities": activities, "visits": visits or ""}
    bad = [refusal_line(files[refused.file], refused.row) for refused in result.refused]
    _print(console, result.accounts, as_json)
    for line in bad:
        console.say(line)
    return WRONG if bad else DONE


@points.command("statement", short_help="ポイントの残高を台帳から示します。")
@tenant_option
@click.option("--person", metavar="ID", help="対象者番号。なければ全員。")
@click.option("--on", "on", required=True, type=DATE, metavar="DATE")
@json_option
@store_command
def statement(session: Session, tenant: str, person: str | None, on: date, as_json: bool) -> int:
    """ポイントの残高を示します。

    \b
    例: yui points statement --tenant 053031 --on 2017-03-31
    """
    session.known_tenant(tenant)
    code = session.settle(tenant)
    wanted = _random_id(session, tenant, person) if person is not None else None
    store = session.system.store("points")
    with store.reading(tenant) as connection:
        rows = views.list_entries(connection, tenant, wanted, on)
    numbers = office_ids(session.system, tenant, {row.person for row in rows}, "cli", "points statement")
    entries = defaultdict(list)
    for row in rows:
        entries[numbers[row.person]].append(row)
    enacted = DECIDER.aggregate("rules").fold(event.fact for event in store.stream(tenant, "rules"))
    _print(session.console, account_list(entries, on, enacted.book), as_json)
    return code


def _random_id(session: Session, tenant: str, number: str) -> str:
    with session.system.store("requests").reading(tenant) as connection:
        known = vault.identities(connection, [(tenant, number)])
    if (tenant, number) not in known:
        raise CannotBeDone(f"{number}: その番号の人は登録されていません。番号と自治体を確かめてください。")
    return known[tenant, number].person


def _print(console: Console, document: dict[str, Any], as_json: bool) -> None:
    if as_json:
        console.json(document)
        return
    console.line(f"制度: {'、'.join(document['rules']) or 'なし'}")
    for row in document["accounts"]:
        console.line(
            f"{row['person_id']} {row['point_year']}年度: 繰越 {row['carried_in']}、獲得 {row['earned']}、"
            f"残高 {row['balance']}、交換できる {row['redeemable_points']}点（{format_yen(row['redeemable_yen'])}）、"
            f"つかなかった {len(row['unearned'])}件"
        )
