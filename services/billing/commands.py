"""What `billing` is asked to do.

`engine` is the version of the arithmetic to decide with; None: the one that the recorded results stand on, as a replay
needs it for a fact that changed no result.
"""

from datetime import date
from typing import Any

import msgspec

from services.billing.engine import CURRENT_ENGINE
from shared.kernel.contracts.requests import OrganisationDetails, VisitFacts


class AssessVisit(msgspec.Struct, frozen=True):
    """A visit has become known, or is known better; `void`: it does not count."""

    visit: VisitFacts
    void: bool
    engine: int | None = CURRENT_ENGINE


class WithdrawVisit(msgspec.Struct, frozen=True):
    """The visit has moved to another user or month and leaves this user-month."""

    user: str
    month: str
    visit_id: str
    engine: int | None = CURRENT_ENGINE


class ReassessUserMonth(msgspec.Struct, frozen=True):
    """Decide a user-month anew; `rules` is the label of the version that was enacted backwards."""

    user: str
    month: str
    rules: str
    engine: int | None = CURRENT_ENGINE


class AssessOrganisation(msgspec.Struct, frozen=True):
    """An organisation has become known, or is known better."""

    organisation: OrganisationDetails
    engine: int | None = CURRENT_ENGINE


class ReassessOrganisation(msgspec.Struct, frozen=True):
    """A day began, or rules were enacted."""

    organisation_id: str
    engine: int | None = CURRENT_ENGINE


class NoteDay(msgspec.Struct, frozen=True):
    """A day has begun; base amounts follow it."""

    on: date


class EnactRules(msgspec.Struct, frozen=True):
    """The municipality enacts a 要綱: `document` is all of it, the other two say what stands in it."""

    rules_id: str
    effective_from: date
    document: dict[str, Any]


class AdvanceSweep(msgspec.Struct, frozen=True):
    """So far has the reassessment after a backward enactment come: up to bucket `after`, `done` buckets."""

    rules: str
    after: str
    done: int
    finished: bool
