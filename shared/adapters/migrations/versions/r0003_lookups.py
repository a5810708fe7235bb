"""Tables that policies look things up in. They are written by policies, not by projections: nothing rebuilds them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KEYS: dict[str, dict[str, tuple[str, ...]]] = {
    "billing": {"known_organisations": ("organisation_id",), "user_months": ("month", "person")},
    "points": {"known_accounts": ("person",)},
    "requests": {"participations": ("person", "kind", "number")},
}


def upgrade() -> None:
    service = op.get_bind().scalar(sa.text("SELECT current_schema()"))
    for name, key in KEYS.get(service, {}).items():
        op.create_table(name, *[sa.Column(column, sa.Text, primary_key=True) for column in ("tenant", *key)])
    if service == "requests":
        op.add_column("participations", sa.Column("on_day", sa.Date, nullable=False))
        op.add_column("participations", sa.Column("organisation_id", sa.Text, nullable=False))
        op.add_column("participations", sa.Column("people", sa.Text, nullable=False))
