"""What the loops need from the world. One contract suite per port in `tests/contract/`."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from shared.kernel.messages import GENESIS, Event, Head

Stream = tuple[str, str]
"""(tenant, stream)"""

Source = tuple[str, str]
"""(service, tenant): one ledger"""


class Stretch(NamedTuple):
    """A part of one ledger: so many events, those that follow the sequence number `after`."""

    after: int
    size: int


class Damaged(Exception):
    """台帳のファイルが壊れていて、読めません。"""


class Unavailable(Exception):
    """いまは台帳またはバスに届きません。時間をおいて自動でやり直します。"""


class WrongSchema(Exception):
    """台帳またはトピックの形が、この版の Yui と合いません。"""


NO_PLACE = -1
"""The partition and offset of what did not come from the bus."""


class Position(NamedTuple):
    """How far a subscription has come in one tenant's ledger of one source, and in the partition of the bus that the
    tenant is in.
    """

    seq: int
    hash: bytes
    partition: int
    offset: int


NOWHERE = Position(0, GENESIS, NO_PLACE, NO_PLACE)
"""Where every subscription begins."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A tenant that a subscription has set aside, at which event, and why."""

    subscription: str
    tenant: str
    source: str
    seq: int
    reason: str
    since: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Bytes that could not be read as an event, with the place they came from."""

    subscription: str
    place: str
    raw: bytes
    reason: str
    since: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to an idempotency key, and the hash of the input it came with."""

    input_hash: bytes
    body: bytes


class Transaction(Protocol):
    """One write transaction of one service's store. `connection` is what its views and vault write through."""

    @property
    def connection(self) -> Any: ...

    def lock_heads(self, tenants: Collection[str]) -> dict[str, Head]:
        """The heads of these tenants, locked in sorted order; START for a tenant without events."""

    def load(self, streams: Collection[Stream]) -> dict[Stream, list[Event]]:
        """All events of these streams, each in version order, in one query."""

    def append(self, events: Sequence[Event]) -> None:
        """Insert the events and move the heads of their tenants to the last of each."""

    def answers(self, keys: Collection[Stream]) -> dict[Stream, Answer]:
        """Answers already given, by (tenant, idempotency key)."""

    def remember(self, answers: Mapping[Stream, Answer], at: str) -> None: ...

    def generation(self, view: str) -> int:
        """The live generation of a view or policy, 1 in the beginning."""

    def standing(self, subscription: str) -> tuple[int, set[str]]:
        """The live generation of a subscription, and the tenants that it has set aside."""

    def positions(self, subscription: str, generation: int, sources: Collection[Source]) -> dict[Source, Position]: ...

    def move(self, subscription: str, generation: int, positions: Mapping[Source, Position]) -> None: ...

    def park(self, parked: Parked) -> None: ...

    def unpark(self, subscription: str, tenant: str) -> bool: ...

    def quarantine(self, quarantined: Quarantined) -> None: ...

    def switch(self, view: str, generation: int) -> None:
        """Make a generation of a view the live one and forget the positions of the others."""

    def forget(self, view: str, generation: int) -> None:
        """Forget the positions of a generation that is built anew."""

    def publish_checkpoint(self, checkpoints: Mapping[str, int]) -> None:
        """Everything up to these sequence numbers, by tenant, has been acknowledged by the bus."""

    def on_commit(self, call: Callable[[], None]) -> None: ...


class Recorded(Protocol):
    """Recorded events, wherever they are kept."""

    @property
    def service(self) -> str: ...

    def read(self, tenant: str, after: int, limit: int) -> list[Event]:
        """Events with seq > after, in seq order, at most `limit`."""


class LedgerReader(Recorded, Protocol):
    """The read-only port on a ledger: for relays, for consumers that miss an event, for audits."""

    def heads(self) -> dict[str, Head]: ...

    def head(self, tenant: str) -> Head: ...


class Store(LedgerReader, Protocol):
    """One service's ledger, vault, positions and views: one database."""

    def begin(self, tenants: Collection[str], *, urgent: bool = False) -> AbstractContextManager[Transaction]:
        """A write transaction, committed at the end, rolled back on an exception. Writers wait their turn;
        `urgent` ones (a person waits) before bulk work.

        It sees and writes the rows of these municipalities only (row-level security, where the database has it);
        heads, positions, checkpoints, generations and what is set aside are seen regardless.
        """

    def reading(self, *tenants: str) -> AbstractContextManager[Any]:
        """A connection with one consistent snapshot, for queries of these municipalities."""

    def stream(self, tenant: str, stream: str) -> list[Event]:
        """One stream's events in version order. Damaged when one of them is missing, as far as the store can see."""

    def astray(self, tenant: str) -> int | None:
        """The number of a tenant's first event that would be missing from its stream, in a ledger whose chain is whole;
        None when all are found.
        """

    def generation_within(self, connection: Any, view: str) -> int:
        """The live generation of a view, in the snapshot of `reading()`."""

    def positions_within(self, connection: Any, subscription: str) -> dict[Source, int]:
        """The seqs that the live generation has reached, in the snapshot of `reading()`."""

    def read_each(self, stretches: Mapping[str, Stretch]) -> list[Event]:
        """A stretch of the ledger of each of these tenants, in seq order; less where there is no more."""

    def unpublished(self) -> dict[str, Stretch]:
        """By tenant, what its ledger has past its checkpoint; who has nothing is left out."""

    def all_positions(self) -> list[tuple[str, int, Source, Position]]: ...

    def heads_of(self, tenants: Collection[str]) -> dict[str, Head]:
        """Of each of these, START where nothing is recorded yet."""

    def position(self, subscription: str, source: Source) -> int:
        """The seq that the live generation of a subscription has reached; 0 before its first event."""

    def positions_of(self, subscription: str, sources: Collection[Source]) -> dict[Source, int]:
        """The same of several ledgers, at one moment, in their order."""

    def all_parked(self) -> list[Parked]: ...

    def all_quarantined(self) -> list[Quarantined]: ...

    def close(self) -> None: ...


class Delivered(NamedTuple):
    """An event as it came from the bus, or, without a place, from its ledger."""

    event: Event
    partition: int = NO_PLACE
    offset: int = NO_PLACE


@dataclass(frozen=True, slots=True)
class Announced:
    """The head of one ledger, as its relay announces it."""

    service: str
    tenant: str
    head: Head


@dataclass(frozen=True, slots=True)
class Garbled:
    """A message that is no event."""

    place: str
    raw: bytes
    reason: str


Polled = Delivered | Announced | Garbled


class Inbox(Protocol):
    """One subscription's end of the bus."""

    def poll(self, limit: int) -> list[Polled]:
        """What has arrived, at most `limit`; empty when there is nothing now."""


class Bus(Protocol):
    def publish(self, events: Sequence[Event]) -> None:
        """Publish in this order; returns when the bus has taken them over."""

    def announce(self, heads: Iterable[Announced]) -> None: ...

    def has_room(self, source: str) -> bool:
        """Whether the consumers of this service's facts keep up; its relay waits while they do not."""

    def inbox(self, subscription: str, sources: Collection[str]) -> Inbox: ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The instant, aware, UTC."""


class Observer(Protocol):
    """What the loops tell about themselves; labels come from closed sets."""

    def count(self, name: str, amount: int = 1, **labels: str) -> None: ...

    def observe(self, name: str, value: float, **labels: str) -> None: ...
