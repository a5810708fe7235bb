"""Seeded files of a busy half-year: many visits of few people, with everything that keeps a visit from being paid."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

FIRST, LAST = date(2016, 9, 20), date(2017, 3, 31)
USERS, HELPERS = 70, 25
OUTCOMES: Final = ("done",) * 16 + ("cancelled_before", "cancelled_same_day", "no_show", "not_needed", "stopped")
CARE: Final = ("checklist", "support1", "support1", "support2", "support2", "care1", "none")
MENUS: Final = ("ゴミ出し", "rubbish", "ゴミ出し;安否確認", "cooking", "買い物;調理", "laundry")

ORGANISATIONS: Final = """\
organisation_id,name,services,district_id,active_from,active_until
O1,太田,visit,D1,2016-10-01,
O2,木太,visit+day,D2,2016-10-01,
O3,古高松,visit,D3,2016-10-20,2017-01-15
O4,屋島,day,D4,2016-04-01,
O5,香川,visit+day,D5,2017-03-31,
"""
PEOPLE_HEADER: Final = (
    "person_id,roles,name,birth_date,district_id,care_level,care_from,care_until,registered_on,trained_on,relatives\n"
)
VISITS_HEADER: Final = (
    "visit_id,organisation_id,user_id,helper_ids,service,menu,served_on,started_at,minutes,outcome,slip_no\n"
)


@dataclass(frozen=True)
class BusyFiles:
    """Lines of rows. `people_later` speak of later days; `wrong` rows are corrected by those of the same number."""

    people: list[str]
    people_later: list[str]
    people_wrong: list[str]
    visits: list[str]
    visits_wrong: list[str]

    @property
    def all_people(self) -> str:
        return people_file([*self.people, *self.people_later])

    @property
    def all_visits(self) -> str:
        return visits_file(self.visits)


def people_file(lines: Sequence[str]) -> str:
    return PEOPLE_HEADER + "".join(lines)


def visits_file(lines: Sequence[str]) -> str:
    return VISITS_HEADER + "".join(lines)


def busy_files(seed: int, visits: int) -> BusyFiles:
    rng = random.Random(seed)
    users = [f"U{number:03d}" for number in range(USERS)]
    helpers = [f"H{number:03d}" for number in range(HELPERS)]
    people = [_user(rng, number, rng.choice(CARE), "2016-04-01", helpers) for number in users]
    helper_lines = {number: _helper(rng, number, users) for number in helpers}
    later = [
        _user(rng, number, rng.choice(CARE), _day(rng).isoformat(), helpers) for number in users if rng.random() < 0.4
    ]
    untrained = [
        helper_lines[number].replace(",2016-09-20,", ",,")
        for number in helpers
        if ",2016-09-20," in helper_lines[number]
    ][:3]
    numbers = [f"v{number:05d}" for number in range(visits)]
    rows = [_visit(rng, number, users, helpers) for number in numbers]
    wrong = [_visit(rng, number, users, helpers) for number in rng.sample(numbers, visits // 30)]
    return BusyFiles([*people, *helper_lines.values()], later, untrained, rows, wrong)


def _user(rng: random.Random, number: str, care: str, since: str, helpers: list[str]) -> str:
    until = (date.fromisoformat(since) + timedelta(days=200)).isoformat() if rng.random() < 0.2 else ""
    relatives = rng.choice(helpers) if rng.random() < 0.2 else ""
    return f"{number},user,利用者{number},1936-05-01,D{rng.randint(1, 5)},{care},{since},{until},,,{relatives}\n"


def _helper(rng: random.Random, number: str, users: list[str]) -> str:
    registered, trained = rng.choice([("2016-09-01", "2016-09-20")] * 6 + [("2016-09-01", "2016-12-10"), ("", "")])
    relatives = ";".join(rng.sample(users, 2)) if rng.random() < 0.2 else ""
    return f"{number},helper,提供者{number},1950-02-01,,,,,{registered},{trained},{relatives}\n"


def _visit(rng: random.Random, number: str, users: list[str], helpers: list[str]) -> str:
    user = users[min(int(rng.expovariate(1 / 18)), len(users) - 1)]
    with_two = rng.random() < 0.1
    service = "day" if rng.random() < 0.08 else "visit"
    cells = [
        number,
        f"O{rng.randint(1, 5)}",
        user,
        ";".join(rng.sample(helpers, 2 if with_two else 1)),
        service,
        rng.choice(MENUS),
        _day(rng).isoformat(),
        f"{rng.randint(8, 17):02d}:{rng.choice(['00', '30'])}",
        str(rng.randint(10, 90)),
        rng.choice(OUTCOMES),
        f"S{rng.randint(1, 400)}" if rng.random() < 0.5 else "",
    ]
    return ",".join(cells) + "\n"


def _day(rng: random.Random) -> date:
    return FIRST + timedelta(days=rng.randint(0, (LAST - FIRST).days))
