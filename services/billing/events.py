"""The public events of `billing`."""

from shared.kernel.contracts.billing import (
    CONTRACT,
    Assessment,
    BillingDayNoted,
    BillingRulesEnacted,
    BillingSweepAdvanced,
    Flag,
    Grant,
    OrganisationGranted,
    Reason,
    SubsidyAssessed,
    SubsidyReassessed,
)

__all__ = [
    "CONTRACT",
    "Assessment",
    "BillingDayNoted",
    "BillingRulesEnacted",
    "BillingSweepAdvanced",
    "Flag",
    "Grant",
    "OrganisationGranted",
    "Reason",
    "SubsidyAssessed",
    "SubsidyReassessed",
]
