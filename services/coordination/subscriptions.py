"""What `coordination` reacts to: its own facts, to show them."""

from services.coordination import views
from shared.flow.subscriptions import Subscription, types

OWN = ("coordination",)

SUBSCRIPTIONS = (
    Subscription("coordination.municipalities", OWN, types(*views.MUNICIPALITY_FACTS), views.MUNICIPALITIES),
    Subscription("coordination.districts", OWN, types(*views.DISTRICT_FACTS), views.DISTRICTS),
)
