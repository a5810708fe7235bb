"""`yui audit`: is the ledger whole, and does everything follow from it?"""

from collections.abc import Callable
from typing import Any

import click

from services.audit import UnknownService, replay_tenant, verify_tenant
from services.cli.console import DONE, WRONG, CannotBeDone
from services.cli.session import Session, json_option, store_command, tenant_option


def service_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--service", metavar="S", help="このサービスの台帳だけを調べます（requests など）。")(function)


@click.group("audit", short_help="台帳を検査し、すべてを計算し直して照合します。")
def audit() -> None:
    """台帳の検査と再計算。"""


@audit.command("verify", short_help="すべての台帳の番号とハッシュの連鎖を検査します。")
@tenant_option
@service_option
@json_option
@store_command
def verify(session: Session, tenant: str, service: str | None, as_json: bool) -> int:
    """すべての台帳の番号とハッシュの連鎖を検査します。壊れていれば、サービス・自治体・番号を示します。

    \b
    例: yui audit verify --tenant 372013
        yui audit verify --tenant 372013 --service billing --json
    """
    session.known_tenant(tenant)
    try:
        document = verify_tenant(session.system, tenant, service)
    except UnknownService as error:
        raise CannotBeDone(str(error)) from error
    if as_json:
        session.console.json(document)
    else:
        for row in document["ledgers"]:
            session.console.line(f"{row['service']}: {row['events']:,} 件、末尾 {row['head'][:16]}…")
        for row in document["breaks"]:
            session.console.line(f"異常: {row['service']} {row['tenant']} {row['seq']} 番: {row['what']}")
        session.console.line("異常が見つかりました。" if document["breaks"] else "すべての連鎖がつながっています。")
    return WRONG if document["breaks"] else DONE


@audit.command("replay", short_help="台帳の事実からすべてを計算し直し、記録・一覧と1円単位で照合します。")
@tenant_option
@service_option
@click.option("--from-bus", is_flag=True, help="台帳ではなく、Kafka のトピックに残っている事実から計算し直します。")
@json_option
@store_command
def replay(session: Session, tenant: str, service: str | None, from_bus: bool, as_json: bool) -> int:
    """台帳の事実からすべてを計算し直し、記録された結果および一覧表と1円単位で照合します。

    \b
    例: yui audit replay --tenant 372013
        yui audit replay --tenant 372013 --from-bus
    """
    session.known_tenant(tenant)
    parked = session.settle(tenant)
    recorded = session.running.published(tenant) if from_bus else None
    if from_bus and recorded is None:
        raise CannotBeDone(
            "このパソコンだけで使う構成では、バスに事実を残していません。--from-bus を付けずに実行してください。"
        )
    try:
        document = replay_tenant(session.system, tenant, service, session.running.data, recorded)
    except UnknownService as error:
        raise CannotBeDone(str(error)) from error
    if as_json:
        session.console.json(document)
    else:
        for row in document["differences"]:
            session.console.line(f"相違: {row['place']}: 記録 {row['recorded']} / 再計算 {row['derived']}")
        if document["unlisted_differences"]:
            session.console.line(f"ほかに {document['unlisted_differences']:,} か所の相違があります。")
        session.console.line(
            f"{document['events']:,} 件の事実と {document['compared_rows']:,} 行の一覧を照合しました"
            f"（毎秒 {document['events_per_second']:,} 件）。"
            + ("すべて一致します。" if document["identical"] else "一致しないところがあります。")
        )
    return parked if document["identical"] else WRONG
