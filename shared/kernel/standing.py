"""The register of a person, and what follows from it for one day: category, district, registration, training, kinship.

`requests` states the standing in each fact and `simulate` derives it from files: both call these functions, so they
cannot differ.
"""

from datetime import date
from typing import Literal, TypeAlias

import msgspec

CareLevel: TypeAlias = Literal["none", "checklist", "support1", "support2", "care1", "care2", "care3", "care4", "care5"]
Category: TypeAlias = Literal["checklist", "support1", "support2", "other"]
Role: TypeAlias = Literal["user", "helper"]


class Period(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False):
    """What holds of a person from a day on, until the next period begins. No `care_from`: since ever.

    `care_until` ends the care level alone. `relatives` are person ids.
    """

    care_level: CareLevel
    care_from: date | None
    care_until: date | None
    district_id: str | None
    relatives: tuple[str, ...]


class Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False):
    """What the office has on file about a person, without anything that says who it is.

    `roles` are those of today; what counted on a past day follows from the dates alone. `periods` follow each other.
    """

    roles: tuple[Role, ...]
    registered_on: date | None
    trained_on: date | None
    periods: tuple[Period, ...]


def category_on(register: Register, day: date) -> Category:
    """The category of a user on that day, by the period that began last on or before it.

    A period that has run out does not give way to an older one: the category is then `other`, as it is for `none`, for
    要介護 and for a day before every period.
    """
    period = _period_on(register, day)
    if period is None or (period.care_until is not None and period.care_until < day):
        return "other"
    match period.care_level:
        case "checklist" | "support1" | "support2" as category:
            return category
        case _:
            return "other"


def district_on(register: Register, day: date) -> str | None:
    """The district of the period of that day; before every period, that of the first."""
    period = _period_or_first(register, day)
    return period.district_id if period else None


def with_period(register: Register, period: Period) -> Register:
    """The register with that period added, in place of one with the same `care_from`; sorted by `care_from`."""
    others = [known for known in register.periods if known.care_from != period.care_from]
    return msgspec.structs.replace(register, periods=tuple(sorted([*others, period], key=_begins)))


def is_latest(care_from: date | None, known_from: date | None) -> bool:
    """Whether a person's row of that `care_from` says what holds of the person, beside a known row of `known_from`.

    The latest row does (roles, name, birth date and all else but its period), whenever it arrives; for the same day,
    the new one.
    """
    return (care_from or date.min) >= (known_from or date.min)


def registered_by_row(
    register: Register | None,
    *,
    roles: tuple[Role, ...],
    registered_on: date | None,
    trained_on: date | None,
    period: Period,
) -> Register:
    """The register after one row of the office's list of people.

    The row's period is added, or replaces the one of the same day. All else follows the row with the latest
    `care_from`, so that the order in which rows arrive does not matter.
    """
    known = register.periods if register is not None else ()
    if register is not None and known and not is_latest(period.care_from, known[-1].care_from):
        return with_period(register, period)
    return with_period(Register(roles=roles, registered_on=registered_on, trained_on=trained_on, periods=known), period)


def registered_on_day(register: Register, day: date) -> bool:
    """Whether the helper was registered by that day."""
    return register.registered_on is not None and register.registered_on <= day


def trained_on_day(register: Register, day: date) -> bool:
    """Whether the helper had completed the training by that day."""
    return register.trained_on is not None and register.trained_on <= day


def is_relative(a_id: str, a: Register, b_id: str, b: Register, day: date) -> bool:
    """Whether either of two persons names the other as a relative on that day."""
    return b_id in _relatives_on(a, day) or a_id in _relatives_on(b, day)


def _relatives_on(register: Register, day: date) -> tuple[str, ...]:
    period = _period_or_first(register, day)
    return period.relatives if period else ()


def _period_or_first(register: Register, day: date) -> Period | None:
    return _period_on(register, day) or next(iter(register.periods), None)


def _period_on(register: Register, day: date) -> Period | None:
    """The period that began last on or before the day."""
    for period in reversed(register.periods):
        if _begins(period) <= day:
            return period
    return None


def _begins(period: Period) -> date:
    return period.care_from or date.min
