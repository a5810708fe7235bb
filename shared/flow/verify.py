"""verify: sequence and chain of a ledger, its head, and what its consumers have seen of it (decision 2)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgspec.structs import astuple

from shared.flow.ports import LedgerReader, Position, Recorded
from shared.kernel.messages import START, Event, Head, chain_hash

PAGE = 1_000
STORED_TYPES = [str, str, int, str, int, str, str, str, str, str, bytes, bytes, bytes]
"""Of the envelope's attributes, as an event has them."""


@dataclass(frozen=True, slots=True)
class Break:
    """The first place at which a ledger is not what was recorded."""

    service: str
    tenant: str
    seq: int
    what: str


@dataclass(frozen=True, slots=True)
class Verified:
    service: str
    events: int
    head: Head
    breaks: tuple[Break, ...]


def pages(ledger: Recorded, tenant: str, through: int | None = None, after: int = 0) -> Iterator[list[Event]]:
    """A tenant's ledger in seq order, page by page, from behind `after` up to `through`."""
    while through is None or after < through:
        page = ledger.read(tenant, after, PAGE if through is None else min(PAGE, through - after))
        if not page:
            return
        yield page
        after = page[-1].seq


def verify(ledger: LedgerReader, tenant: str, seen: Iterable[tuple[str, Position]], after: Head = START) -> Verified:
    """Walk the chain, from `after` on if it is known to be whole so far. `seen` are the positions of subscriptions on
    this ledger: (name, position).
    """
    service = ledger.service
    marks: dict[int, list[tuple[str, bytes]]] = {}
    for name, position in seen:
        marks.setdefault(position.seq, []).append((name, position.hash))
    head = ledger.head(tenant)
    last = after
    for page in pages(ledger, tenant, after=after.seq):
        for event in page:
            what = _wrong(event, last) or _unlike(event, marks.get(event.seq, ()))
            if what:
                return Verified(service, last.seq, last, (Break(service, tenant, event.seq, what),))
            last = Head(event.seq, event.hash)
    if head.seq < last.seq <= ledger.head(tenant).seq:
        head = last  # it has grown meanwhile
    return Verified(service, last.seq, last, tuple(_cut(service, tenant, last, head, marks)))


def _wrong(event: Event, last: Head) -> str | None:
    if event.seq != last.seq + 1:
        return f"番号が {last.seq} から {event.seq} に飛んでいます（その間の事実が台帳から消えています）。"
    if not _as_it_is_stored(event):
        return "値の種類が記録時と違います（内容が書き換えられています）。"
    if event.prevhash != last.hash:
        return "直前の事実とつながりません（直前の事実が差し替えられたか、順序が変えられています）。"
    if chain_hash(event, event.prevhash) != event.hash:
        return "内容が記録時のハッシュ値と合いません（内容が書き換えられています）。"
    return None


def _as_it_is_stored(event: Event) -> bool:
    """Whether numbers are numbers, texts texts and bytes bytes: SQLite stores in a column whatever it is given."""
    return list(map(type, astuple(event)[: len(STORED_TYPES)])) == STORED_TYPES


def _unlike(event: Event, marks: Iterable[tuple[str, bytes]]) -> str | None:
    for name, hash_ in marks:
        if hash_ != event.hash:
            return f"購読 {name} が受け取ったときのハッシュ値と違います。"
    return None


def _cut(
    service: str, tenant: str, last: Head, head: Head, marks: dict[int, list[tuple[str, bytes]]]
) -> Iterator[Break]:
    if head != last:
        yield Break(
            service, tenant, last.seq + 1, f"台帳の先頭の記録（{head.seq}）と実際の末尾（{last.seq}）が違います。"
        )
    for seq in sorted(marks):
        if seq > last.seq:
            names = ", ".join(name for name, _ in marks[seq])
            yield Break(
                service, tenant, seq, f"購読 {names} が受け取った事実が台帳にありません（末尾が切られています）。"
            )
            return
