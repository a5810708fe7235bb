"""How a service decides: commands in, facts or a refusal out, states folded from streams. Pure (decision 5)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.kernel.messages import Contract, Fact


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a command is not done: a stable `code`, the `column` it is about (or None), and a sentence for people."""

    code: str
    text: str
    column: str | None = None


Decided = Sequence[Fact] | Refusal


@dataclass(frozen=True)
class Aggregate:
    """A kind of stream: its state before any event, and the step from state to state.

    `bytes_per_event`: about how much memory an event adds to a state; 0 when it is seldom asked for again, so that it
    is not worth keeping.
    """

    initial: Any
    evolve: Callable[[Any, Any], Any]
    bytes_per_event: int = 1_000

    def fold(self, facts: Iterable[Fact], state: Any = None) -> Any:
        state = self.initial if state is None else state
        for fact in facts:
            state = self.evolve(state, fact)
        return state


@dataclass(frozen=True)
class Decision:
    """What answers one type of command.

    `streams(command)` names the streams the decision sees, the one it writes first; `decide(command, *states)` gets
    their states in that order. No facts means: nothing to do, all is as the command wants it.
    """

    streams: Callable[[Any], tuple[str, ...]]
    decide: Callable[..., Decided]


@dataclass(frozen=True)
class Decider:
    """All decisions of one service.

    `aggregates` by the noun a stream's name begins with (`visit` of `visit-0192…`); `recall` turns a recorded fact
    back into the command that caused it, so that a replay decides it anew (None: recorded as it came, no decision).
    `room_bytes`: about how much memory may go into states that are remembered between batches.
    """

    contract: Contract
    aggregates: Mapping[str, Aggregate]
    decisions: Mapping[type, Decision]
    recall: Mapping[type[Fact], Callable[[Any], Any] | None]
    room_bytes: int = 16_000_000

    def aggregate(self, stream: str) -> Aggregate:
        return self.aggregates[stream.partition("-")[0]]

    def bytes_per_event(self, stream: str) -> int:
        return self.aggregate(stream).bytes_per_event

    def decision(self, command: Any) -> Decision:
        return self.decisions[type(command)]
