"""given(facts…).when(command).then(facts…) / .refused(code) / .unchanged(), over a Decider."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.kernel.deciding import Decided, Decider, Refusal
from shared.kernel.messages import Fact

StreamOf = Callable[[Any], str]


@dataclass(frozen=True)
class Spec:
    """`streams` names the stream of those facts that the decider does not recall."""

    decider: Decider
    streams: Mapping[type[Fact], StreamOf] | None = None

    def given(self, *facts: Fact) -> "Given":
        """What has happened so far, in this order, each fact in its own stream."""
        known: dict[str, list[Fact]] = {}
        for fact in facts:
            known.setdefault(self._stream_of(fact), []).append(fact)
        return Given(self.decider, known)

    def _stream_of(self, fact: Fact) -> str:
        if self.streams and type(fact) in self.streams:
            return self.streams[type(fact)](fact)
        recall = self.decider.recall[type(fact)]
        assert recall, f"{type(fact).__name__} is not recalled: name its stream in Spec(streams=…)"
        command = recall(fact)
        return self.decider.decision(command).streams(command)[0]


@dataclass(frozen=True)
class Given:
    decider: Decider
    known: Mapping[str, Sequence[Fact]]

    def when(self, command: Any) -> "Answer":
        return Answer(self, command, self.decide(command, self.known))

    def decide(self, command: Any, known: Mapping[str, Sequence[Fact]]) -> Decided:
        decision = self.decider.decision(command)
        states = [self.decider.aggregate(name).fold(known.get(name, ())) for name in decision.streams(command)]
        decided: Decided = decision.decide(command, *states)
        return decided


@dataclass(frozen=True)
class Answer:
    given: Given
    command: Any
    decided: Decided

    def then(self, *facts: Fact) -> None:
        """Exactly these facts; each reads back from its bytes, and replays from what is recalled of it."""
        assert not isinstance(self.decided, Refusal), self.decided
        assert list(self.decided) == list(facts)
        decider = self.given.decider
        stream = decider.decision(self.command).streams(self.command)[0]
        known = {name: list(before) for name, before in self.given.known.items()}
        for fact in facts:
            assert decider.contract.decode(fact.TYPE, msgspec.json.encode(fact)) == fact
            recall = decider.recall[type(fact)]
            if recall:
                recalled = recall(fact)
                assert decider.decision(recalled).streams(recalled)[0] == stream
                assert self.given.decide(recalled, known) == (fact,)
            known.setdefault(stream, []).append(fact)
        decider.aggregate(stream).fold(known.get(stream, ()))

    def unchanged(self) -> None:
        """Nothing to do: all is as the command wants it."""
        self.then()

    def refused(self, code: str, column: str | None = None) -> Refusal:
        assert isinstance(self.decided, Refusal), self.decided
        assert (self.decided.code, self.decided.column) == (code, column)
        assert self.decided.text.endswith(("。", "）")), self.decided.text
        return self.decided
