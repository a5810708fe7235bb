"""Public events of `billing` (補助金): enacted rules, and what every visit and organisation is worth under them."""

from datetime import date
from typing import Any, ClassVar, Literal

from shared.kernel.contracts.requests import OrganisationDetails, Service, VisitFacts
from shared.kernel.messages import Fact, Part, contract

Reason = Literal[
    "void",
    "not_done",
    "no_rule",
    "not_eligible",
    "helper_not_trained",
    "relative",
    "no_record",
    "no_rate",
    "over_cap",
    "paid",
]
Flag = Literal["over_minutes", "rubbish_alone"]


class Assessment(Part, frozen=True):
    """What one visit is worth. `rule` is the clause that decides, `id@effective_from#clause`; None where none does: the
    visit is void or was not done, or no rule was in force. `cap_position` counts from 1.

    `engine` is the version of the arithmetic that produced it.
    """

    visit_id: str
    organisation_id: str
    district_id: str | None
    service: Service
    served_on: date
    user_fee_yen: int
    helper_expense_yen: int
    subsidy_yen: int
    reason: Reason
    cap_position: int | None
    rule: str | None
    flags: tuple[Flag, ...]
    engine: int


class Grant(Part, frozen=True):
    """Base and start-up amounts of one organisation for one kind of service in one month (`YYYY-MM`).

    Both amounts are 0 in one that was recorded before and is not due any more.
    """

    organisation_id: str
    service: Service
    month: str
    base_yen: int
    startup_yen: int
    base_rule: str | None
    startup_rule: str | None
    engine: int


class BillingRulesEnacted(Fact, frozen=True):
    """The municipality enacted a 要綱; the whole document is embedded, as read from its file.

    `effective_from` is the first day of the versions that this enactment adds; others in it are known already.
    """

    TYPE: ClassVar[str] = "yui.billing.rules_enacted.v1"

    rules_id: str
    effective_from: date
    document: dict[str, Any]


class SubsidyAssessed(Fact, frozen=True):
    """The facts of a visit arrived in a user-month (`visit`; None: the visit `withdrawn` has moved to another one).

    `assessments` are the results that differ from what the ledger held before, the visit's own included; a `withdrawn`
    visit has none any more.
    """

    TYPE: ClassVar[str] = "yui.billing.subsidy_assessed.v1"

    user: str
    month: str
    visit: VisitFacts | None
    void: bool
    withdrawn: str | None
    assessments: tuple[Assessment, ...]


class SubsidyReassessed(Fact, frozen=True):
    """Rules were enacted backwards; the results of a user-month that differ under them."""

    TYPE: ClassVar[str] = "yui.billing.subsidy_reassessed.v1"

    user: str
    month: str
    rules: str
    assessments: tuple[Assessment, ...]


class OrganisationGranted(Fact, frozen=True):
    """An organisation's details arrived, a day began, or rules were enacted: the grants that differ from before."""

    TYPE: ClassVar[str] = "yui.billing.organisation_granted.v1"

    organisation: OrganisationDetails
    through: date
    grants: tuple[Grant, ...]


class BillingDayNoted(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.billing.day_noted.v1"

    on: date


class BillingSweepAdvanced(Fact, frozen=True):
    """Progress of deciding old user-months anew after a backward enactment. `after` is the last bucket done."""

    TYPE: ClassVar[str] = "yui.billing.sweep_advanced.v1"

    rules: str
    after: str
    done: int
    finished: bool


CONTRACT = contract(
    "billing",
    (
        BillingRulesEnacted,
        SubsidyAssessed,
        SubsidyReassessed,
        OrganisationGranted,
        BillingDayNoted,
        BillingSweepAdvanced,
    ),
)
