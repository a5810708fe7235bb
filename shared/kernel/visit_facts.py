"""The facts of a visit's day, from the register: for `requests`, which records them, and for `simulate`."""

from collections.abc import Sequence
from datetime import date

import msgspec

from shared.kernel.ages import Ages
from shared.kernel.contracts.requests import HelperOnDay, UserOnDay
from shared.kernel.standing import Register, category_on, is_relative, registered_on_day, trained_on_day


class Participant(msgspec.Struct, frozen=True):
    """Somebody who takes part in a visit: the id that facts use, the register, the ages on the day (None: unknown)."""

    person: str
    register: Register
    ages: Ages | None


def user_on(user: Participant, day: date) -> UserOnDay:
    return UserOnDay(person=user.person, category=category_on(user.register, day), ages=user.ages)


def helpers_on(helpers: Sequence[Participant], user: Participant, day: date) -> tuple[HelperOnDay, ...]:
    return tuple(
        [
            HelperOnDay(
                person=helper.person,
                registered=registered_on_day(helper.register, day),
                trained=trained_on_day(helper.register, day),
                relative=is_relative(helper.person, helper.register, user.person, user.register, day),
                ages=helper.ages,
            )
            for helper in helpers
        ]
    )
