"""The audit of one municipality: is every ledger whole, and does everything follow from it anew?"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

from services.replaying import replay_together
from shared.adapters.sql_scratch import scratch
from shared.flow.ports import Position, Source, Store
from shared.flow.replay import Replayable, replay
from shared.flow.system import Part, System
from shared.flow.verify import Break, Verified, verify
from shared.kernel.messages import Head

Document = dict[str, Any]

ASTRAY = (
    "台帳の目次（streams・earlier）からたどれません。台帳そのものは無事です。Yui を止め、この 2 つの表を消してから"
    "起動すると、台帳から作り直されます。"
)


class UnknownService(LookupError):
    """その名前のサービスはありません。"""


def verify_tenant(system: System, tenant: str, service: str | None = None) -> Document:
    """`{"tenant", "ledgers": [{"service", "events", "head"}], "breaks": [{"service", "tenant", "seq", "what"}]}`."""
    seen = seen_by_subscriptions(system)
    results: list[Verified] = [
        _verified(part.store, tenant, seen.get((name, tenant), ())) for name, part in _parts(system, service).items()
    ]
    return {
        "tenant": tenant,
        "ledgers": [{"service": row.service, "events": row.events, "head": row.head.hash.hex()} for row in results],
        "breaks": [asdict(broken) for row in results for broken in row.breaks],
    }


def _verified(store: Store, tenant: str, seen: Iterable[tuple[str, Position]]) -> Verified:
    """The chain; and when it is whole, whether every stream leads to its events."""
    found = verify(store, tenant, seen)
    astray = None if found.breaks else store.astray(tenant)
    return found if astray is None else replace(found, breaks=(Break(found.service, tenant, astray, ASTRAY),))


def replay_tenant(
    system: System,
    tenant: str,
    service: str | None = None,
    data: Path | None = None,
    recorded: Mapping[str, Replayable] | None = None,
) -> Document:
    """`{"events", "identical", "differences", "head", "events_per_second", …}` as `interfaces.md` promises.

    With `data`, the folder of the stores, other processes help when it takes long. With `recorded` the events
    come from there: from the topics.
    """
    started = perf_counter()
    parts = _parts(system, service)
    if data is None or recorded:
        results = [replay(system.parts, tenant, parts, scratch, recorded)]
    else:
        results = replay_together(system, data, tenant, list(parts))
    seconds = perf_counter() - started
    events = sum(result.events for result in results)
    heads = {name: head for name in parts for result in results if (head := result.heads.get(name))}
    differences = [asdict(difference) for result in results for difference in result.differences]
    return {
        "tenant": tenant,
        "events": events,
        "compared_rows": sum(result.compared_rows for result in results),
        "identical": not differences,
        "differences": differences,
        "unlisted_differences": sum(result.unlisted for result in results),
        "heads": {name: head.hash.hex() for name, head in heads.items()},
        "head": next(iter(heads.values())).hash.hex() if len(heads) == 1 else _joint(heads),
        "events_per_second": round(events / seconds) if seconds else 0,
    }


def _joint(heads: Mapping[str, Head]) -> str:
    digest = sha256()
    for name in sorted(heads):
        digest.update(name.encode() + b"\0" + heads[name].hash)
    return digest.hexdigest()


def _parts(system: System, service: str | None) -> dict[str, Part]:
    if service is None:
        return dict(system.parts)
    if service not in system.parts:
        raise UnknownService(
            f"{service}: そのサービスはありません。{'、'.join(system.parts)} のいずれかを指定してください。"
        )
    return {service: system.parts[service]}


def seen_by_subscriptions(system: System) -> dict[Source, list[tuple[str, Position]]]:
    """What every subscription has last seen of each ledger."""
    seen: dict[Source, list[tuple[str, Position]]] = {}
    for part in system.parts.values():
        for name, _, source, position in part.store.all_positions():
            seen.setdefault(source, []).append((name, position))
    return seen
