"""The register of a person, and what follows from it for one day: category, registration, training, kinship.

`requests` states the standing in each fact and `simulate` derives it from files: both call these functions, so they
cannot differ.
"""

from datetime import date
from typing import Literal, TypeAlias

import msgspec

CareLevel: TypeAlias = Literal["none", "checklist", "support1", "support2", "care1", "care2", "care3", "care4", "care5"]
Category: TypeAlias = Literal["checklist", "support1", "support2", "other"]
Role: TypeAlias = Literal["user", "helper"]


class CarePeriod(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False):
    """A care level from a day on. No `care_from`: since ever; no `care_until`: until the next period begins."""

    care_level: CareLevel
    care_from: date | None
    care_until: date | None


class Register(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False):
    """What the office has on file about a person, without anything that says who it is.

    `relatives` are person ids. `roles` are those of today; what counted on a past day follows from the dates alone.
    """

    roles: tuple[Role, ...]
    district_id: str | None
    registered_on: date | None
    trained_on: date | None
    relatives: tuple[str, ...]
    care: tuple[CarePeriod, ...]


def category_on(register: Register, day: date) -> Category:
    """The category of a user on that day, by the period that began last on or before it.

    A period that has run out does not give way to an older one: the category is then `other`, as it is for `none`, for
    要介護 and for a day before every period.
    """
    begun = [period for period in register.care if _begins(period) <= day]
    if not begun:
        return "other"
    period = max(begun, key=_begins)
    if period.care_until is not None and period.care_until < day:
        return "other"
    match period.care_level:
        case "checklist" | "support1" | "support2" as category:
            return category
        case _:
            return "other"


def with_care(register: Register, period: CarePeriod) -> Register:
    """The register with that period added, in place of one with the same `care_from`; sorted by `care_from`."""
    others = [known for known in register.care if known.care_from != period.care_from]
    return msgspec.structs.replace(register, care=tuple(sorted([*others, period], key=_begins)))


def is_latest(care_from: date | None, known_from: date | None) -> bool:
    """Whether a person's row of that `care_from` says what holds of the person, beside a known row of `known_from`.

    The latest row does (roles, name, birth date and all else but care), whenever it arrives; for the same day, the new
    one.
    """
    return (care_from or date.min) >= (known_from or date.min)


def registered_by_row(
    register: Register | None,
    *,
    roles: tuple[Role, ...],
    district_id: str | None,
    registered_on: date | None,
    trained_on: date | None,
    relatives: tuple[str, ...],
    care: CarePeriod,
) -> Register:
    """The register after one row of the office's list of people.

    The row's care period is added, or replaces the one of the same day. All else follows the row with the latest
    `care_from`, so that the order in which rows arrive does not matter.
    """
    if register is not None and register.care and not is_latest(care.care_from, register.care[-1].care_from):
        return with_care(register, care)
    known = register.care if register is not None else ()
    return with_care(
        Register(
            roles=roles,
            district_id=district_id,
            registered_on=registered_on,
            trained_on=trained_on,
            relatives=relatives,
            care=known,
        ),
        care,
    )


def registered_on_day(register: Register, day: date) -> bool:
    """Whether the helper was registered by that day."""
    return register.registered_on is not None and register.registered_on <= day


def trained_on_day(register: Register, day: date) -> bool:
    """Whether the helper had completed the training by that day."""
    return register.trained_on is not None and register.trained_on <= day


def is_relative(a_id: str, a: Register, b_id: str, b: Register) -> bool:
    """Whether either of two persons names the other as a relative."""
    return b_id in a.relatives or a_id in b.relatives


def _begins(period: CarePeriod) -> date:
    return period.care_from or date.min
