"""How values look on screens: yen, dates with their era, times in Asia/Tokyo."""

import re
from datetime import date, datetime
from typing import Final

from shared.kernel.dates import JST, Month, to_wareki

WEEKDAYS: Final = "月火水木金土日"
NOTHING: Final = "―"


def number(value: int | None) -> str:
    """`1234` as `1,234`, a dash for nothing."""
    return NOTHING if value is None else f"{value:,}".replace("-", "−")


def yen(value: int | None) -> str:
    return NOTHING if value is None else f"{number(value)}円"


def wareki(day: date | str | None) -> str:
    """`平成28年10月3日`, also for an ISO date."""
    if day is None:
        return NOTHING
    return to_wareki(date.fromisoformat(day) if isinstance(day, str) else day)


def wareki_month(month: str) -> str:
    """`2016-10` as `平成28年10月`."""
    return to_wareki(Month.parse(month).first).removesuffix("1日")


def period(text: str) -> str:
    """`2015-04` as `平成27年4月`, `2015` as `2015年`; anything else as it is."""
    if len(text) == 4 and text.isdecimal():
        return f"{text}年"
    try:
        return wareki_month(text)
    except ValueError:
        return text


def short_month(month: str) -> str:
    """`2016-10` as `10月`."""
    return f"{Month.parse(month).month}月"


def day(value: date | str | None) -> str:
    """`2016-10-03` as `2016年10月3日(月)`."""
    if value is None:
        return NOTHING
    found = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{found.year}年{found.month}月{found.day}日({WEEKDAYS[found.weekday()]})"


def short_day(value: date | str) -> str:
    """`2016-10-03` as `10/3(月)`."""
    found = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{found.month}/{found.day}({WEEKDAYS[found.weekday()]})"


def moment(instant: str) -> str:
    """An RFC 3339 instant as `2026年11月21日 16:05:09`, in Asia/Tokyo."""
    found = datetime.fromisoformat(instant).astimezone(JST)
    return f"{found.year}年{found.month}月{found.day}日 {found:%H:%M:%S}"


def clock_time(instant: str) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(JST):%H:%M:%S}"


def clock_minute(instant: str | datetime) -> str:
    """An instant as `16:05`, in Asia/Tokyo."""
    return f"{_in_japan(instant):%H:%M}"


def clock_hour(instant: str | datetime) -> str:
    """The hour of the clock that an instant lies in: `16時台`."""
    return f"{_in_japan(instant).hour}時台"


def day_hour(instant: str | datetime) -> str:
    """`11/9(水) 16時`."""
    found = _in_japan(instant)
    return f"{short_day(found.date())} {found.hour}時"


def _in_japan(instant: str | datetime) -> datetime:
    found = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return found.astimezone(JST)


def number_order(office_id: str) -> tuple[list[str | int], str]:
    """A key that sorts the office's numbers as people do: `o2` before `o10`."""
    parts = re.split("([0-9]+)", office_id)
    return [int(part) if place % 2 else part for place, part in enumerate(parts)], office_id


FILTERS: Final = {
    "number": number,
    "yen": yen,
    "wareki": wareki,
    "wareki_month": wareki_month,
    "period": period,
    "short_month": short_month,
    "day": day,
    "short_day": short_day,
    "moment": moment,
    "clock_time": clock_time,
    "clock_minute": clock_minute,
    "clock_hour": clock_hour,
    "day_hour": day_hour,
}
