"""What the offices bring: seeded files, first partly wrong, later corrected, some visits and activities void."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from tests.e2e.busy_office import FIRST, LAST, ORGANISATIONS, BusyFiles, busy_files, people_file, visits_file

Kind = Literal["organisations", "people", "visits", "activities", "void visits", "void activities"]

VISITS: Final = 200
PIECE: Final = 100
ACTIVITIES: Final = 80
PLAYERS: Final = 12
VOIDS: Final = 8
KINDS: Final = ("参加", "参加", "運営ボランティア", "園芸")
ACTIVITIES_HEADER: Final = "activity_id,person_id,kind,done_on,started_at,minutes\n"
PEOPLE_COLUMNS_EMPTY: Final = ",D1,none,,,,,\n"


@dataclass(frozen=True)
class Step:
    """One thing an office does. `text` is a CSV file, or a line for each number that is void."""

    kind: Kind
    text: str
    corrects: bool = False


@dataclass
class Brought:
    """What is right in the end, as rows of the office's files; see `same_yen`."""

    people: list[str] = field(default_factory=list)
    visits: list[str] = field(default_factory=list)
    activities: list[str] = field(default_factory=list)
    void: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Cohort:
    """People of their own, their visits and activities. All numbers begin with the name of the cohort."""

    steps: list[Step]
    right: Brought


def first_steps() -> list[Step]:
    return [Step("organisations", ORGANISATIONS)]


def cohort(seed: int, tenant: str, number: int) -> Cohort:
    rng = random.Random(f"{seed} {tenant} {number}")
    name = f"C{number}"
    files = _named(busy_files(rng.randrange(2**32), VISITS), name)
    players = [player(1951, f"{name}P{each:02d}", rng.randint(-200, 250)) for each in range(PLAYERS)]
    activities = [_activity(rng, f"{name}a{each:04d}", name) for each in range(ACTIVITIES)]
    wrong = [_activity(rng, _number(line), name) for line in rng.sample(activities, ACTIVITIES // 20)]
    right = Brought(
        [*files.people, *files.people_later, *players],
        files.visits,
        activities,
        {_number(line) for line in [*rng.sample(files.visits, VOIDS), *rng.sample(activities, VOIDS)]},
    )
    return Cohort(list(_steps(rng, files, players, activities, wrong, right.void)), right)


def _steps(
    rng: random.Random,
    files: BusyFiles,
    players: Sequence[str],
    activities: Sequence[str],
    wrong: Sequence[str],
    void: set[str],
) -> Iterator[Step]:
    yield Step("people", people_file([*_wrong_first(rng, files.people, files.people_wrong), *players]))
    visits = _wrong_first(rng, files.visits, files.visits_wrong)
    pieces = range(0, VISITS, PIECE)
    for at in pieces:
        yield Step("visits", visits_file([*visits[at : at + PIECE], *visits[:10]]))
    yield Step("people", people_file(files.people_later))
    yield Step("activities", _activities_file(_wrong_first(rng, activities, wrong)))
    yield Step("people", people_file(files.people), corrects=True)
    right = rng.sample(files.visits, len(files.visits))
    for at in pieces:
        yield Step("visits", visits_file(right[at : at + PIECE]), corrects=True)
    yield Step("activities", _activities_file(activities), corrects=True)
    yield Step("void visits", "\n".join(_number(line) for line in files.visits if _number(line) in void))
    yield Step("void activities", "\n".join(_number(line) for line in activities if _number(line) in void))


def _wrong_first(rng: random.Random, right: Sequence[str], wrong: Sequence[str]) -> list[str]:
    by_number = {_number(line): line for line in wrong}
    return [by_number.get(_number(line), line) for line in rng.sample(right, len(right))]


def _number(line: str) -> str:
    return line.partition(",")[0]


def _named(files: BusyFiles, name: str) -> BusyFiles:
    lines = (files.people, files.people_later, files.people_wrong, files.visits, files.visits_wrong)
    return BusyFiles(*([re.sub(r"\b([UHv]\d{3,5})\b", rf"{name}\1", line) for line in of_kind] for of_kind in lines))


def player(year: int, number: str, days: int = 0) -> str:
    """A row of somebody who was born so many days after 20 September of a year."""
    born = FIRST.replace(year=year) + timedelta(days=days)
    return f"{number},user,参加者,{born.isoformat()}{PEOPLE_COLUMNS_EMPTY}"


def _activity(rng: random.Random, number: str, name: str) -> str:
    day = FIRST + timedelta(days=rng.randint(0, (LAST - FIRST).days))
    person = f"{name}P{rng.randrange(PLAYERS):02d}"
    return (
        f"{number},{person},{rng.choice(KINDS)},{day.isoformat()},{rng.randint(9, 16):02d}:00,{rng.randint(20, 120)}\n"
    )


def _activities_file(lines: Sequence[str]) -> str:
    return ACTIVITIES_HEADER + "".join(lines)
