"""The hash chain covers every attribute, and no two different events are framed alike (decision 2)."""

from hashlib import sha256
from typing import Any, Final

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.kernel.messages import GENESIS, Event, chain_hash
from tests.tally import TALLY

ATTRIBUTES: Final = {
    "service": "tally",
    "tenant": "372013",
    "seq": 7,
    "stream": "jar-a",
    "version": 3,
    "type": "yui.tally.added.v1",
    "time": "2016-11-01T01:02:03.000Z",
    "actor": "clerk",
    "cause": "/yui/requests/372013-7",
    "correlation": "trace",
    "data": b'{"jar":"a","amount":1}',
}
CHANGED: Final[dict[str, Any]] = {
    "service": "mirror",
    "tenant": "122076",
    "seq": 8,
    "stream": "jar-b",
    "version": 4,
    "type": "yui.tally.taken.v1",
    "time": "2016-11-01T01:02:03.001Z",
    "actor": "clark",
    "cause": "/yui/requests/372013-8",
    "correlation": "trade",
    "data": b'{"jar":"a","amount":2}',
}
TEXTS: Final = st.text(st.characters(codec="utf-8"), max_size=6) | st.text("0123456789:", max_size=6)
EVENTS: Final = st.fixed_dictionaries(
    {name: TEXTS for name, value in ATTRIBUTES.items() if isinstance(value, str)}
    | {"seq": st.integers(1, 200), "version": st.integers(1, 200)}
    | {"data": st.binary(max_size=6) | st.text("0123456789:", max_size=6).map(str.encode)}
)


def hash_of(attributes: dict[str, Any], prevhash: bytes = GENESIS) -> bytes:
    return chain_hash(Event(**attributes, prevhash=prevhash, hash=b"", decode=TALLY.contract.decode), prevhash)


@pytest.mark.parametrize("name", ATTRIBUTES)
def test_another_value_of_any_attribute_gives_another_hash(name: str) -> None:
    assert hash_of(ATTRIBUTES | {name: CHANGED[name]}) != hash_of(ATTRIBUTES)


def test_another_previous_hash_gives_another_hash() -> None:
    assert hash_of(ATTRIBUTES, bytes(31) + b"\x01") != hash_of(ATTRIBUTES)


def test_the_attributes_are_all_there_are() -> None:
    stored = set(Event.__struct_fields__) - {"decode", "decoded"}
    assert stored == {*ATTRIBUTES, "prevhash", "hash"}


@given(EVENTS, EVENTS)
def test_different_events_have_different_hashes(one: dict[str, Any], other: dict[str, Any]) -> None:
    assume(one != other)
    assert hash_of(one) != hash_of(other)


@given(EVENTS, st.data())
def test_moving_characters_from_one_attribute_to_the_next_gives_another_hash(
    event: dict[str, Any], data: st.DataObject
) -> None:
    names = [name for name, value in ATTRIBUTES.items() if isinstance(value, str)]
    first = data.draw(st.integers(0, len(names) - 2))
    one, other = names[first], names[first + 1]
    joined = event[one] + event[other]
    assume(joined)
    cut = data.draw(st.integers(0, len(joined)).filter(lambda place: place != len(event[one])))
    assert hash_of(event | {one: joined[:cut], other: joined[cut:]}) != hash_of(event)


@given(EVENTS)
def test_the_hash_is_that_of_the_frames_written_out(event: dict[str, Any]) -> None:
    """The definition, said once more and slowly: length, colon, bytes of each field."""
    fields = [GENESIS] + [
        value if isinstance(value, bytes) else str(value).encode() for value in (event[name] for name in ATTRIBUTES)
    ]
    assert hash_of(event) == sha256(b"".join(b"%d:%b" % (len(field), field) for field in fields)).digest()
