"""Contracts and events as they are named, and facts in shapes that they had before."""

from typing import ClassVar

import pytest

from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.handle import Desk, handle
from shared.flow.subscriptions import types
from shared.kernel.messages import Fact, Former, UnknownType, contract
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


class FilledV1(Former, frozen=True):
    TYPE: ClassVar[str] = "yui.tally.filled.v1"

    jar: str

    def upcast(self) -> "FilledV2":
        return FilledV2(jar=self.jar, amount=1)


class FilledV2(Former, frozen=True):
    TYPE: ClassVar[str] = "yui.tally.filled.v2"

    jar: str
    amount: int

    def upcast(self) -> "Filled":
        return Filled(jar=self.jar, amount=self.amount, unit="bean")


class Filled(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.tally.filled.v3"
    FORMER = (FilledV1, FilledV2)

    jar: str
    amount: int
    unit: str


class Forgotten(Former, frozen=True):
    TYPE: ClassVar[str] = "yui.tally.melted.v1"

    jar: str


@pytest.mark.parametrize(
    ("type_", "data", "amount"),
    [
        (FilledV1.TYPE, b'{"jar":"a"}', 1),
        (FilledV2.TYPE, b'{"jar":"a","amount":2}', 2),
        (Filled.TYPE, b'{"jar":"a","amount":3,"unit":"bean"}', 3),
    ],
)
def test_a_fact_in_a_former_shape_is_read_in_the_shape_of_today(type_: str, data: bytes, amount: int) -> None:
    assert contract("tally", (Filled,)).decode(type_, data) == Filled(jar="a", amount=amount, unit="bean")


def test_a_former_shape_that_does_not_say_what_became_of_it_cannot_be_read() -> None:
    class Melted(Fact, frozen=True):
        TYPE: ClassVar[str] = "yui.tally.melted.v2"
        FORMER = (Forgotten,)

    with pytest.raises(NotImplementedError):
        contract("tally", (Melted,)).decode(Forgotten.TYPE, b'{"jar":"a"}')


def test_a_former_shape_is_as_strict_as_one_of_today() -> None:
    with pytest.raises(ValueError, match="amount"):
        contract("tally", (Filled,)).decode(FilledV1.TYPE, b'{"jar":"a","amount":1}')


def test_who_subscribes_to_a_fact_hears_of_it_in_every_shape() -> None:
    assert types(Filled, Added) == {FilledV1.TYPE, FilledV2.TYPE, Filled.TYPE, Added.TYPE}


def test_a_fact_of_another_service_has_no_place_in_a_contract() -> None:
    with pytest.raises(ValueError, match=r"yui\.mirror\.copied\.v1 does not belong to tally"):
        contract("tally", (Added, Copied))


def test_an_event_shows_what_it_is(desk: Desk, store: SqliteStore) -> None:
    handle(desk, [request(TAKAMATSU, Put("a", 1))])
    (event,) = store.read(TAKAMATSU, 0, 1)
    assert repr(event) == "<yui.tally.added.v1 372013-1 jar-a v1>"
