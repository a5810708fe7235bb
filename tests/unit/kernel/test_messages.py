"""The envelope of an event: its place, its payload, and the hash that will never change."""

from hashlib import sha256
from typing import Any

from shared.kernel.messages import GENESIS, Event, Fact, Head, chain_hash


def event(**changed: Any) -> Event:
    values: dict[str, Any] = {
        "service": "billing",
        "tenant": "372013",
        "seq": 7,
        "stream": "rules",
        "version": 1,
        "type": "yui.billing.day_noted.v1",
        "time": "2016-11-01T01:02:03.000Z",
        "actor": "cli",
        "cause": "test",
        "correlation": "c",
        "data": b'{"on":"2016-11-01"}',
        "prevhash": GENESIS,
        "hash": b"h" * 32,
        "decode": lambda _type, _data: Fact(),
    }
    return Event(**values | changed)


def test_the_hash_is_over_length_prefixed_fields_and_never_changes() -> None:
    fields = "7:billing6:3720131:75:rules1:124:yui.billing.day_noted.v124:2016-11-01T01:02:03.000Z3:cli4:test1:c"
    expected = sha256(b"32:" + GENESIS + fields.encode() + b'19:{"on":"2016-11-01"}').digest()
    assert chain_hash(event(), GENESIS) == expected
    assert expected.hex() == "ed4a6ce724e7a373014173811323da2a68381f64fc33eb15048a8276d906ae6d"


def test_text_outside_ascii_is_framed_by_its_bytes() -> None:
    assert chain_hash(event(actor="会長", cause="a"), GENESIS) != chain_hash(event(actor="会", cause="長a"), GENESIS)
    assert event(actor="会長").computed_hash() == chain_hash(event(actor="会長"), GENESIS)


def test_an_event_knows_its_place() -> None:
    assert (event().id, event().source, event().head) == ("372013-7", "/yui/billing", Head(7, b"h" * 32))


def test_the_payload_is_decoded_once() -> None:
    calls: list[tuple[str, bytes]] = []

    def decode(type_: str, data: bytes) -> Fact:
        calls.append((type_, data))
        return Fact()

    known = event(decode=decode)
    assert known.fact is known.fact
    assert calls == [("yui.billing.day_noted.v1", b'{"on":"2016-11-01"}')]


def test_a_payload_that_is_known_is_not_decoded() -> None:
    fact = Fact()
    assert event(decoded=fact).fact is fact
