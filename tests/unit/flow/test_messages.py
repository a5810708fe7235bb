"""Contracts and events as they are named."""

import pytest

from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.handle import Desk, handle
from shared.kernel.messages import UnknownType, contract
from tests.controls import TAKAMATSU
from tests.tally import TALLY, Added, Copied, Put, request


def test_a_contract_has_a_source_and_a_topic() -> None:
    assert (TALLY.contract.source, TALLY.contract.topic) == ("/yui/tally", "yui.tally.v1")


def test_a_contract_reads_its_own_facts() -> None:
    assert TALLY.contract.decode(Added.TYPE, b'{"jar":"a","amount":1}') == Added(jar="a", amount=1)


def test_a_type_that_this_version_does_not_know_is_named() -> None:
    with pytest.raises(UnknownType, match=r"yui\.tally\.added\.v2"):
        TALLY.contract.decode("yui.tally.added.v2", b"{}")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"jar":"a"}', b'{"jar":"a","amount":1,"note":""}'])
def test_a_document_of_another_shape_is_garbled(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        TALLY.contract.decode(Added.TYPE, data)


def test_a_fact_of_another_service_has_no_place_in_a_contract() -> None:
    with pytest.raises(ValueError, match=r"yui\.mirror\.copied\.v1 does not belong to tally"):
        contract("tally", (Added, Copied))


def test_an_event_shows_what_it_is(desk: Desk, store: SqliteStore) -> None:
    handle(desk, [request(TAKAMATSU, Put("a", 1))])
    (event,) = store.read(TAKAMATSU, 0, 1)
    assert repr(event) == "<yui.tally.added.v1 372013-1 jar-a v1>"
