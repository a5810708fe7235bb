"""Business dates of Japan: months, fiscal years (年度), eras (和暦), the day in Asia/Tokyo."""

import re
import unicodedata
from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final, NamedTuple, Self

import msgspec

JST: Final = timezone(timedelta(hours=9), "JST")
"""Asia/Tokyo. Fixed at UTC+9 (明治28年勅令第167号; no summer time since 1952), so no time zone files are read."""

FIRST_DAY: Final = date(1873, 1, 1)
"""明治6年1月1日, the first day of the solar calendar in Japan (明治5年太政官布告第337号). Earlier dates are refused."""


class _Era(NamedTuple):
    name: str
    letter: str
    year_before: int
    first: date
    last: date

    def holds(self, first: date, last: date) -> bool:
        return self.first <= last and first <= self.last


# The days on which 大正 and 昭和 began belong to both eras: the older one had begun that day, too.
_ERAS = (
    _Era("明治", "M", 1867, FIRST_DAY, date(1912, 7, 30)),
    _Era("大正", "T", 1911, date(1912, 7, 30), date(1926, 12, 25)),
    _Era("昭和", "S", 1925, date(1926, 12, 25), date(1989, 1, 7)),
    _Era("平成", "H", 1988, date(1989, 1, 8), date(2019, 4, 30)),
    _Era("令和", "R", 2018, date(2019, 5, 1), date.max),
)
_ERA_OF = {key: era for era in _ERAS for key in (era.name, era.letter)}

_YEAR = r"(?:(?P<year>[0-9]{4})|(?P<era>明治|大正|昭和|平成|令和|[MTSHR]) *(?P<era_year>元|[0-9]{1,2}))"
_MONTH = r"(?P<{}>[0-9]{{1,2}})".format
_DAY = r"(?P<{}>[0-9]{{1,2}})".format
_DATE_FORM = re.compile(
    rf"{_YEAR}(?:(?P<mark>[-/.]){_MONTH('month')}(?P=mark){_DAY('day')}|年 *{_MONTH('month_ja')}月 *{_DAY('day_ja')}日)"
)
_MONTH_FORM = re.compile(rf"{_YEAR}(?:[-/.]{_MONTH('month')}|年 *{_MONTH('month_ja')}月)")
_FISCAL_YEAR_FORM = re.compile(rf"(?:FY(?P<fy>[0-9]{{4}})|{_YEAR}年度)")
_TIME_FORM = re.compile(r"([0-9]{1,2}):([0-9]{2})")


class Month(msgspec.Struct, frozen=True, order=True):
    """A calendar month, `Month(2016, 10)`; ordered by time, usable as a key."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (1 <= self.month <= 12 and date.min.year <= self.year <= date.max.year):
            raise ValueError(f"{self.year}年{self.month}月という月はありません。")

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `2016-10` and nothing else; for what people write see `parse_month`."""
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}", text) is None:
            raise ValueError(f"「{text}」は月として読めません。2016-10 の形で書いてください。")
        return cls(int(text[:4]), int(text[5:]))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    def next(self) -> Self:
        return self.plus(1)

    def plus(self, months: int) -> Self:
        """The month so many months later, or earlier when negative. ValueError outside the years 1 to 9999."""
        years, month_before = divmod(self.year * 12 + self.month - 1 + months, 12)
        return type(self)(years, month_before + 1)


class FiscalYear(msgspec.Struct, frozen=True, order=True):
    """A Japanese fiscal year (年度): `FiscalYear(2016)` is 1 April 2016 to 31 March 2017."""

    year: int

    def __post_init__(self) -> None:
        if not date.min.year <= self.year < date.max.year:
            raise ValueError(f"{self.year}年度という年度はありません。")

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year if day.month >= 4 else day.year - 1)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `FY2016`, `2016年度`, `平成28年度`, `H28年度`; ValueError otherwise, and for a year outside its era."""
        match = _FISCAL_YEAR_FORM.fullmatch(_plain(text))
        if match is None:
            raise ValueError(f"「{text}」は年度として読めません。FY2016 または 平成28年度 の形で書いてください。")
        if match["fy"] is not None:
            return cls(int(match["fy"]))
        fiscal_year = cls(_year(match))
        _refuse_outside_era(text, match, fiscal_year.first, fiscal_year.last)
        return fiscal_year

    def __str__(self) -> str:
        return f"FY{self.year:04d}"

    @property
    def first(self) -> date:
        return date(self.year, 4, 1)

    @property
    def last(self) -> date:
        return date(self.year + 1, 3, 31)

    @property
    def months(self) -> list[Month]:
        return months_between(Month(self.year, 4), Month(self.year + 1, 3))

    def next(self) -> Self:
        return type(self)(self.year + 1)


def months_between(first: Month, last: Month) -> list[Month]:
    """All months from `first` to `last`, both included; none when `last` comes before `first`."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [first.plus(number) for number in range(count)]


def parse_date(text: str) -> date:
    """Reads `2016-10-03`, `2016/10/3`, `2016年10月3日`, `H28.10.3` and `平成28年10月3日`, full-width ones too.

    元年 is year 1. Raises ValueError with a sentence for the user when the text has another form, when there is no such
    day, when the day lies outside the era it names, or before 1873. Results of recent texts are remembered.
    """
    return _parse_date(text)


@lru_cache(maxsize=16_384)
def _parse_date(text: str) -> date:
    match = _DATE_FORM.fullmatch(_plain(text))
    if match is None:
        raise ValueError(
            f"「{text}」は日付として読めません。"
            "2016-10-03、2016/10/3、H28.10.3、平成28年10月3日 のいずれかの形で書いてください。"
        )
    try:
        day = date(_year(match), _month(match), int(match["day"] or match["day_ja"]))
    except ValueError:
        raise ValueError(f"「{text}」という日はありません。日付を確かめてください。") from None
    _refuse_outside_era(text, match, day, day)
    if day < FIRST_DAY:
        raise ValueError(f"「{text}」は明治6年(1873年)より前の日付です。年を確かめてください。")
    return day


def parse_month(text: str) -> Month:
    """Reads `2016-10`, `2016/10`, `2016年10月`, `H28.10` and `平成28年10月`; ValueError as in `parse_date`."""
    match = _MONTH_FORM.fullmatch(_plain(text))
    if match is None:
        raise ValueError(
            f"「{text}」は月として読めません。2016-10、H28.10、平成28年10月 のいずれかの形で書いてください。"
        )
    try:
        month = Month(_year(match), _month(match))
    except ValueError:
        raise ValueError(f"「{text}」という月はありません。確かめてください。") from None
    _refuse_outside_era(text, match, month.first, month.last)
    return month


def parse_time(text: str) -> str:
    """A time of day, `9:05`, as `09:05`; ValueError unless it lies between 0:00 and 23:59."""
    match = _TIME_FORM.fullmatch(_plain(text))
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError(f"「{text}」は時刻として読めません。9:05 のように 0:00 から 23:59 までで書いてください。")
    return f"{int(match[1]):02d}:{match[2]}"


def to_wareki(day: date) -> str:
    """`平成28年10月3日`; the day an era began belongs to the new era, year 1 is 元年. ValueError before 1873."""
    for era in reversed(_ERAS):
        if day >= era.first:
            year = day.year - era.year_before
            return f"{era.name}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    raise ValueError(f"{day} は明治6年(1873年)より前の日付で、和暦に直せません。")


def business_date(instant: datetime) -> date:
    """The date in Asia/Tokyo at that instant. ValueError when the instant has no time zone."""
    if instant.tzinfo is None:
        raise ValueError(f"時刻 {instant} に時間帯がありません。UTC などの時間帯を付けてください。")
    return instant.astimezone(JST).date()


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().upper()


def _year(match: re.Match[str]) -> int:
    if match["year"] is not None:
        return int(match["year"])
    year = 1 if match["era_year"] == "元" else int(match["era_year"])
    return _ERA_OF[match["era"]].year_before + year


def _month(match: re.Match[str]) -> int:
    return int(match["month"] or match["month_ja"])


def _refuse_outside_era(text: str, match: re.Match[str], first: date, last: date) -> None:
    if match["era"] is None:
        return
    era = _ERA_OF[match["era"]]
    if not era.holds(first, last):
        until = f"{era.last}まで" if era.last < date.max else ""
        raise ValueError(f"「{text}」は{era.name}({era.first}から{until})の外です。元号と年を確かめてください。")
