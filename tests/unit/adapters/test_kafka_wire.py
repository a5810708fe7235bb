"""An event as a Kafka message and back, to the byte; what is no event says why."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.kafka_settings import KafkaSettings
from shared.adapters.kafka_wire import headers_of, read_announced, read_event, write_announced
from shared.flow.ports import Announced, Garbled
from shared.kernel.contracts import billing
from shared.kernel.messages import Event, Head, chain_hash
from tests.contract.chains import chain
from tests.controls import TAKAMATSU
from tests.golden.test_golden import ENVELOPE, contract_of, headers, sample
from tests.tally import MIRROR, TALLY
from tests.unit.flow.reading import attributes

CONTRACT = TALLY.contract
PLACE = "yui.tally.v1/3/17"
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
CODE = st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=30)


@given(CODE, st.integers(1, 2**63), TEXT, st.integers(1, 2**31), TEXT, TEXT, TEXT, st.binary(max_size=60))
def test_every_event_comes_back_as_it_was(
    tenant: str, seq: int, stream: str, version: int, type_: str, actor: str, cause: str, data: bytes
) -> None:
    at = "2016-11-01T01:02:03.000Z"
    sent = Event(
        "tally", tenant, seq, stream, version, type_, at, actor, cause, "", data, bytes(32), b"", CONTRACT.decode
    )
    sent.hash = chain_hash(sent, sent.prevhash)
    read = read_event(CONTRACT, headers_of(sent), sent.data, PLACE)
    assert isinstance(read, Event)
    assert attributes(read) == attributes(sent)


def test_the_golden_envelope_has_its_headers() -> None:
    contract = contract_of(ENVELOPE["type"])
    recorded = {**ENVELOPE, "prevhash": bytes.fromhex(ENVELOPE["prevhash"]), "hash": bytes.fromhex(ENVELOPE["hash"])}
    event = Event(**recorded, data=sample(ENVELOPE["type"]), decode=contract.decode)
    written = {name: value.decode() for name, value in headers_of(event)}
    assert written == {**headers(), "content-type": "application/json"}
    read = read_event(contract, headers_of(event), event.data, PLACE)
    assert isinstance(read, Event)
    assert attributes(read) == attributes(event)


@pytest.mark.parametrize("name", list(headers()))
def test_a_message_without_one_of_its_headers_is_garbled(name: str) -> None:
    event = chain(1)[0]
    without = [header for header in headers_of(event) if header[0] != name]
    read = read_event(CONTRACT, without, event.data, PLACE)
    assert isinstance(read, Garbled)
    assert (read.place, read.raw) == (PLACE, event.data)
    assert name in read.reason


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ce_seq", b"two", "見出しが読めません"),
        ("ce_actor", b"\xff\xfe", "見出しが読めません"),
        ("ce_actor", None, "見出しが読めません"),
        ("ce_hash", b"xyz", "見出しが読めません"),
        ("ce_hash", b"00" * 32, "ハッシュ値に合いません"),
        ("ce_time", b"2016-11-02T01:02:03.000Z", "ハッシュ値に合いません"),
        ("ce_id", b"372013-9", "ce_id"),
        ("ce_specversion", b"0.3", "CloudEvents の版"),
        ("ce_specversion", b"9\0", "NUL"),
        ("ce_tenant", b"37\x002013", "NUL"),
        ("ce_tenant", b"372013,122076", "自治体のコードではありません"),
        ("ce_tenant", b"", "自治体のコードではありません"),
        ("ce_source", b"/yui/mirror", "のものではありません"),
    ],
)
def test_a_header_that_does_not_fit_is_garbled(name: str, value: bytes, reason: str) -> None:
    event = chain(1)[0]
    changed = [(one, value if one == name else given) for one, given in headers_of(event)]
    read = read_event(CONTRACT, changed, event.data, PLACE)
    assert isinstance(read, Garbled)
    assert reason in read.reason
    assert "\0" not in read.reason


def test_changed_or_missing_data_is_garbled() -> None:
    event = chain(1)[0]
    for value in (event.data + b" ", b"", None):
        assert isinstance(read_event(CONTRACT, headers_of(event), value, PLACE), Garbled)


def test_an_unknown_type_is_an_event_all_the_same() -> None:
    event = chain(1)[0]
    event.type = "yui.tally.added.v9"
    event.hash = chain_hash(event, event.prevhash)
    assert isinstance(read_event(CONTRACT, headers_of(event), event.data, PLACE), Event)


def test_an_event_of_another_service_is_garbled() -> None:
    event = chain(1)[0]
    assert isinstance(read_event(MIRROR.contract, headers_of(event), event.data, PLACE), Garbled)


def test_an_announced_head_comes_back() -> None:
    announced = Announced("tally", TAKAMATSU, Head(7, bytes(range(32))))
    assert read_announced("tally", write_announced(announced), PLACE) == announced


@pytest.mark.parametrize("value", [None, b"", b"[]", b'{"service":"tally"}', b"\xff"])
def test_what_is_no_announcement_is_garbled(value: bytes | None) -> None:
    assert isinstance(read_announced("tally", value, PLACE), Garbled)


def test_an_announcement_of_another_service_or_without_a_hash_is_garbled() -> None:
    written = json.loads(write_announced(Announced("tally", TAKAMATSU, Head(7, bytes(32)))))
    for wrong in ({"service": "mirror"}, {"hash": "xyz"}, {"tenant": "\0"}, {"tenant": ""}):
        assert isinstance(read_announced("tally", json.dumps(written | wrong).encode(), PLACE), Garbled)


def test_topics_are_named_as_the_contracts_name_them() -> None:
    assert KafkaSettings(("broker:9092",)).events_topic("billing") == billing.CONTRACT.topic
    assert KafkaSettings(("broker:9092",), prefix="t1.").events_topic("billing") == f"t1.{billing.CONTRACT.topic}"


def test_security_settings_reach_every_client(tmp_path: Path) -> None:
    security = {"security_protocol": "SASL_SSL", "ssl_cafile": str(tmp_path / "ca.pem"), "sasl_mechanism": "PLAIN"}
    client = KafkaSettings(("broker:9092",), security=security).client()
    assert {name: client[name] for name in security} == security
