"""New random ids."""

from uuid_utils import uuid7


def mint() -> str:
    """A UUIDv7."""
    return str(uuid7())
