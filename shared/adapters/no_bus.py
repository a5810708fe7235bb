"""The bus as a process sees it that neither publishes nor consumes: other processes do."""

from collections.abc import Collection, Iterable, Sequence

from shared.flow.ports import Announced, Polled
from shared.kernel.messages import Event


class NoInbox:
    def poll(self, limit: int) -> list[Polled]:  # noqa: ARG002 - whatever is asked for, nothing arrives
        return []


class NoBus:
    """There is never room, so no relay takes anything for published."""

    def publish(self, events: Sequence[Event]) -> None:
        raise NotImplementedError(f"{len(events)} events: other processes publish")

    def announce(self, heads: Iterable[Announced]) -> None:
        """Other processes do."""

    def has_room(self, source: str) -> bool:  # noqa: ARG002 - for none of them
        return False

    def inbox(self, subscription: str, sources: Collection[str]) -> NoInbox:  # noqa: ARG002 - other processes consume
        return NoInbox()
