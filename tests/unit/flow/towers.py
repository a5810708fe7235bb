"""A consumer of the toy's ledger, with its hands free: the test puts into its inbox what it likes."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.adapters.sql_sqlite import SqliteStore, SqliteTransaction
from shared.flow.consume import Consumer
from shared.flow.handle import Desk, handle
from shared.flow.ports import Delivered, Unavailable
from shared.flow.subscriptions import Subscription
from shared.kernel.messages import Event
from tests.controls import TAKAMATSU
from tests.fakes import Counts, HandInbox, SetClock
from tests.projecting import all_rows
from tests.tally import LEVELS, MIRROR, TALLY, Put, request
from tests.unit.flow.reading import facts


class PowerCut(BaseException):
    """The process is gone."""


class FragileStore(SqliteStore):
    """A store whose next transactions can be made to fail: before they begin, or just before they commit."""

    before_begin: BaseException | None = None
    before_commit: BaseException | None = None
    transactions_to_spare: int = 0

    @contextmanager
    def begin(self, tenants: Collection[str], *, urgent: bool = False) -> Iterator[SqliteTransaction]:
        spared = self.transactions_to_spare > 0
        self.transactions_to_spare -= spared
        if self.before_begin and not spared:
            raise self.before_begin
        with super().begin(tenants, urgent=urgent) as tx:
            yield tx
            if self.before_commit and not spared:
                raise self.before_commit


@dataclass
class Tower:
    """The ledger of `tally`, the store of `mirror`, and one consumer between them."""

    folder: Path
    subscription: Subscription
    inbox: HandInbox = field(default_factory=HandInbox)
    counts: Counts = field(default_factory=Counts)

    def __post_init__(self) -> None:
        self.tally = SqliteStore(self.folder / "tally.db", TALLY.contract, synchronous="OFF")
        self.source = Desk(self.tally, TALLY, SetClock())
        self.open()

    def open(self) -> None:
        """Start the consumer's process, anew."""
        self.mirror = FragileStore(self.folder / "mirror.db", MIRROR.contract, synchronous="OFF")
        with self.mirror.begin([TAKAMATSU]) as tx:
            LEVELS.open(tx.connection, tx.generation(LEVELS.name))
        known = {"tally": TALLY.contract.facts.keys()}
        desk = Desk(self.mirror, MIRROR, SetClock())
        self.consumer = Consumer(self.subscription, desk, self.inbox, {"tally": self.tally}, known, self.counts)

    def close(self) -> None:
        self.tally.close()
        self.mirror.close()

    def record(self, *commands: Any, tenant: str = TAKAMATSU) -> list[Event]:
        """Have these recorded in `tally`; the events they made."""
        before = self.tally.head(tenant).seq
        handle(self.source, [request(tenant, command) for command in commands])
        return self.tally.read(tenant, before, 1_000)

    def put(self, *amounts: int, tenant: str = TAKAMATSU) -> list[Event]:
        return self.record(*[Put("a", amount) for amount in amounts], tenant=tenant)

    def deliver(self, events: Sequence[Event]) -> None:
        self.inbox.put(*[Delivered(event) for event in events])

    def run(self) -> int:
        """Call step until there is nothing to do; how often it had something to do."""
        for times in range(100):
            if not self.consumer.step():
                return times
        raise AssertionError("never comes to rest")

    def copied(self, tenant: str = TAKAMATSU) -> list[int]:
        return [getattr(fact, "amount", -1) for fact in facts(self.mirror, tenant)]

    def levels(self, tenant: str = TAKAMATSU) -> dict[str, int]:
        with self.mirror.reading(tenant) as connection:
            return {jar: level for _, _, jar, level in all_rows(LEVELS, connection, 1, tenant)}

    def reached(self, tenant: str = TAKAMATSU) -> int:
        return self.mirror.position(self.subscription.name, ("tally", tenant))


OUTAGE = Unavailable("the disk is full")
