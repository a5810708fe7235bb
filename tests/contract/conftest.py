from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from shared.adapters.kafka_settings import KafkaSettings
from shared.adapters.kafka_topics import declare
from shared.flow.ports import Bus, Store
from tests.contract.backends import BUSES, CONTRACTS, PARTITIONS, STORES, BusFactory, StoreFactory


@pytest.fixture(params=STORES)
def store_factory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreFactory]:
    factory = STORES[request.param](tmp_path)
    yield factory
    factory.close()


@pytest.fixture
def store(store_factory: StoreFactory) -> Store:
    return store_factory.open()


@pytest.fixture(params=BUSES)
def bus_factory(request: pytest.FixtureRequest) -> Iterator[BusFactory]:
    factory = BUSES[request.param](request)
    yield factory
    factory.close()


@pytest.fixture
def bus(bus_factory: BusFactory) -> Bus:
    return bus_factory.open()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that a server which may not run as root can reach, other than pytest's own."""
    with TemporaryDirectory(prefix="yui-server-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def settings(kafka_server: str, kafka_prefix: str) -> KafkaSettings:
    made = KafkaSettings((kafka_server,), prefix=kafka_prefix, partitions=PARTITIONS, session_ms=6_000)
    declare(made, CONTRACTS)
    return made
