"""Records coded in C are those that kafka-python reads and writes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.errors import CorruptRecordError
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from kafka.record.util import calc_crc32c

from shared.adapters.kafka_records import Batch, Builder, Record, builder

Said = list[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]]

GZIP = 1
CRC = slice(17, 21)
LEADER_EPOCH = slice(12, 16)
"""Written by the broker; clients leave different numbers there."""

some_bytes = st.none() | st.binary(max_size=200)
said = st.lists(
    st.tuples(some_bytes, some_bytes, st.lists(st.tuples(st.text(max_size=20), some_bytes), max_size=16)),
    min_size=1,
    max_size=8,
)


def written(kind: Any, messages: Said, **settings: Any) -> bytearray:
    chosen = {"magic": 2, "compression_type": 0, "is_transactional": False, "batch_size": 1_000_000} | settings
    made = kind(producer_id=-1, producer_epoch=-1, base_sequence=-1, **chosen)
    for offset, (key, value, headers) in enumerate(messages):
        assert made.append(offset, 1_000 + offset, key, value, headers) is not None
    made.set_producer_state(7, 3, 40, settings.get("is_transactional", False))
    assert (made.producer_id, made.producer_epoch, made.base_sequence) == (7, 3, 40)
    return bytearray(made.build())


def without_epoch(batch: bytearray) -> bytearray:
    batch[LEADER_EPOCH] = bytes(4)
    return batch


def read(kind: Any, batch: bytes) -> list[tuple[Any, ...]]:
    assert kind(batch).validate_crc()
    return [
        (one.offset, one.timestamp, one.timestamp_type, one.key, one.value, one.headers, one.validate_crc())
        for one in kind(batch)
    ]


@given(said)
def test_the_same_bytes_are_written(messages: Said) -> None:
    ours, theirs = written(Builder, messages), written(DefaultRecordBatchBuilder, messages)
    assert without_epoch(ours) == without_epoch(theirs)


@given(said)
def test_the_same_records_are_read(messages: Said) -> None:
    batch = bytes(written(DefaultRecordBatchBuilder, messages))
    assert read(Batch, batch) == read(DefaultRecordBatch, batch)
    assert all(isinstance(one, Record) for one in Batch(batch))


def test_a_batch_takes_no_more_than_its_size_but_always_one_record() -> None:
    made = builder(
        magic=2, compression_type=0, is_transactional=False, producer_id=-1, producer_epoch=-1, base_sequence=-1,
        batch_size=200,
    )  # fmt: skip
    assert made.append(0, 1, b"k", b"v" * 500, []).size > 500
    assert made.append(1, 1, b"k", b"v", []) is None
    assert made.size() > 500


@pytest.mark.parametrize("settings", [{"compression_type": GZIP}, {"is_transactional": True}])
def test_what_yui_never_sends_is_left_to_kafka_python(settings: dict[str, Any]) -> None:
    messages: Said = [(b"key", b"value" * 50, [("name", b"text")])]
    batch = bytes(written(builder, messages, **settings))
    assert batch == bytes(written(DefaultRecordBatchBuilder, messages, **settings))
    assert read(Batch, batch) == read(DefaultRecordBatch, batch)


@given(said)
def test_a_name_that_is_no_text_stops_nobody(messages: Said) -> None:
    batch = written(Builder, [*messages, (b"key", b"value", [("name", b"text"), ("other", None)]), *messages])
    assert batch.count(b"\x08name\x08text") == 1
    batch[batch.index(b"\x08name\x08text") + 1] = 0xFF
    batch[CRC] = calc_crc32c(memoryview(batch)[CRC.stop :]).to_bytes(4, "big")
    found = read(Batch, bytes(batch))
    expected = read(Batch, bytes(written(Builder, [*messages, (b"key", b"value", []), *messages])))
    here = len(messages)
    assert found[here][5] == [("\\xffame", b"text"), ("other", None)]
    assert found[:here] + found[here + 1 :] == expected[:here] + expected[here + 1 :]
    assert found[here][:5] == expected[here][:5]


def test_a_batch_whose_records_do_not_add_up_is_named() -> None:
    batch = written(Builder, [(b"key", b"value", [])])
    batch[61] += 2  # the length of the first record
    with pytest.raises(CorruptRecordError):
        list(Batch(bytes(batch)))
