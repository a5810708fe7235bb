"""From random ids to what the office calls a person: one batch call to the owner of the vault, logged (decision 9)."""

from collections.abc import Collection

from services.requests import vault
from shared.flow.system import System


def shown_people(
    system: System, tenant: str, people: Collection[str], actor: str, purpose: str
) -> dict[str, vault.Person]:
    """By random id; erased people are missing."""
    at = system.clock.now().isoformat(timespec="seconds")
    with system.store("requests").begin([tenant], urgent=True) as tx:
        return vault.show(tx.connection, tenant, people, actor, purpose, at)


def office_ids(system: System, tenant: str, people: Collection[str], actor: str, purpose: str) -> dict[str, str]:
    """The office's number of each person; the random id itself for an erased one."""
    shown = shown_people(system, tenant, people, actor, purpose)
    return {person: shown[person].office_id if person in shown else person for person in people}
