"""Do live views, a replay of the ledgers, and plain SQL over the files say the same, to the yen and point?"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from services.running import Running
from shared.kernel.dates import Month, months_between
from tests.chaos.commands import asked, yui
from tests.chaos.counting import Count, count_tenant
from tests.chaos.office_files import Brought
from tests.chaos.same_yen import yen_and_points

MONTHS: Final = months_between(Month(2016, 9), Month(2017, 3))
LAST_DAY: Final = "2017-03-31"


@dataclass
class Agreement:
    """`wrong` are places where two of the three differ, and what an audit has found."""

    yen: int = 0
    points: int = 0
    count: Count = field(default_factory=Count)
    wrong: list[str] = field(default_factory=list)


def agree(running: Running, folder: Path, tenant: str, brought: Sequence[Brought]) -> Agreement:
    """Of one municipality that has come to rest."""
    found = Agreement()
    found.count = count_tenant(running.system, tenant, brought)
    yen, points = yen_and_points(brought)
    shown = _yen_shown(running, folder, tenant)
    found.count.lost += [
        f"{tenant} {visit}: SQL {due} yen, the statement {shown.get(visit)}"
        for visit, due in yen.items()
        if shown.get(visit) != due
    ]
    found.count.doubled += [
        f"{tenant} {visit}: {shown[visit]} yen for nothing" for visit in shown.keys() - yen.keys() if shown[visit]
    ]
    earned = _points_shown(running, folder, tenant)
    found.count.lost += [
        f"{tenant} {person}: SQL {points.get(person, 0)} points, the statement {earned.get(person, 0)}"
        for person in sorted(points.keys() | earned.keys())
        if points.get(person, 0) != earned.get(person, 0)
    ]
    found.wrong += _audited(running, folder, tenant)
    found.yen, found.points = sum(shown.values()), sum(earned.values())
    return found


def _yen_shown(running: Running, folder: Path, tenant: str) -> dict[str, int]:
    shown: dict[str, int] = {}
    for month in MONTHS:
        document = asked(running, folder, "billing", "statement", "--tenant", tenant, "--month", str(month))
        shown |= {row["visit_id"]: row["subsidy_yen"] for row in document["visits"]}
    return shown


def _points_shown(running: Running, folder: Path, tenant: str) -> dict[str, int]:
    document = asked(running, folder, "points", "statement", "--tenant", tenant, "--on", LAST_DAY)
    return {row["person_id"]: row["earned"] for row in document["accounts"] if row["earned"]}


def _audited(running: Running, folder: Path, tenant: str) -> list[str]:
    wrong: list[str] = []
    replayed = _document(running, folder, "audit", "replay", "--tenant", tenant)
    wrong += [f"replay {tenant}: {row}" for row in replayed["differences"]]
    verified = _document(running, folder, "audit", "verify", "--tenant", tenant)
    wrong += [f"verify {tenant}: {row}" for row in verified["breaks"]]
    return wrong


def _document(running: Running, folder: Path, *arguments: str) -> Any:
    """What an audit says, also when something is wrong."""
    _, out, err = yui(running, folder, *arguments, "--json")
    if not out:
        raise AssertionError(f"yui {' '.join(arguments)}: {err}")
    return json.loads(out)
