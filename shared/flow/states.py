"""States folded before, kept while they are provably current.

A tenant's states are valid exactly while the tenant's head is the one they were folded up to; any event appended by
somebody else makes the head another one, and the tenant is folded anew.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from shared.flow.ports import Stream
from shared.kernel.messages import Head

Versioned = tuple[int, Any]
"""(version of the stream, its state)"""


class States:
    """At most `limit` states, least recently used ones leave first."""

    def __init__(self, limit: int = 4_000) -> None:
        self._limit = limit
        self._heads: dict[str, Head] = {}
        self._epochs: dict[str, int] = {}
        self._entries: OrderedDict[Stream, tuple[int, Versioned]] = OrderedDict()

    def open(self, heads: Mapping[str, Head]) -> None:
        """Forget every tenant of `heads` whose head has moved on without us."""
        for tenant, head in heads.items():
            if self._heads.get(tenant) != head:
                self._epochs[tenant] = self._epochs.get(tenant, 0) + 1
                self._heads[tenant] = head

    def get(self, stream: Stream) -> Versioned | None:
        entry = self._entries.get(stream)
        if entry is None or entry[0] != self._epochs.get(stream[0]):
            return None
        self._entries.move_to_end(stream)
        return entry[1]

    def keep(self, heads: Mapping[str, Head], states: Mapping[Stream, Versioned]) -> None:
        """Take over the states of a committed transaction, and the heads it left."""
        self._heads.update(heads)
        for stream, state in states.items():
            self._entries[stream] = (self._epochs.setdefault(stream[0], 0), state)
            self._entries.move_to_end(stream)
        while len(self._entries) > self._limit:
            self._entries.popitem(last=False)
