"""What `requests` reacts to. Names are permanent: they are keys in the database."""

from services.requests import views
from services.requests.events import (
    ActivityCorrected,
    ActivityRecorded,
    VisitConfirmed,
    VisitCorrected,
    VisitPlanned,
)
from services.requests.lookups import REGISTER_FACTS, when_register_corrected_restate
from shared.flow.subscriptions import LookingPolicy, Subscription, types

OWN = ("requests",)

SUBSCRIPTIONS = (
    Subscription("requests.organisations", OWN, types(*views.ORGANISATION_FACTS), views.ORGANISATIONS),
    Subscription("requests.people", OWN, types(*views.PERSON_FACTS), views.PEOPLE),
    Subscription("requests.visits", OWN, types(VisitPlanned, *views.VISIT_FACTS), views.VISITS),
    Subscription("requests.activities", OWN, types(*views.ACTIVITY_FACTS), views.ACTIVITIES),
    Subscription(
        "requests.restate",
        OWN,
        types(*REGISTER_FACTS, VisitConfirmed, VisitCorrected, ActivityRecorded, ActivityCorrected),
        LookingPolicy(when_register_corrected_restate),
    ),
)
