"""What stands in a ledger, for comparison."""

from shared.flow.ports import LedgerReader
from shared.kernel.messages import Event


def attributes(event: Event) -> tuple[object, ...]:
    """Every stored attribute of an event."""
    return (
        event.service,
        event.tenant,
        event.seq,
        event.stream,
        event.version,
        event.type,
        event.time,
        event.actor,
        event.cause,
        event.correlation,
        event.data,
        event.prevhash,
        event.hash,
    )


def whole_ledger(ledger: LedgerReader) -> dict[str, list[tuple[object, ...]]]:
    """Every attribute of every event, by tenant."""
    return {
        tenant: [attributes(event) for event in ledger.read(tenant, 0, 1_000_000)] for tenant in sorted(ledger.heads())
    }


def facts(ledger: LedgerReader, tenant: str) -> list[object]:
    return [event.fact for event in ledger.read(tenant, 0, 1_000_000)]
