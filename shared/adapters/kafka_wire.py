"""Events as Kafka messages, CloudEvents 1.0 in binary content mode: attributes are headers, the value is the data.

Source: CloudEvents Kafka protocol binding 1.0.2, section 3.2; `docs/events/envelope.json`.
"""

from collections.abc import Sequence

import msgspec

from shared.flow.ports import Announced, Garbled
from shared.kernel.cells import visible
from shared.kernel.messages import Contract, Event, Head

SPEC_VERSION = "1.0"
CONTENT_TYPE = ("content-type", b"application/json")

Headers = Sequence[tuple[str, bytes]]


class Unreadable(ValueError):
    """このメッセージは事実として読めません。"""


def headers_of(event: Event) -> list[tuple[str, bytes]]:
    return [
        ("ce_specversion", SPEC_VERSION.encode()),
        ("ce_id", event.id.encode()),
        ("ce_source", event.source.encode()),
        ("ce_type", event.type.encode()),
        ("ce_subject", event.stream.encode()),
        ("ce_version", b"%d" % event.version),
        ("ce_time", event.time.encode()),
        ("ce_tenant", event.tenant.encode()),
        ("ce_seq", b"%d" % event.seq),
        ("ce_prevhash", event.prevhash.hex().encode()),
        ("ce_hash", event.hash.hex().encode()),
        ("ce_actor", event.actor.encode()),
        ("ce_cause", event.cause.encode()),
        ("ce_correlation", event.correlation.encode()),
        CONTENT_TYPE,
    ]


def read_event(contract: Contract, headers: Headers, value: bytes | None, place: str) -> Event | Garbled:
    """The event of a message in the topic of `contract`; Garbled when it is none, or is not whole.

    A type that the contract does not know is an event all the same.
    """
    try:
        return _event(contract, headers, value)
    except KeyError as missing:
        reason = f"見出し {missing.args[0]} がありません。"
    except (ValueError, AttributeError) as error:
        reason = str(error) if isinstance(error, Unreadable) else f"見出しが読めません: {error}"
    return Garbled(place, value or b"", visible(reason))


def _event(contract: Contract, headers: Headers, value: bytes | None) -> Event:
    given = {name: text.decode() for name, text in headers if name.startswith("ce_")}
    if "\0" in "".join(given.values()):
        raise Unreadable("見出しに NUL があります。")
    if not given["ce_tenant"].isalnum():
        raise Unreadable(f"ce_tenant {given['ce_tenant']} は、自治体のコードではありません。")
    event = Event(
        contract.service,
        given["ce_tenant"],
        int(given["ce_seq"]),
        given["ce_subject"],
        int(given["ce_version"]),
        given["ce_type"],
        given["ce_time"],
        given["ce_actor"],
        given["ce_cause"],
        given["ce_correlation"],
        value or b"",
        bytes.fromhex(given["ce_prevhash"]),
        bytes.fromhex(given["ce_hash"]),
        contract.decode,
    )
    if given["ce_specversion"] != SPEC_VERSION:
        raise Unreadable(f"CloudEvents の版 {given['ce_specversion']} は読めません。")
    if given["ce_source"] != contract.source:
        raise Unreadable(f"{given['ce_source']} の事実は、{contract.topic} のものではありません。")
    if given["ce_id"] != event.id:
        raise Unreadable(f"ce_id {given['ce_id']} が、自治体と番号 {event.id} に合いません。")
    if event.computed_hash() != event.hash:
        raise Unreadable(f"{event.service} {event.id}: 内容がハッシュ値に合いません。")
    return event


# --------------------------------------------------------------------------------------- announced heads


class Announcement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    service: str
    tenant: str
    seq: int
    hash: str


def write_announced(announced: Announced) -> bytes:
    head = announced.head
    return msgspec.json.encode(Announcement(announced.service, announced.tenant, head.seq, head.hash.hex()))


def read_announced(service: str, value: bytes | None, place: str) -> Announced | Garbled:
    """The announced head of a message in the heads topic of `service`."""
    try:
        read = _ANNOUNCEMENT.decode(value or b"")
        head = Head(read.seq, bytes.fromhex(read.hash))
    except ValueError as error:
        return Garbled(place, value or b"", visible(f"台帳の先頭のお知らせとして読めません: {error}"))
    if read.service != service or not read.tenant.isalnum():
        reason = f"{read.service} {read.tenant} のお知らせは、{service} の自治体のものではありません。"
        return Garbled(place, value or b"", visible(reason))
    return Announced(read.service, read.tenant, head)


_ANNOUNCEMENT = msgspec.json.Decoder(Announcement)
