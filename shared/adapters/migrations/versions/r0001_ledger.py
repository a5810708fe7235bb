"""The ledger and what is counted beside it, in every service's schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

REFUSE = """
CREATE FUNCTION refuse_to_change_the_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'restrict_violation';
END $$
"""


def upgrade() -> None:
    _ledger()
    for name in ("heads", "published"):
        others = [sa.Column("hash", sa.LargeBinary, nullable=False)] if name == "heads" else []
        op.create_table(
            name,
            sa.Column("tenant", sa.Text, primary_key=True),
            sa.Column("seq", sa.BigInteger, nullable=False),
            *others,
        )
    op.create_table(
        "answers",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("input_hash", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("answered_at", sa.Text, nullable=False),
    )
    _subscriptions()


def _ledger() -> None:
    texts = [sa.Column(name, sa.Text, nullable=False) for name in ("type", "time", "actor", "cause", "correlation")]
    raws = [sa.Column(name, sa.LargeBinary, nullable=False) for name in ("data", "prevhash", "hash")]
    op.create_table(
        "ledger",
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        *texts,
        *raws,
        sa.UniqueConstraint("tenant", "stream", "version"),
    )
    op.execute(REFUSE)
    op.execute(
        "CREATE TRIGGER ledger_refuses_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_ledger()"
    )


def _subscriptions() -> None:
    op.create_table(
        "positions",
        sa.Column("subscription", sa.Text, primary_key=True),
        sa.Column("generation", sa.Integer, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "generations",
        sa.Column("view", sa.Text, primary_key=True),
        sa.Column("generation", sa.Integer, nullable=False),
    )
    op.create_table(
        "parked",
        sa.Column("subscription", sa.Text, primary_key=True),
        sa.Column("tenant", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
    )
    op.create_table(
        "quarantined",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("subscription", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        sa.UniqueConstraint("subscription", "place"),
    )
