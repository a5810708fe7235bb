"""Events as they are recorded and as they travel: the CloudEvents envelope of a fact, and its chain.

Source: CloudEvents 1.0; `docs/adr/0002` (hash chain), `docs/adr/0006` (facts as documents).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, ClassVar, NamedTuple

import msgspec

GENESIS = bytes(32)


class Fact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """The payload of a public event: a document without defaults, named by a literal, versioned type."""

    TYPE: ClassVar[str]
    FORMER: "ClassVar[tuple[type[Former], ...]]" = ()
    """The shapes it had before; what is subscribed to one is subscribed to all."""


class Former(Fact, frozen=True):
    """A shape that facts had once. Ledgers keep it to the byte; read, it becomes the shape that followed."""

    def upcast(self) -> Fact:
        raise NotImplementedError


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """A part of a fact's document."""


class UnknownType(LookupError):
    """この版のYuiが知らない種類の事実です。"""


@dataclass(frozen=True)
class Contract:
    """The public events of one service, by wire type: those it records and the former ones it still reads."""

    service: str
    facts: Mapping[str, type[Fact]]
    readers: Mapping[str, Callable[[bytes], Fact]]

    @property
    def source(self) -> str:
        return f"/yui/{self.service}"

    @property
    def topic(self) -> str:
        return f"yui.{self.service}.v1"

    def decode(self, type_: str, data: bytes) -> Fact:
        """The fact behind stored bytes, in the shape of today. UnknownType when this version does not know it;
        ValueError when garbled.
        """
        reader = self.readers.get(type_)
        if reader is None:
            raise UnknownType(type_)
        return reader(data)


def contract(service: str, facts: Iterable[type[Fact]]) -> Contract:
    table = {shape.TYPE: shape for shape in every_shape(facts)}
    prefix = f"yui.{service}."
    for type_ in table:
        if not type_.startswith(prefix):
            raise ValueError(f"{type_} does not belong to {service}")
    return Contract(service, table, {type_: _reader(shape) for type_, shape in table.items()})


def every_shape(facts: Iterable[type[Fact]]) -> Iterator[type[Fact]]:
    """These facts as they are today, each followed by the shapes that it had before."""
    for fact in facts:
        yield fact
        yield from fact.FORMER


def _reader(shape: type[Fact]) -> Callable[[bytes], Fact]:
    decode = msgspec.json.Decoder(shape).decode
    return decode if not issubclass(shape, Former) else lambda data: _of_today(decode(data))


def _of_today(fact: Fact) -> Fact:
    while isinstance(fact, Former):
        fact = fact.upcast()
    return fact


class Head(NamedTuple):
    """The last sequence number and hash of one tenant's ledger (or of what a consumer has seen of it)."""

    seq: int
    hash: bytes


START = Head(0, GENESIS)


class Event(msgspec.Struct, eq=False, gc=False):
    """One recorded event: the envelope's attributes, in the order of the ledger's columns. `data` holds the exact
    stored bytes; `fact` decodes them once.
    """

    service: str
    tenant: str
    seq: int
    stream: str
    version: int
    type: str
    time: str
    actor: str
    cause: str
    correlation: str
    data: bytes
    prevhash: bytes
    hash: bytes
    decode: Callable[[str, bytes], Fact]
    decoded: Fact | None = None

    @property
    def id(self) -> str:
        return f"{self.tenant}-{self.seq}"

    @property
    def source(self) -> str:
        return f"/yui/{self.service}"

    @property
    def head(self) -> Head:
        return Head(self.seq, self.hash)

    @property
    def fact(self) -> Any:
        """The decoded payload, a Fact of the service's contract.

        Raises UnknownType, or msgspec's DecodeError or ValidationError.
        """
        if self.decoded is None:
            self.decoded = self.decode(self.type, self.data)
        return self.decoded

    def computed_hash(self) -> bytes:
        return chain_hash(self, self.prevhash)

    def __repr__(self) -> str:
        return f"<{self.type} {self.id} {self.stream} v{self.version}>"


def chain_hash(event: Event, prevhash: bytes) -> bytes:
    """SHA-256 over the length-prefixed previous hash, service, every envelope attribute and the stored bytes."""
    e, seq, version = event, str(event.seq), str(event.version)
    text = (
        f"{len(e.service)}:{e.service}{len(e.tenant)}:{e.tenant}{len(seq)}:{seq}{len(e.stream)}:{e.stream}"
        f"{len(version)}:{version}{len(e.type)}:{e.type}{len(e.time)}:{e.time}{len(e.actor)}:{e.actor}"
        f"{len(e.cause)}:{e.cause}{len(e.correlation)}:{e.correlation}"
    )
    framed = text.encode() if text.isascii() else _framed(event)
    return sha256(b"%d:%b%b%d:%b" % (len(prevhash), prevhash, framed, len(event.data), event.data)).digest()


def _framed(event: Event) -> bytes:
    """The same attributes when some are not ASCII: lengths are those of the bytes."""
    attributes = (
        event.service,
        event.tenant,
        str(event.seq),
        event.stream,
        str(event.version),
        event.type,
        event.time,
        event.actor,
        event.cause,
        event.correlation,
    )
    return b"".join([b"%d:%b" % (len(raw), raw) for raw in map(str.encode, attributes)])
