"""The tables of every service's store that cannot be rebuilt, and the guards on the ledger."""

import sqlalchemy as sa

metadata = sa.MetaData()

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("time", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("correlation", sa.Text, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("prevhash", sa.LargeBinary, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("tenant", "stream", "version").ddl_if(dialect="postgresql"),
)

heads = sa.Table(
    "heads",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
)

published = sa.Table(
    "published",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
)

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("input_hash", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("answered_at", sa.Text, nullable=False),
)

positions = sa.Table(
    "positions",
    metadata,
    sa.Column("subscription", sa.Text, primary_key=True),
    sa.Column("generation", sa.Integer, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("partition", sa.Integer, nullable=False),
    sa.Column("offset", sa.BigInteger, nullable=False),
)

generations = sa.Table(
    "generations",
    metadata,
    sa.Column("view", sa.Text, primary_key=True),
    sa.Column("generation", sa.Integer, nullable=False),
)

parked = sa.Table(
    "parked",
    metadata,
    sa.Column("subscription", sa.Text, primary_key=True),
    sa.Column("tenant", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("since", sa.Text, nullable=False),
)

quarantined = sa.Table(
    "quarantined",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("subscription", sa.Text, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("since", sa.Text, nullable=False),
    sa.UniqueConstraint("subscription", "place"),
)


def refusing(change: str, table: str) -> str:
    """What has SQLite refuse to update or delete rows of a table of the ledger."""
    return (
        f"CREATE TRIGGER IF NOT EXISTS {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


for _change in ("UPDATE", "DELETE"):
    _guard: sa.DDL = sa.DDL(refusing(_change, "ledger"))  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
    sa.event.listen(ledger, "after_create", _guard.execute_if(dialect="sqlite"))


def create_missing(connection: sa.Connection, table: sa.Table) -> None:
    """The table, and each of its indexes, unless they are there: a table can be older than an index of it."""
    table.create(connection, checkfirst=True)
    for index in table.indexes:
        connection.execute(sa.schema.CreateIndex(index, if_not_exists=True))
