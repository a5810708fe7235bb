"""States folded before, kept while they are provably current.

A tenant's states are valid exactly while the tenant's head is the one they were folded up to; any event appended by
somebody else makes the head another one, and the tenant is folded anew.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

from shared.flow.ports import Stream
from shared.kernel.messages import Head

ROOM_BYTES = 56_000_000
BYTES_OF_ANY = 900
"""What the place of a state takes, however small the state is."""

Versioned = tuple[int, Any]
"""(version of the stream, its state)"""

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """Values of about `room` bytes in all; those used longest ago leave first."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._taken = 0
        self._entries: OrderedDict[Key, tuple[int, Value]] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[1]

    def put(self, key: Key, value: Value, size: int) -> bool:
        """Whether all others could stay."""
        known = self._entries.get(key)
        if known is not None:
            self._taken -= known[0]
        self._entries[key] = (size, value)
        self._entries.move_to_end(key)
        self._taken += size
        stayed = True
        while self._taken > self._room:
            self._taken -= self._entries.popitem(last=False)[1][0]
            stayed = False
        return stayed


def size_of(version: int, bytes_per_event: int) -> int:
    """About how many bytes of memory a state takes after so many events."""
    return BYTES_OF_ANY + version * bytes_per_event


class Proposal(NamedTuple):
    """The states that a transaction would leave, and the heads of their tenant before and after it."""

    before: Head
    after: Head
    states: Mapping[str, Versioned]


class States:
    """About `room` bytes of states. `bytes_per_event` tells it of a stream; streams of 0 are not kept.

    What a transaction leaves is proposed while it holds its tenants' heads, and taken over once a head is seen to be
    the one that it leaves: a head's hash names every event before it, so nobody else can have made it. Who is slow to
    say that it has committed, or never does, leaves nothing stale to those who went on meanwhile.
    """

    def __init__(self, bytes_per_event: Callable[[str], int], room: int = ROOM_BYTES) -> None:
        self._bytes_per_event = bytes_per_event
        self._heads: dict[str, Head] = {}
        self._epochs: dict[str, int] = {}
        self._proposals: dict[str, Proposal] = {}
        self._kept: Kept[Stream, tuple[int, Versioned]] = Kept(room)
        self._lock = Lock()

    def open(self, heads: Mapping[str, Head]) -> None:
        """For who holds these heads: forget every tenant whose head has moved on without us."""
        with self._lock:
            for tenant, head in heads.items():
                if not self._take_over(tenant, head) and self._heads.get(tenant) != head:
                    self._epochs[tenant] = self._epochs.get(tenant, 0) + 1
                    self._heads[tenant] = head
                self._proposals.pop(tenant, None)

    def get(self, stream: Stream) -> Versioned | None:
        with self._lock:
            entry = self._kept.get(stream)
        return None if entry is None or entry[0] != self._epochs.get(stream[0]) else entry[1]

    def propose(
        self, before: Mapping[str, Head], after: Mapping[str, Head], states: Mapping[Stream, Versioned]
    ) -> None:
        """For who still holds the heads `before`: the states at the heads `after`."""
        of_tenants: dict[str, dict[str, Versioned]] = {tenant: {} for tenant in after}
        for (tenant, stream), state in states.items():
            of_tenants[tenant][stream] = state
        with self._lock:
            for tenant, head in after.items():
                self._proposals[tenant] = Proposal(before[tenant], head, of_tenants[tenant])

    def committed(self, heads: Mapping[str, Head]) -> None:
        """These heads are in the database, or have been: take over what was proposed for them."""
        with self._lock:
            for tenant, head in heads.items():
                if self._take_over(tenant, head):
                    del self._proposals[tenant]

    def _take_over(self, tenant: str, head: Head) -> bool:
        proposal = self._proposals.get(tenant)
        if proposal is None or (proposal.before, proposal.after) != (self._heads.get(tenant), head):
            return False
        self._heads[tenant] = head
        epoch = self._epochs.setdefault(tenant, 0)
        for stream, state in proposal.states.items():
            each = self._bytes_per_event(stream)
            if each:
                self._kept.put((tenant, stream), (epoch, state), size_of(state[0], each))
        return True
