"""What `billing` reacts to. Names are permanent: they are keys in the database."""

from services.billing import lookups, policies, views
from services.billing.events import BillingRulesEnacted, BillingSweepAdvanced, OrganisationGranted, SubsidyAssessed
from shared.flow.subscriptions import LookingPolicy, Policy, Subscription, types
from shared.kernel.contracts.coordination import DayBegan
from shared.kernel.contracts.requests import (
    OrganisationCorrected,
    OrganisationRegistered,
    VisitConfirmed,
    VisitCorrected,
    VisitRestated,
    VisitVoided,
)

OWN = ("billing",)

SUBSCRIPTIONS = (
    Subscription(
        "billing.assess_visits",
        ("requests",),
        types(VisitConfirmed, VisitCorrected, VisitRestated, VisitVoided),
        Policy(
            {
                VisitConfirmed: policies.when_visit_confirmed_assess,
                VisitCorrected: policies.when_visit_moved_assess,
                VisitRestated: policies.when_visit_moved_assess,
                VisitVoided: policies.when_visit_voided_assess,
            }
        ),
    ),
    Subscription(
        "billing.grant_organisations",
        ("requests", "coordination", "billing"),
        types(OrganisationRegistered, OrganisationCorrected, DayBegan, BillingRulesEnacted),
        LookingPolicy(lookups.when_day_or_organisation_known_grant),
    ),
    Subscription(
        "billing.sweep",
        OWN,
        types(SubsidyAssessed, BillingRulesEnacted, BillingSweepAdvanced),
        LookingPolicy(lookups.when_rules_enacted_sweep),
    ),
    Subscription("billing.assessments", OWN, types(*views.ASSESSMENT_FACTS), views.ASSESSMENTS),
    Subscription("billing.grants", OWN, types(OrganisationGranted), views.GRANTS),
)
