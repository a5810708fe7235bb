"""`yui doctor` and `yui rebuild`: how the system is, and read models anew."""

import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from importlib.metadata import version
from itertools import groupby
from operator import itemgetter
from typing import Any

import click

from services.cli.console import DONE, WRONG, CannotBeDone
from services.cli.session import Session, checked, json_option, repair_command
from services.running import Running
from shared.flow.lags import furthest_positions, lags_of, waiting_longer
from shared.flow.ports import Damaged, Source, Unavailable, WrongSchema
from shared.flow.rebuild import rebuild as rebuild_view
from shared.flow.subscriptions import Subscription
from shared.flow.system import Part, System, UnknownSubscription
from shared.kernel.messages import Head

GAP_SECONDS = 60.0
QUARANTINE_IS_NEWS = timedelta(days=1)
MOST_QUARANTINED_SHOWN = 10
EVERY_SUBSCRIPTION = "all"
UNKNOWN_PROGRESS: Mapping[str, Any] = {
    "positions": (), "lags": (), "gaps": (), "parked": (), "quarantined": (), "loops": {},
}  # fmt: skip
NOTHING_IS_LOST = "事実は台帳から取り寄せるので、失われたものはありません"
PACKAGES = ("sqlalchemy", "fastapi", "msgspec", "prometheus-client")


@click.command("doctor", short_help="システムの状態を調べます。")
@click.option(
    "--retry", "subscription", metavar="購読", help="止まっている自治体の処理を、この購読（all はすべて）で再開します。"
)
@click.option("--tenant", metavar="CODE", help="再開する自治体。")
@json_option
@repair_command
def doctor(session: Session, subscription: str | None, tenant: str | None, as_json: bool) -> int:
    """版、保存場所、バス、処理の進み具合、届いていない事実、止まっている自治体、時計を示します。

    \b
    例: yui doctor
        yui doctor --retry billing.assess_visits --tenant 372013
        yui doctor --retry all --tenant 372013
    """
    if subscription is not None:
        return _retry(session, subscription, tenant)
    document = diagnose(session.running)
    illnesses = list(_illnesses(document))
    if as_json:
        session.console.json(document)
        return WRONG if illnesses else DONE
    verdict = "手当てが必要です。" if illnesses else "異常はありません。"
    for line in (*_state(document), *illnesses, f"時計: {document['clock']}", verdict):
        session.console.line(line)
    return WRONG if illnesses else DONE


def diagnose(running: Running) -> dict[str, Any]:
    """Versions, stores, the bus, positions, lags, gaps, parked tenants and the clock, as one document.

    A subscription's gap: an event is in the ledger for over a minute, and has not come to it. When a store cannot be
    reached, nothing is said of positions, lags and gaps.
    """
    system = running.system
    stores = [_store(name, part) for name, part in system.parts.items()]
    reached = all(row["reachable"] for row in stores)
    return {
        "versions": {"yui": version("yui"), "python": platform.python_version()}
        | (dict(running.versions) if reached else {})
        | {package: version(package) for package in PACKAGES},
        "stores": stores,
        "bus": _bus(running),
        **(_progress(running) if reached else UNKNOWN_PROGRESS),
        "clock": system.clock.now().isoformat(timespec="seconds"),
    }


def _store(name: str, part: Part) -> dict[str, Any]:
    try:
        heads = part.store.heads()
    except (Unavailable, Damaged) as error:
        return {"service": name, "reachable": False, "reason": str(error), "tenants": 0, "events": 0}
    events = sum(head.seq for head in heads.values())
    return {"service": name, "reachable": True, "reason": "", "tenants": len(heads), "events": events}


def _progress(running: Running) -> dict[str, Any]:
    system = running.system
    reached = {name: furthest_positions(part.store) for name, part in system.parts.items()}
    heads = {name: part.store.heads() for name, part in system.parts.items()}  # after what has been reached in them
    return {
        "positions": [row for name, part in system.parts.items() for row in _positions(part, reached[name], heads)],
        "lags": [lag._asdict() for lag in lags_of(system)],
        "gaps": [waiting._asdict() for waiting in waiting_longer(system, GAP_SECONDS)],
        "parked": [asdict(row) for row in system.parked()],
        "quarantined": [
            {"subscription": row.subscription, "place": row.place, "reason": row.reason, "since": row.since}
            for part in system.parts.values()
            for row in part.store.all_quarantined()
        ],
        "loops": running.failures(),
    }


def _bus(running: Running) -> dict[str, Any]:
    try:
        running.check_bus()
    except Unavailable as error:
        return {"reachable": False, "fits": False, "reason": str(error)}
    except WrongSchema as error:
        return {"reachable": True, "fits": False, "reason": str(error)}
    return {"reachable": True, "fits": True, "reason": ""}


def _positions(
    part: Part, reached: Mapping[tuple[str, Source], int], heads: Mapping[str, Mapping[str, Head]]
) -> Iterator[dict[str, Any]]:
    """How far each subscription is behind the ledgers that it follows, and ahead of them, which cannot be."""
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
    names = _parked(session, tenant) if subscription == EVERY_SUBSCRIPTION else [subscription]
    was_parked = {name: _take_up(session, name, tenant) for name in names}
    code = session.settle(tenant)
    again = _parked(session, tenant)
    for name, was in was_parked.items():
        session.console.line(f"{name} {tenant}: {_outcome(was, name in again)}")
    if not names:
        session.console.line(f"{tenant}: 止まっている処理はありません。")
    return code


def _take_up(session: Session, subscription: str, tenant: str) -> bool:
    """Whether it was parked."""
    try:
        was_parked = session.system.consumer(subscription).retry(tenant)
    except UnknownSubscription as error:
        raise CannotBeDone(
            f"{subscription}: その名前の購読はありません。yui doctor で名前を確かめてください。"
        ) from error
    session.running.wake(subscription)
    return was_parked


def _outcome(was_parked: bool, is_parked: bool) -> str:
    if is_parked:
        return "再開しましたが、また止まりました。"
    return "再開しました。" if was_parked else "止まっていませんでした。"


def _parked(session: Session, tenant: str) -> list[str]:
    return sorted(row.subscription for row in session.system.parked() if row.tenant == tenant)


def _state(document: Mapping[str, Any]) -> Iterator[str]:
    """What there is, whether it is well or not."""
    yield "版: " + "、".join(f"{name} {number}" for name, number in document["versions"].items())
    for row in document["stores"]:
        if row["reachable"]:
            yield f"台帳 {row['service']}: 自治体 {row['tenants']}、事実 {row['events']:,} 件"
    for row in document["positions"]:
        state = f"{row['tenants_behind']} 自治体で計 {row['lag']:,} 件遅れ" if row["lag"] else "追いついています"
        yield f"購読 {row['subscription']}: {state}"
    for row in document["lags"]:
        if row["kind"] == "relay" and row["events"]:
            yield f"発行 {row['name']}: {row['events']:,} 件がまだ（最も古いものは {row['seconds']:.0f} 秒前）"
    old = _quarantined_messages(document, new=False)
    if old:
        yield f"隔離してから1日を過ぎた伝言: {len(old):,} 件（{NOTHING_IS_LOST}）"


def _illnesses(document: Mapping[str, Any]) -> Iterator[str]:
    """What somebody has to see to."""
    for row in document["stores"]:
        if not row["reachable"]:
            yield f"台帳 {row['service']} に届きません: {row['reason']}"
    bus = document["bus"]
    if not bus["fits"]:
        yield f"{'バスの用意ができていません' if bus['reachable'] else 'バスに届きません'}: {bus['reason']}"
    for row in document["positions"]:
        if row["tenants_ahead"]:
            yield (
                f"台帳の異常: 購読 {row['subscription']} が受け取った事実が台帳にありません"
                f"（{row['tenants_ahead']} 自治体）。yui audit verify で調べてください。"
            )
    for row in document["gaps"]:
        yield (
            f"届いていない: {row['subscription']} {row['tenant']} — {row['source']} の {row['seq'] + 1} 番"
            f"（記録から {row['seconds']:.0f} 秒）。発行と購読の処理が動いているか確かめてください。"
        )
    for row in document["parked"]:
        yield f"停止中: {row['subscription']} {row['tenant']} — {row['source']} の {row['seq']} 番: {row['reason']}"
    for name, reason in document["loops"].items():
        yield f"処理の異常: {name}: {reason}"
    yield from _quarantine(_quarantined_messages(document, new=True))


def _quarantine(messages: list[list[Mapping[str, Any]]]) -> Iterator[str]:
    for first, *others in messages[:MOST_QUARANTINED_SHOWN]:
        readers = f"{first['subscription']}{f' など {len(others) + 1} 購読' if others else ''}"
        yield f"隔離: {first['place']}: {first['reason']}（{readers}、{first['since']}）"
    more = len(messages) - MOST_QUARANTINED_SHOWN
    if more > 0:
        yield f"隔離: ほか {more:,} 件（すべては yui doctor --json）"
    if messages:
        yield f"隔離したのは読めない伝言です。{NOTHING_IS_LOST}。誰がバスに書いたかを調べてください。"


def _quarantined_messages(document: Mapping[str, Any], *, new: bool) -> list[list[Mapping[str, Any]]]:
    """The rows of each message, one for each subscription that has read it; the message set aside last comes first.
    It is new for a day after the first of them has set it aside.
    """
    rows = sorted(document["quarantined"], key=itemgetter("place", "since"))
    messages = [list(group) for _, group in groupby(rows, itemgetter("place"))]
    begin = datetime.fromisoformat(document["clock"]) - QUARANTINE_IS_NEWS
    chosen = [rows for rows in messages if (datetime.fromisoformat(rows[0]["since"]) > begin) is new]
    return sorted(chosen, key=lambda rows: str(rows[0]["since"]), reverse=True)


@click.command("rebuild", short_help="一覧表（リードモデル）を台帳から作り直します。")
@click.argument("views", nargs=-1, metavar="[VIEW]…")
@repair_command
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
