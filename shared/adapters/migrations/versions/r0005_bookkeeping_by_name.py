"""Heads, checkpoints, positions and what is parked are written for named municipalities only.

No table changes: the policies are made after every migration (see `shared.adapters.sql_policies`). The step keeps
programs of before away, whose rebuild would forget no position under them.
"""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Nothing, see above."""
