"""Ages of people as the law counts them."""

from datetime import date
from functools import lru_cache

import msgspec


class Ages(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A person's age on a day and on the days that point schemes refer to, so that no birth date leaves the vault.

    `on_april_first` and `on_march_last` belong to the fiscal year that holds the day. The other three are the last such
    first of a month on or before the day: possible starts of a point-year. A day before birth counts as age 0.
    """

    on_day: int
    on_april_first: int
    on_march_last: int
    on_january_first: int
    on_february_first: int
    on_september_first: int


def age_on(birth_date: date, day: date) -> int:
    """満年齢 in whole years on that day.

    年齢計算ニ関する法律 (明治35年法律第50号): the day of birth is counted, and 民法143条 says when a year is full:
    with the end of the day before the birthday. So on the birthday itself, from its first moment, one is a year older.
    Who was born on 29 February completes the year, in a year without that day, with the end of 28 February and is older
    on 1 March. (「65歳に達した日」, when a right begins, is the day before the birthday, not what is asked here.)
    Raises ValueError for a day before birth.
    """
    if day < birth_date:
        raise ValueError("生年月日より前の日の年齢は計算できません。生年月日を確かめてください。")
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def ages_on(birth_date: date, day: date) -> Ages:
    """The ages that go into the facts of an activity on `day`. ValueError for a day before birth."""
    return _ages_on(birth_date, day)


@lru_cache(maxsize=4_096)
def _ages_on(birth_date: date, day: date) -> Ages:
    on_day = age_on(birth_date, day)
    born_in, birthday = birth_date.year, birth_date.month * 100 + birth_date.day
    year, month = day.year, day.month
    fiscal_year = year if month >= 4 else year - 1
    on_april_first = fiscal_year - born_in - (birthday > 401)
    on_march_last = fiscal_year + 1 - born_in - (birthday > 331)
    on_january_first = year - born_in - (birthday > 101)
    on_february_first = year - (month < 2) - born_in - (birthday > 201)
    on_september_first = year - (month < 9) - born_in - (birthday > 901)
    return Ages(
        on_day=on_day,
        on_april_first=max(0, on_april_first),
        on_march_last=on_march_last,
        on_january_first=max(0, on_january_first),
        on_february_first=max(0, on_february_first),
        on_september_first=max(0, on_september_first),
    )
