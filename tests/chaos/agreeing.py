"""Do live views, a replay of the ledgers, and plain SQL over the files say the same, to the yen and point?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.kernel.dates import Month, months_between
from tests.chaos.counting import Count, count_tenant
from tests.chaos.office_files import Brought
from tests.chaos.same_yen import yen_and_points
from tests.commands import Commands

MONTHS: Final = months_between(Month(2016, 9), Month(2017, 3))
LAST_DAY: Final = "2017-03-31"


@dataclass
class Agreement:
    """`wrong` are places where two of the three differ, and what an audit has found."""

    yen: int = 0
    points: int = 0
    count: Count = field(default_factory=Count)
    wrong: list[str] = field(default_factory=list)


def agree(commands: Commands, tenant: str, brought: Sequence[Brought]) -> Agreement:
    """Of one municipality that has come to rest."""
    found = Agreement()
    found.count = count_tenant(commands.running.system, tenant, brought)
    yen, points = yen_and_points(brought)
    shown = _yen_shown(commands, tenant)
    found.count.lost += [
        f"{tenant} {visit}: SQL {due} yen, the statement {shown.get(visit)}"
        for visit, due in yen.items()
        if shown.get(visit) != due
    ]
    found.count.doubled += [
        f"{tenant} {visit}: {shown[visit]} yen for nothing" for visit in shown.keys() - yen.keys() if shown[visit]
    ]
    earned = _points_shown(commands, tenant)
    found.count.lost += [
        f"{tenant} {person}: SQL {points.get(person, 0)} points, the statement {earned.get(person, 0)}"
        for person in sorted(points.keys() | earned.keys())
        if points.get(person, 0) != earned.get(person, 0)
    ]
    found.wrong += _audited(commands, tenant)
    found.yen, found.points = sum(shown.values()), sum(earned.values())
    return found


def _yen_shown(commands: Commands, tenant: str) -> dict[str, int]:
    shown: dict[str, int] = {}
    for month in MONTHS:
        document = commands.done("billing", "statement", "--tenant", tenant, "--month", str(month), "--json").json
        shown |= {row["visit_id"]: row["subsidy_yen"] for row in document["visits"]}
    return shown


def _points_shown(commands: Commands, tenant: str) -> dict[str, int]:
    document = commands.done("points", "statement", "--tenant", tenant, "--on", LAST_DAY, "--json").json
    return {row["person_id"]: row["earned"] for row in document["accounts"] if row["earned"]}


def _audited(commands: Commands, tenant: str) -> list[str]:
    wrong: list[str] = []
    replayed = _document(commands, "audit", "replay", "--tenant", tenant)
    wrong += [f"replay {tenant}: {row}" for row in replayed["differences"]]
    verified = _document(commands, "audit", "verify", "--tenant", tenant)
    wrong += [f"verify {tenant}: {row}" for row in verified["breaks"]]
    return wrong


def _document(commands: Commands, *arguments: str) -> Any:
    """What an audit says, also when something is wrong."""
    answer = commands.yui(*arguments, "--json")
    if not answer.out:
        raise AssertionError(f"yui {' '.join(arguments)}: {answer.err}")
    return answer.json
