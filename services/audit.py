"""The audit of one municipality: is every ledger whole, and does everything follow from it anew?"""

from dataclasses import asdict
from hashlib import sha256
from time import perf_counter
from typing import Any

from shared.adapters.sql_scratch import scratch
from shared.flow.ports import Position
from shared.flow.replay import Replayed, replay
from shared.flow.system import Part, System
from shared.flow.verify import Verified, verify

Document = dict[str, Any]


class UnknownService(LookupError):
    """その名前のサービスはありません。"""


def verify_tenant(system: System, tenant: str, service: str | None = None) -> Document:
    """`{"tenant", "ledgers": [{"service", "events", "head"}], "breaks": [{"service", "tenant", "seq", "what"}]}`."""
    seen = _seen(system, tenant)
    results: list[Verified] = [
        verify(part.store, tenant, seen.get(name, ())) for name, part in _parts(system, service).items()
    ]
    return {
        "tenant": tenant,
        "ledgers": [{"service": row.service, "events": row.events, "head": row.head.hash.hex()} for row in results],
        "breaks": [asdict(broken) for row in results for broken in row.breaks],
    }


def replay_tenant(system: System, tenant: str, service: str | None = None) -> Document:
    """`{"events", "identical", "differences", "head", "events_per_second", …}` as `interfaces.md` promises."""
    started = perf_counter()
    result: Replayed = replay(system, tenant, _parts(system, service), scratch)
    seconds = perf_counter() - started
    return {
        "tenant": tenant,
        "events": result.events,
        "compared_rows": result.compared_rows,
        "identical": not result.differences,
        "differences": [asdict(difference) for difference in result.differences],
        "heads": {name: head.hash.hex() for name, head in result.heads.items()},
        "head": next(iter(result.heads.values())).hash.hex() if len(result.heads) == 1 else _joint(result),
        "events_per_second": round(result.events / seconds) if seconds else 0,
    }


def _joint(result: Replayed) -> str:
    digest = sha256()
    for name in sorted(result.heads):
        digest.update(name.encode() + b"\0" + result.heads[name].hash)
    return digest.hexdigest()


def _parts(system: System, service: str | None) -> dict[str, Part]:
    if service is None:
        return dict(system.parts)
    if service not in system.parts:
        raise UnknownService(
            f"{service}: そのサービスはありません。{'、'.join(system.parts)} のいずれかを指定してください。"
        )
    return {service: system.parts[service]}


def _seen(system: System, tenant: str) -> dict[str, list[tuple[str, Position]]]:
    seen: dict[str, list[tuple[str, Position]]] = {}
    for part in system.parts.values():
        for name, _, (source, of_tenant), position in part.store.all_positions():
            if of_tenant == tenant:
                seen.setdefault(source, []).append((name, position))
    return seen
