"""What differs between something recorded and the same derived anew, in words that can be read."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec

from shared.kernel.deciding import Refusal
from shared.kernel.messages import Fact

NOTHING = "なし"

Row = Sequence[Any]
Pages = Iterator[Sequence[Row]]


def of_bytes(data: object) -> str:
    """What stands in a ledger in place of a readable fact, whatever it is."""
    return data.decode(errors="replace") if isinstance(data, bytes) else repr(data)


def of_facts(recorded: Fact, derived: Refusal | Sequence[Fact]) -> tuple[str, str]:
    """Of one recorded fact and what was decided anew: the fields that are not the same, by their path."""
    if isinstance(derived, Refusal):
        return recorded.TYPE, f"断られます: {derived.text}"
    if len(derived) != 1 or type(derived[0]) is not type(recorded):
        return recorded.TYPE, "、".join(fact.TYPE for fact in derived) or NOTHING
    return of_fields(
        dict(_leaves("", msgspec.to_builtins(recorded))), dict(_leaves("", msgspec.to_builtins(derived[0])))
    )


def of_fields(recorded: Mapping[str, Any], derived: Mapping[str, Any]) -> tuple[str, str]:
    """The fields whose values are not the same, in each of the two."""
    names = [name for name in {**recorded, **derived} if recorded.get(name, NOTHING) != derived.get(name, NOTHING)]
    was, now = [
        "、".join(f"{name}={_told(known[name]) if name in known else NOTHING}" for name in names)
        for known in (recorded, derived)
    ]
    return was, now


def unlike(recorded: Pages, derived: Pages, key_columns: int) -> Iterator[tuple[Row | None, Row | None]]:
    """Pairs of rows of one key that differ, None for the side that has no such row. Both come in the order of keys; as
    long as whole pages are equal no row is looked at.
    """
    was, now = next(recorded, ()), next(derived, ())
    while was and was == now:
        was, now = next(recorded, ()), next(derived, ())
    left, right = (chain.from_iterable(chain([first], rest)) for first, rest in ((was, recorded), (now, derived)))
    row, anew = next(left, None), next(right, None)
    while row is not None or anew is not None:
        lone = _before(row, anew, key_columns)
        lone_anew = not lone and _before(anew, row, key_columns)
        if lone or lone_anew or row != anew:
            yield (None if lone_anew else row), (None if lone else anew)
        row = row if lone_anew else next(left, None)
        anew = anew if lone else next(right, None)


def _before(one: Row | None, other: Row | None, key_columns: int) -> bool:
    """Whether this row comes before the other, or there is no other."""
    return one is not None and (other is None or tuple(one[:key_columns]) < tuple(other[:key_columns]))


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _leaves(f"{path}.{name}" if path else name, inner)
    elif isinstance(value, list | tuple) and value:
        for place, inner in enumerate(value):
            yield from _leaves(f"{path}[{place}]", inner)
    else:
        yield path, value


def _told(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else msgspec.json.encode(value).decode()
