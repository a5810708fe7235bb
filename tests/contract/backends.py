"""The adapters behind the ports, each with its differences declared. A new adapter is one entry in STORES or BUSES.

An adapter is done when it passes the suites of this folder; a backend that is not there fails them, it never skips.
"""

from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from shared.adapters.kafka_bus import KafkaBus
from shared.adapters.kafka_inbox import KafkaInbox
from shared.adapters.kafka_settings import KafkaSettings
from shared.adapters.kafka_topics import declare
from shared.adapters.local_bus import LocalBus
from shared.adapters.sql_postgres import PostgresStore
from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.ports import Bus, Inbox, Polled, Store
from shared.flow.subscriptions import Subscription
from tests.controls import TENANTS
from tests.servers_kafka import fresh_prefix
from tests.servers_postgres import running_postgres
from tests.tally import MIRROR, TALLY


@dataclass(frozen=True)
class StoreFeatures:
    """`writes_side_by_side`: transactions of different tenants do not wait for one another."""

    writes_side_by_side: bool


class StoreFactory(Protocol):
    @property
    def features(self) -> StoreFeatures: ...

    def open(self, committed: Callable[[bool], None] = ...) -> Store:
        """The same database, opened anew as by another process or after a crash."""

    def break_down(self, store: Store) -> None:
        """From now on the database takes no more events: a full disk, a lost connection."""

    def close(self) -> None: ...


@dataclass
class SqliteFactory:
    folder: Path
    features: StoreFeatures = StoreFeatures(writes_side_by_side=False)
    opened: list[SqliteStore] = field(default_factory=list)

    def open(self, committed: Callable[[bool], None] = lambda _appended: None) -> Store:
        store = SqliteStore(self.folder / "tally.db", TALLY.contract, committed, synchronous="OFF")
        self.opened.append(store)
        return store

    def break_down(self, store: Store) -> None:
        with store.begin(TENANTS) as tx:
            pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar()
            tx.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def close(self) -> None:
        for store in self.opened:
            store.close()


@dataclass(frozen=True)
class NamedService:
    """A service as far as `migrate` looks at it."""

    name: str
    subscriptions: tuple[Subscription, ...] = ()


@dataclass
class PostgresFactory:
    folder: Path
    features: StoreFeatures = StoreFeatures(writes_side_by_side=True)

    def __post_init__(self) -> None:
        self._open = ExitStack()
        server = running_postgres()
        self.database = self._open.enter_context(server.database(server.template("tally", [NamedService("tally")])))

    def open(self, committed: Callable[[bool], None] = lambda _appended: None) -> PostgresStore:
        self.database.as_admin(f"GRANT CONNECT ON DATABASE {self.database.name} TO PUBLIC")
        return PostgresStore(self.database.engine("tally", "migrator"), TALLY.contract, committed)

    def break_down(self, _store: Store) -> None:
        self.database.as_admin(
            f"REVOKE CONNECT ON DATABASE {self.database.name} FROM PUBLIC",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )

    def close(self) -> None:
        self._open.close()


STORES: dict[str, Callable[[Path], StoreFactory]] = {"sqlite": SqliteFactory, "postgres": PostgresFactory}


@dataclass(frozen=True)
class BusFeatures:
    """`keeps`: an inbox opened later still gets what was published before. `bounded`: full inboxes drop what comes."""

    keeps: bool
    bounded: bool


class BusFactory(Protocol):
    @property
    def features(self) -> BusFeatures: ...

    def open(self) -> Bus:
        """The same bus, connected anew."""

    def taken(self, inbox: Inbox, limit: int = ...) -> list[Polled]:
        """Everything that arrives, polled at most `limit` at a time."""

    def close(self) -> None: ...


@dataclass
class LocalFactory:
    folder: Path
    features: BusFeatures = BusFeatures(keeps=False, bounded=True)

    def __post_init__(self) -> None:
        self.bus = LocalBus()

    def open(self) -> Bus:
        return self.bus

    def taken(self, inbox: Inbox, limit: int = 500) -> list[Polled]:
        messages: list[Polled] = []
        while polled := inbox.poll(limit):
            assert len(polled) <= limit
            messages += polled
        return messages

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class KafkaFactory:
    """Every inbox has joined its group, so that it gets what is announced from then on."""

    address: str
    features: BusFeatures = BusFeatures(keeps=True, bounded=False)
    opened: list[KafkaBus] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.settings = KafkaSettings((self.address,), prefix=fresh_prefix(), partitions=PARTITIONS)
        declare(self.settings, CONTRACTS)

    def open(self) -> Bus:
        bus = JoinedBus(self.settings, CONTRACTS, lambda _subscription: {})
        self.opened.append(bus)
        return bus

    def taken(self, inbox: Inbox, limit: int = 500) -> list[Polled]:
        assert isinstance(inbox, KafkaInbox)
        messages: list[Polled] = []
        while inbox.behind():
            polled = inbox.poll(limit)
            assert len(polled) <= limit
            messages += polled
        assert inbox.poll(limit) == []
        return messages

    def close(self) -> None:
        for bus in self.opened:
            bus.close()


class JoinedBus(KafkaBus):
    def inbox(self, subscription: str, sources: Collection[str]) -> KafkaInbox:
        inbox = super().inbox(subscription, sources)
        assert inbox.join(30)
        return inbox


PARTITIONS = 3
CONTRACTS = {decider.contract.service: decider.contract for decider in (TALLY, MIRROR)}

BUSES: dict[str, Callable[[pytest.FixtureRequest], BusFactory]] = {
    "local": lambda request: LocalFactory(request.getfixturevalue("tmp_path")),
    "kafka": lambda request: KafkaFactory(request.getfixturevalue("kafka_server")),
}
