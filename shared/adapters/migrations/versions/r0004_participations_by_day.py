"""Participations lie in the order of visits; a person's are found by day (see `shared.adapters.sql_days`)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT current_schema()")) != "requests":
        return
    op.drop_constraint("participations_pkey", "participations")
    op.create_primary_key("participations_pkey", "participations", ["tenant", "number", "kind", "person"])
    op.create_index("participations_on_day", "participations", ["tenant", "on_day", "person"])
