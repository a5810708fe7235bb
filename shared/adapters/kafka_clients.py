"""A mend for kafka-python 3.0.12: a join of a group that ends between two polls counts.

Its coordinator forgets such a join and joins anew. That makes the other members join anew, whose joins end between two
polls of theirs, and so on: members that handle batches can chase one another for minutes.
"""

from typing import Any

from kafka import KafkaConsumer
from kafka.coordinator.consumer import ConsumerCoordinator


class JoiningConsumer(KafkaConsumer):  # type: ignore[misc]
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._coordinator.__class__ = _Coordinator


class _Coordinator(ConsumerCoordinator):  # type: ignore[misc]
    _joined: tuple[Any, bytes] | None = None
    """(generation, assignment) that no poll has taken yet. Meanwhile no heartbeat is sent; a member that has been
    excluded learns it from the first one after, and joins anew.
    """

    async def _do_join_and_sync_async(self) -> bytes:
        if self._joined is None or self._joined[0] is not self._generation:
            assignment = await super()._do_join_and_sync_async()
            self._joined = self._generation, assignment
        return self._joined[1]

    async def _on_join_complete_async(self, *joined: Any) -> None:
        self._joined = None
        await super()._on_join_complete_async(*joined)
