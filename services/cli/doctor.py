"""`yui doctor` and `yui rebuild`: how the system is, and read models anew."""

import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

import click

from services.cli.console import DONE, WRONG, CannotBeDone
from services.cli.session import Session, checked, json_option, store_command
from services.running import Running
from shared.flow.lags import furthest_positions
from shared.flow.rebuild import rebuild as rebuild_view
from shared.flow.subscriptions import Subscription
from shared.flow.system import Part, System, UnknownSubscription
from shared.kernel.messages import Head

PACKAGES = ("sqlalchemy", "fastapi", "msgspec", "prometheus-client")


@click.command("doctor", short_help="システムの状態を調べます。")
@click.option("--retry", "subscription", metavar="購読", help="止まっている自治体の処理を、この購読で再開します。")
@click.option("--tenant", metavar="CODE", help="再開する自治体。")
@json_option
@store_command
def doctor(session: Session, subscription: str | None, tenant: str | None, as_json: bool) -> int:
    """版、保存場所、処理の進み具合、止まっている自治体、時計を示します。

    \b
    例: yui doctor
        yui doctor --retry billing.assess_visits --tenant 372013
    """
    if subscription is not None:
        return _retry(session, subscription, tenant)
    document = diagnose(session.running)
    document["loops"] = session.running.failures()
    ahead = [row for row in document["positions"] if row["tenants_ahead"]]
    ill = bool(document["parked"] or document["quarantined"] or document["loops"] or ahead)
    if as_json:
        session.console.json(document)
    else:
        _print(session, document, ill)
    return WRONG if ill else DONE


def diagnose(running: Running) -> dict[str, Any]:
    """Versions, stores, positions, lags, gaps, parked tenants and the clock, as one document."""
    system = running.system
    heads = {name: part.store.heads() for name, part in system.parts.items()}
    positions = [row for part in system.parts.values() for row in _positions(part, heads)]
    return {
        "versions": {"yui": version("yui"), "python": platform.python_version(), **running.versions}
        | {package: version(package) for package in PACKAGES},
        "stores": [
            {"service": name, "tenants": len(of_service), "events": sum(head.seq for head in of_service.values())}
            for name, of_service in heads.items()
        ],
        "positions": positions,
        "parked": [
            {
                "subscription": row.subscription,
                "tenant": row.tenant,
                "source": row.source,
                "seq": row.seq,
                "reason": row.reason,
                "since": row.since,
            }
            for row in system.parked()
        ],
        "quarantined": [
            {"subscription": row.subscription, "place": row.place, "reason": row.reason, "since": row.since}
            for part in system.parts.values()
            for row in part.store.all_quarantined()
        ],
        "clock": system.clock.now().isoformat(timespec="seconds"),
    }


def _positions(part: Part, heads: Mapping[str, Mapping[str, Head]]) -> Iterator[dict[str, Any]]:
    """How far each subscription is behind the ledgers that it follows, and ahead of them, which cannot be."""
    reached = furthest_positions(part.store)
    for consumer in part.consumers:
        row = consumer.subscription
        lags = [
            head.seq - reached.get((row.name, (source, tenant)), 0)
            for source in row.sources
            for tenant, head in heads[source].items()
        ]
        yield {
            "subscription": row.name,
            "tenants_behind": sum(lag > 0 for lag in lags),
            "tenants_ahead": sum(lag < 0 for lag in lags),
            "lag": sum(max(0, lag) for lag in lags),
        }


def _retry(session: Session, subscription: str, tenant: str | None) -> int:
    if tenant is None:
        raise CannotBeDone(
            f"どの自治体を再開するか指定してください（例 yui doctor --retry {subscription} --tenant 372013）。"
        )
    checked(tenant)
    try:
        was_parked = session.system.consumer(subscription).retry(tenant)
    except UnknownSubscription as error:
        raise CannotBeDone(
            f"{subscription}: その名前の購読はありません。yui doctor で名前を確かめてください。"
        ) from error
    session.running.wake(subscription)
    code = session.settle(tenant)
    session.console.line(f"{subscription} {tenant}: {'再開しました' if was_parked else '止まっていませんでした'}。")
    return code


def _print(session: Session, document: dict[str, Any], ill: bool) -> None:
    say = session.console.line
    say("版: " + "、".join(f"{name} {number}" for name, number in document["versions"].items()))
    for row in document["stores"]:
        say(f"台帳 {row['service']}: 自治体 {row['tenants']}、事実 {row['events']:,} 件")
    for row in document["positions"]:
        state = f"{row['tenants_behind']} 自治体で計 {row['lag']:,} 件遅れ" if row["lag"] else "追いついています"
        say(f"購読 {row['subscription']}: {state}")
        if row["tenants_ahead"]:
            say(
                f"台帳の異常: 購読 {row['subscription']} が受け取った事実が台帳にありません"
                f"（{row['tenants_ahead']} 自治体）。yui audit verify で調べてください。"
            )
    for row in document["parked"]:
        say(f"停止中: {row['subscription']} {row['tenant']} — {row['source']} の {row['seq']} 番: {row['reason']}")
    for row in document["quarantined"]:
        say(f"隔離: {row['subscription']} {row['place']}: {row['reason']}")
    for name, reason in document["loops"].items():
        say(f"処理の異常: {name}: {reason}")
    say(f"時計: {document['clock']}")
    say("手当てが必要です。" if ill else "異常はありません。")


@click.command("rebuild", short_help="一覧表（リードモデル）を台帳から作り直します。")
@click.argument("views", nargs=-1, metavar="[VIEW]…")
@store_command
def rebuild(session: Session, views: tuple[str, ...]) -> int:
    """一覧表を、いまのものの横で作り直し、できたら切り替えます。名前を書かなければ、すべて作り直します。

    \b
    例: yui rebuild
        yui rebuild billing.assessments
    """
    known = _views(session.system)
    unknown = [name for name in views if name not in known]
    if unknown:
        raise CannotBeDone(f"{'、'.join(unknown)}: その名前の一覧表はありません。あるもの: {'、'.join(known)}")
    ledgers = {name: part.store for name, part in session.system.parts.items()}
    for name in views or known:
        subscription = known[name]
        view = subscription.view
        if view is None:
            continue
        with session.running.building(name.partition(".")[0]) as store:
            applied = rebuild_view(subscription, view, store, ledgers)
        session.console.line(f"{name}: {applied:,} 件の事実から作り直しました。")
    return DONE


def _views(system: System) -> dict[str, Subscription]:
    return {
        consumer.subscription.name: consumer.subscription
        for part in system.parts.values()
        for consumer in part.consumers
        if consumer.subscription.view
    }
