"""People who do not exist: users, helpers and members, with their standing through the half-year."""

import random
from datetime import date, timedelta

from services.demo.days import FIRST_DAY, any_day
from services.demo.names import person_name
from services.demo.rows import PersonRow

_AGED_75_TO_95 = (date(1921, 10, 2), date(1941, 9, 30))
_MEMBERS_BORN = (date(1925, 1, 1), date(1953, 12, 31))
_HELPERS_BORN = (date(1938, 1, 1), date(1972, 12, 31))
_SEASONED = (date(2015, 10, 1), date(2016, 9, 30))
_TRAINED = (date(2016, 7, 1), date(2016, 9, 25))
_CERTIFIED_UNTIL = (date(2017, 5, 31), date(2018, 3, 31))
_CHANGES = (date(2016, 11, 10), date(2017, 2, 20))

_USUAL_LEVELS = ("checklist", "support1", "support1", "support2", "support2", "checklist", "support1")
_WORSE = {"checklist": "support1", "support1": "support2", "support2": "care1"}


def _resident(
    rng: random.Random, person_id: str, roles: str, born: tuple[date, date], district_id: str, number: int
) -> PersonRow:
    """Someone with a synthetic home and no standing yet; the telephone begins with 000, which no exchange has."""
    birth_date = any_day(rng, *born)
    name, kana = person_name(rng, birth_date.year)
    place = f"第{int(district_id[1:])}地区" if district_id else "町内"
    return PersonRow(
        person_id=person_id,
        roles=roles,
        name=name,
        kana=kana,
        birth_date=birth_date.isoformat(),
        postal_code="000-0000",
        address=f"（見本）{place}{rng.randrange(1, 9)}-{rng.randrange(1, 20)}-{rng.randrange(1, 30)}",
        phone=f"000-0000-{number:04d}",
        district_id=district_id,
        care_level="",
        care_from="",
        care_until="",
        registered_on="",
        trained_on="",
        relatives="",
    )


def helper_row(rng: random.Random, person_id: str, district_id: str, *, number: int, lateness: int = 0) -> PersonRow:
    """A helper of an organisation.

    `lateness` 0 is registered and trained in time, 1 registered in time and trained in late autumn, 2 registered in
    December, 3 registered and never trained.
    """
    trained = any_day(rng, *_TRAINED)
    registered = trained + timedelta(days=rng.randrange(1, 6))
    if lateness == 1:
        trained = any_day(rng, date(2016, 11, 8), date(2016, 11, 30))
    if lateness == 2:
        registered = any_day(rng, date(2016, 12, 1), date(2016, 12, 15))
    return _resident(rng, person_id, "helper", _HELPERS_BORN, district_id, number)._replace(
        registered_on=registered.isoformat(),
        trained_on="" if lateness == 3 else trained.isoformat(),
    )


def member_row(rng: random.Random, person_id: str, district_id: str, *, number: int) -> PersonRow:
    """Someone who comes to a club and uses no care service; a few are not yet 65."""
    return _resident(rng, person_id, "user", _MEMBERS_BORN, district_id, number)


def member_who_helps(row: PersonRow, rng: random.Random) -> PersonRow:
    """The same member, registered and trained as a helper too."""
    trained = any_day(rng, *_TRAINED)
    return row._replace(roles="user+helper", registered_on=trained.isoformat(), trained_on=trained.isoformat())


def user_rows(
    rng: random.Random, person_id: str, district_id: str, *, number: int, relatives: str = ""
) -> tuple[PersonRow, ...]:
    """A user of service B, one row for each care level held; what becomes of a level follows from the number."""
    user = _resident(rng, person_id, "user", _AGED_75_TO_95, district_id, number)._replace(relatives=relatives)
    since = any_day(rng, *_SEASONED)
    changed = any_day(rng, *_CHANGES)
    level = rng.choice(_USUAL_LEVELS)

    def held(level: str, since: date, until: date | None = None) -> PersonRow:
        care_until = until.isoformat() if until else ""
        return user._replace(care_level=level, care_from=since.isoformat(), care_until=care_until)

    match number % 25:
        case 4:
            return held("support2", since), held("care1", changed)
        case 9 | 17:
            return held(level, since), held(_WORSE[level], changed)
        case 12:
            return held("support1", since, changed), held("support1", changed + timedelta(days=21))
        case 20:
            return held("checklist", since), held("none", changed)
        case 23:
            return (held("care2", since),)
        case _ if level == "checklist":
            return (held(level, since),)
        case _:
            return (held(level, since, any_day(rng, *_CERTIFIED_UNTIL)),)


def also_helper(rows: tuple[PersonRow, ...]) -> tuple[PersonRow, ...]:
    """The same user as a registered, trained helper: one person may be both."""
    trained = FIRST_DAY - timedelta(days=20)
    dates = {"registered_on": (trained + timedelta(days=3)).isoformat(), "trained_on": trained.isoformat()}
    return tuple(row._replace(roles="user+helper", **dates) for row in rows)
