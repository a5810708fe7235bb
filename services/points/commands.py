"""What `points` is asked to do.

`engine` is the version of the arithmetic to decide with; None: the one that the account's results stand on, as a
replay needs it for a fact that changed no result.
"""

from datetime import date
from typing import Any

import msgspec

from services.points.engine import CURRENT_ENGINE
from services.points.events import Earning


class AssessEarning(msgspec.Struct, frozen=True):
    """A person's share in a visit or activity has become known, or is known better; `void`: it does not count."""

    person: str
    earning: Earning
    void: bool
    engine: int | None = CURRENT_ENGINE


class WithdrawEarning(msgspec.Struct, frozen=True):
    """The earning has moved to another person or kind and leaves this account without a trace in its results."""

    person: str
    kind: str
    activity_id: str
    engine: int | None = CURRENT_ENGINE


class ReassessAccount(msgspec.Struct, frozen=True):
    """Decide the whole account anew; `rules` is the label of the scheme that was enacted backwards."""

    person: str
    rules: str
    engine: int | None = CURRENT_ENGINE


class EnactRules(msgspec.Struct, frozen=True):
    """The municipality enacts a scheme; `document` is the parsed document with dates as ISO text."""

    rules_id: str
    effective_from: date
    document: dict[str, Any]


class AdvanceSweep(msgspec.Struct, frozen=True):
    """So far has the reassessment after a backward enactment come: up to account `after`, `done` accounts."""

    rules: str
    after: str
    done: int
    finished: bool
