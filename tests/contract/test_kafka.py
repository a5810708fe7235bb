"""What only a real broker has: groups, offsets, topics, foreign messages, and that it can be away."""

import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from kafka.consumer.fetcher import Fetcher
from kafka.coordinator.consumer import ConsumerCoordinator
from kafka.future import Future
from kafka.net.connection import KafkaConnection
from kafka.producer.sender import Sender

from deploy.kafka.server import start
from deploy.servers import free_port
from shared.adapters import kafka_inbox
from shared.adapters.kafka_bus import KafkaBus
from shared.adapters.kafka_clients import producer
from shared.adapters.kafka_inbox import KafkaInbox
from shared.adapters.kafka_reading import partition_of, read_topic
from shared.adapters.kafka_settings import KafkaSettings
from shared.adapters.kafka_topics import declare
from shared.adapters.kafka_wire import headers_of
from shared.flow.ports import Announced, Delivered, Garbled, Polled, Unavailable
from shared.kernel.messages import Event, chain_hash
from tests.contract.backends import CONTRACTS, PARTITIONS
from tests.contract.chains import chain, event
from tests.contract.members import Stored, joined, opened, seqs, taken
from tests.controls import MATSUDO, TAKAMATSU
from tests.tally import TALLY
from tests.waiting import until

HERE = partition_of(TAKAMATSU, PARTITIONS)
TOWNS = [f"{number:06d}" for number in range(100_000, 100_012)]


def tenants(messages: list[Polled]) -> set[str]:
    return {one.event.tenant for one in messages if isinstance(one, Delivered)}


def gathered(messages: list[Polled], inbox: KafkaInbox, limit: int = 500) -> list[Polled]:
    messages += inbox.poll(limit)
    return messages


def polled_after_a_batch(inbox: KafkaInbox) -> bool:
    time.sleep(0.2)
    return inbox.join(0)


# ------------------------------------------------------------------------------------ where a member goes on


def test_a_member_goes_on_after_the_stored_offset(settings: KafkaSettings) -> None:
    with opened(settings, {("tally", HERE): 2}) as bus:
        bus.publish(chain(5))
        arrived = taken(joined(bus))
    assert [(one.partition, one.offset) for one in arrived if isinstance(one, Delivered)] == [(HERE, 3), (HERE, 4)]
    assert seqs(arrived) == [4, 5]


def test_a_stored_offset_past_the_end_reads_from_the_beginning(settings: KafkaSettings) -> None:
    """A topic that was made anew: what is repeated is skipped, nothing is missed."""
    with opened(settings, {("tally", HERE): 1_000}) as bus:
        bus.publish(chain(2))
        inbox, got = joined(bus), list[Polled]()
        until(lambda: len(gathered(got, inbox)) >= 2)
    assert seqs(got) == [1, 2]


def test_announcements_of_the_past_do_not_arrive(settings: KafkaSettings) -> None:
    head = chain(1)[0].head
    with opened(settings) as bus:
        bus.announce([Announced("tally", TAKAMATSU, head)])
        inbox = joined(bus)
        bus.announce([Announced("tally", MATSUDO, head)])
        assert taken(inbox) == [Announced("tally", MATSUDO, head)]


def test_partitions_are_not_read_before_the_database_has_answered(settings: KafkaSettings) -> None:
    answers: list[Stored] = []

    def stored(_subscription: str) -> Stored:
        if not answers:
            raise Unavailable("database")
        return answers[0]

    with closing(KafkaBus(settings, CONTRACTS, stored)) as bus:
        bus.publish(chain(3))
        inbox = bus.inbox("sub", ("tally",))
        with pytest.raises(Unavailable, match="database"):
            until(lambda: inbox.poll(500) != [])
        answers.append({("tally", HERE): 0})
        assert inbox.join(30)
        assert seqs(taken(inbox)) == [2, 3]


def test_a_poll_of_nothing_keeps_the_place_and_takes_nothing(settings: KafkaSettings) -> None:
    with opened(settings) as bus:
        inbox = joined(bus)
        bus.publish(chain(3))
        assert [inbox.poll(0) for _ in range(20)] == [[]] * 20
        assert seqs(taken(inbox)) == [1, 2, 3]


def test_no_partition_is_left_out_of_a_request_while_its_records_are_handed_out(
    settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker would wait for the others, and half a second long nobody could ask for more of this one."""
    asked: list[int] = []
    create = Fetcher._create_fetch_requests

    def created(fetcher: Fetcher) -> Any:
        requests = create(fetcher)
        asked.extend(len(offsets) for _, offsets in requests.values())
        return requests

    events = chain(200)
    with opened(settings) as bus:
        inbox = joined(bus)
        bus.publish(events[:1])
        until(lambda: bool(inbox.poll(1)))  # from now on the broker's answers name only those that have something
        bus.publish(events[1:])
        monkeypatch.setattr(Fetcher, "_create_fetch_requests", created)
        got = list[Polled]()
        until(lambda: len(gathered(got, inbox, 7)) >= 199)
    assert seqs(got) == list(range(2, 201))
    assert set(asked) == {2 * PARTITIONS}


def test_members_that_are_busy_between_short_polls_come_to_share_the_partitions(
    settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker answers a member while it handles a batch: the answer counts at its next poll."""
    monkeypatch.setattr(kafka_inbox, "STAY_MS", 5)
    with opened(settings) as bus, opened(settings) as other_bus:
        one, other = joined(bus), other_bus.inbox("sub", ("tally",))
        until(lambda: all([polled_after_a_batch(one), polled_after_a_batch(other)]))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The clients that asked to join; the first of them is never answered, and soon given up. On a busy machine the
    second may take longer than that.
    """
    join, asked = ConsumerCoordinator._do_join_and_sync_async, list[object]()
    patience = kafka_inbox.START_OVER_SECONDS

    async def lost_once(coordinator: ConsumerCoordinator) -> object:
        asked.append(coordinator)
        if coordinator is asked[0]:
            return await Future()
        monkeypatch.setattr(kafka_inbox, "START_OVER_SECONDS", patience)
        return await join(coordinator)

    monkeypatch.setattr(ConsumerCoordinator, "_do_join_and_sync_async", lost_once)
    monkeypatch.setattr(kafka_inbox, "START_OVER_SECONDS", 1.0)
    return asked


def test_a_member_whose_join_is_never_answered_starts_over(settings: KafkaSettings, asked: list[object]) -> None:
    with opened(settings) as bus:
        bus.publish(chain(2))
        assert seqs(taken(joined(bus))) == [1, 2]
    assert len(set(map(id, asked))) == 2


def test_also_a_member_that_is_busy_between_short_polls_starts_over(
    settings: KafkaSettings, asked: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_inbox, "STAY_MS", 5)
    with opened(settings) as bus:
        inbox = bus.inbox("sub", ("tally",))
        polls = 1
        while not polled_after_a_batch(inbox):
            polls += 1
            assert polls < 100
    assert len(set(map(id, asked))) == 2


def test_two_members_share_the_partitions_and_one_takes_over_when_the_other_leaves(settings: KafkaSettings) -> None:
    chains = {town: chain(4, tenant=town) for town in TOWNS}
    with opened(settings) as bus, opened(settings) as other_bus:
        one, other = joined(bus), other_bus.inbox("sub", ("tally",))
        until(lambda: all([one.join(0.2), other.join(0.2)]))
        bus.publish([event for events in chains.values() for event in events[:2]])
        first, second = taken(one), taken(other)
        assert tenants(first)
        assert tenants(second)
        assert not tenants(first) & tenants(second)
        assert tenants(first) | tenants(second) == set(TOWNS)
        other.close()
        everything: list[Polled] = []
        until(lambda: tenants(gathered(everything, one)) == set(TOWNS))
        bus.publish([event for events in chains.values() for event in events[2:]])
        rest = gathered(everything, one)
        until(lambda: len(gathered(rest, one)) >= 4 * len(TOWNS))
    for town in TOWNS:
        assert seqs([m for m in rest if isinstance(m, Delivered) and m.event.tenant == town]) == [1, 2, 3, 4]


def test_connections_of_a_member_are_closed_by_the_thread_that_makes_them(
    settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    close, threads = KafkaConnection.close, list[str]()

    def noted(connection: KafkaConnection, error: Exception | None = None) -> None:
        threads.append(threading.current_thread().name)
        close(connection, error)

    with opened(settings) as bus:
        inbox = joined(bus)
        monkeypatch.setattr(KafkaConnection, "close", noted)
        inbox.close()
    assert threads
    assert all(name.startswith("kafka-io-") for name in threads)


# -------------------------------------------------------------------------------------------- what is no event


def test_an_event_of_some_megabytes_is_carried(settings: KafkaSettings) -> None:
    large = event()
    large.data = b'"%s"' % (b"x" * 5_000_000)
    large.hash = chain_hash(large, large.prevhash)
    with opened(settings) as bus:
        bus.publish([large])
        (arrived,) = taken(joined(bus))
    assert isinstance(arrived, Delivered)
    assert arrived.event.data == large.data


def test_foreign_messages_are_garbled_with_their_place(settings: KafkaSettings) -> None:
    event = chain(1)[0]
    topic, heads = settings.events_topic("tally"), settings.heads_topic("tally")
    with opened(settings) as bus:
        inbox = joined(bus)
        with closing(producer(settings)) as sender:
            sender.send(topic, key=b"372013", value=b"hello", partition=1)
            sender.send(topic, value=event.data, headers=[*headers_of(event)[:-3]], partition=1)
            sender.send(topic, value=event.data + b" ", headers=headers_of(event), partition=1)
            sender.send(heads, value=b"hello", partition=2)
            sender.flush()
        bus.publish([event])
        arrived = taken(inbox)
    garbled = {one.place: one.raw for one in arrived if isinstance(one, Garbled)}
    assert garbled == {
        f"{topic}/1/0": b"hello",
        f"{topic}/1/1": event.data,
        f"{topic}/1/2": event.data + b" ",
        f"{heads}/2/0": b"hello",
    }
    assert seqs(arrived) == [1]


def test_a_topic_is_read_from_the_beginning_to_its_present_end(settings: KafkaSettings) -> None:
    here, there = chain(3), chain(2, tenant=MATSUDO)
    garbled: list[Garbled] = []
    with opened(settings) as bus:
        bus.publish([*here, *there, here[0]])
    with closing(producer(settings)) as sender:
        sender.send(settings.events_topic("tally"), value=b"hello", partition=HERE)
        sender.flush()

    def read(tenant: str | None) -> list[Event]:
        return list(read_topic(settings, TALLY.contract, tenant, garbled.append))

    assert [(event.tenant, event.seq) for event in read(TAKAMATSU)] == [(TAKAMATSU, seq) for seq in (1, 2, 3, 1)]
    assert len(garbled) == 1
    assert len(read(None)) == 6


def test_reading_a_topic_that_is_not_there_says_what_to_do(kafka_server: str, kafka_prefix: str) -> None:
    with pytest.raises(Unavailable, match="yui topics"):
        list(read_topic(KafkaSettings((kafka_server,), kafka_prefix), TALLY.contract, None, lambda _: None))


# ------------------------------------------------------------------------------------------- a broker's own life


def test_a_broker_that_stops_and_comes_again_loses_nothing(tmp_path: Path) -> None:
    running = start(tmp_path / "kafka", heap="256m")
    settings = KafkaSettings((running.address,), partitions=PARTITIONS)
    events = chain(6)
    try:
        declare(settings, CONTRACTS)
        with opened(settings) as bus:
            inbox = joined(bus)
            bus.publish(events[:2])
            got = taken(inbox)
            running.kill()
            assert inbox.poll(500) == []
            with pytest.raises(Unavailable, match="発行"):
                bus.publish(events[2:4])
            assert [thread for thread in threading.enumerate() if isinstance(thread, Sender)] == []
            running = start(tmp_path / "kafka", running.port, heap="256m")
            bus.publish(events[2:])
            until(lambda: len(set(seqs(gathered(got, inbox)))) == 6, 60)
    finally:
        running.stop()
    firsts = list(dict.fromkeys(seqs(got)))
    assert firsts == [1, 2, 3, 4, 5, 6]


def test_no_broker_is_unavailable_and_closes_cleanly() -> None:
    before = set(threading.enumerate())
    nowhere = KafkaSettings((f"127.0.0.1:{free_port()}",))
    with opened(nowhere) as bus:
        assert bus.inbox("sub", ("tally",)).poll(10) == []
        with pytest.raises(Unavailable):
            bus.publish(chain(1))
    with pytest.raises(Unavailable):
        declare(nowhere, CONTRACTS)
    assert set(threading.enumerate()) <= before


def test_the_fast_checksum_is_in_use() -> None:
    from kafka.record import util  # noqa: PLC0415

    assert util.crc32c_c is not None
