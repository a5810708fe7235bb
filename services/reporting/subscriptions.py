"""What `reporting` reacts to. The name is permanent: it is a key in the database."""

from services.reporting import views
from shared.flow.subscriptions import Subscription, types

SUBSCRIPTIONS = (
    Subscription(
        "reporting.figures",
        ("requests", "billing", "points", "coordination"),
        types(*views.FACTS),
        views.FIGURES,
        watched=True,
    ),
)
