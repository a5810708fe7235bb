"""The vault of `requests`: what says who somebody is."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT current_schema()")) != "requests":
        return
    details = ("name", "kana")
    contacts = ("postal_code", "address", "phone")
    op.create_table(
        "vault_people",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("office_id", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("details_from", sa.Date),
        *[sa.Column(name, sa.Text) for name in details],
        sa.Column("birth_date", sa.Date),
        *[sa.Column(name, sa.Text) for name in contacts],
        sa.UniqueConstraint("tenant", "person"),
    )
    op.create_table(
        "vault_rows",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("care_from", sa.Text, primary_key=True),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "vault_texts",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("ref", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "vault_reads",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("tenant", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
