"""What a service reacts to: rows of its table of subscriptions."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from shared.kernel.messages import Event, Fact, every_shape


class View(Protocol):
    """A read model: its tables in any generation, and the projection that fills them."""

    @property
    def name(self) -> str: ...

    def open(self, connection: Any, generation: int, *, indexed: bool = True) -> None:
        """Make the tables of a generation, if they are not there. Those of another form stay as they are. Without
        indexes they can be written and compared; nobody should search them.
        """

    def fits(self, connection: Any, generation: int) -> bool:
        """Whether an opened generation has the form that this program works with."""

    def drop(self, connection: Any, generation: int) -> None: ...

    def project(self, connection: Any, generation: int, events: Sequence[Event]) -> None: ...

    def alike(self, live: Any, generation: int, anew: Any, generation_anew: int, tenant: str) -> Mapping[str, int]:
        """How many rows a tenant has in each table that can be seen to be the same in both without fetching its rows;
        what is not named has to be compared.
        """

    def rows(self, connection: Any, generation: int, tenant: str) -> Mapping[str, Iterable[Sequence[tuple[Any, ...]]]]:
        """All rows of a tenant for comparison, by table: pages of a fixed size, in the order of their keys."""

    def columns(self, table: str) -> tuple[Sequence[str], int]:
        """The names of what a row holds, and how many of the first are its key."""


@dataclass(frozen=True)
class Policy:
    """Events to commands of the own service: a pure function by type of fact."""

    reactions: Mapping[type[Fact], Callable[[Any], Iterable[Any]]]

    def react(self, fact: Any) -> Iterable[Any]:
        return self.reactions[type(fact)](fact)


@dataclass(frozen=True)
class LookingPolicy:
    """A policy that must look something up in a table it owns, written in the same transaction.

    `react(connection, events)` returns the causing event and the command, in the order of the events.
    """

    react: Callable[[Any, Sequence[Event]], Sequence[tuple[Event, Any]]]


Effect = Policy | LookingPolicy | View


@dataclass(frozen=True)
class Subscription:
    """`name` is permanent: it is a key in the database. Events of other types only move the position.

    `watched`: people see its results as they come. The others leave the processors to it when there is much to do.
    """

    name: str
    sources: tuple[str, ...]
    types: Collection[str]
    effect: Effect
    watched: bool = False

    @property
    def view(self) -> View | None:
        return None if isinstance(self.effect, Policy | LookingPolicy) else self.effect


def types(*facts: type[Fact]) -> frozenset[str]:
    """Their wire types, with those of the shapes they had before."""
    return frozenset(shape.TYPE for shape in every_shape(facts))
