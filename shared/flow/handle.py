"""handle: load → fold → decide → append, for a list of commands in one transaction (decision 5)."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from time import perf_counter
from typing import Any

import msgspec

from shared.flow.ports import Answer, Clock, Observer, Store, Stream, Transaction, Unavailable
from shared.flow.recent import Recent
from shared.flow.states import States, Versioned
from shared.kernel.deciding import Decider, Refusal
from shared.kernel.messages import Event, Fact, Head, chain_hash

log = logging.getLogger("yui.handle")


class Request(msgspec.Struct, frozen=True):
    """A command and where it comes from.

    `cause` is the source and id of the causing event, or the idempotency key of the request. `key` makes the request
    answerable once only: the same key with another `input_hash` is refused. `expected_version` is the stream version
    that the person saw (If-Match).
    """

    tenant: str
    command: Any
    actor: str
    cause: str
    correlation: str
    key: str | None = None
    input_hash: bytes = b""
    expected_version: int | None = None


class Accepted(msgspec.Struct, frozen=True):
    """Done. `stream` and `version` say where it now stands; `types` are those of the new events, none when all was as
    wanted; the last of them has `last_seq`.
    """

    stream: str
    version: int
    types: tuple[str, ...]
    last_seq: int


@dataclass(frozen=True, slots=True)
class Refused:
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Failed:
    """An exception, alone with the one command that raises it; nothing of it is recorded."""

    error: Exception


_answer_decoder = msgspec.json.Decoder(Accepted)

Outcome = Accepted | Refused | Failed

STALE = Refusal(
    "stale", "ほかの人が先に変更しました。画面を開き直して、最新の内容を確かめてからもう一度入力してください。"
)
KEY_REUSED = Refusal(
    "idempotency_key_reused",
    "同じ受付キー（Idempotency-Key）が別の内容で使われました。新しいキーで送り直してください。",
)


PACE_SECONDS = 1.0
"""A relay that takes nothing for so long is thought to stand still, and is not waited for."""

Keep = Callable[[Sequence[Outcome]], None]
Prepare = Callable[[Any, Sequence[Request]], tuple[Sequence[Request], Keep]]


@dataclass
class Desk:
    """Everything one service decides with.

    `prepare(connection, requests)` completes commands inside the transaction, after the heads are locked (the
    office's numbers, vault), and returns with them what to call with the outcomes, to write beside the ledger.
    `recent` is told what was committed, when the relay works in this process. `observer` hears of events appended, of
    refusals and of the seconds a transaction takes.
    """

    store: Store
    decider: Decider
    clock: Clock
    prepare: Prepare | None = None
    recent: Recent | None = None
    observer: Observer | None = None
    states: States = field(init=False)

    def __post_init__(self) -> None:
        self.states = States(self.decider.bytes_per_event, self.decider.room_bytes)

    @property
    def service(self) -> str:
        return self.decider.contract.service

    def keep_pace(self) -> None:
        """Bulk work waits here, before a transaction, for this service's relay in this process when it has fallen
        behind: what is published late has to be read back.
        """
        if self.recent:
            self.recent.wait_for_room(PACE_SECONDS)

    def committed(self, heads: Mapping[str, Head], events: Sequence[Event]) -> None:
        self.states.committed(heads)
        if self.recent:
            self.recent.add(events)
        if self.observer:
            self.observer.count("events_appended", len(events), service=self.service)

    def handled(self, outcomes: Sequence[Outcome], seconds: float) -> None:
        if self.observer is None:
            return
        self.observer.observe("handle_seconds", seconds, service=self.service)
        for outcome in outcomes:
            if isinstance(outcome, Refused):
                self.observer.count("refusals", service=self.service, reason=outcome.refusal.code)


def handle(desk: Desk, requests: Sequence[Request], *, urgent: bool = False) -> list[Outcome]:
    """Decide the requests in order, in one transaction; one that raises is found by halving and stands alone.

    A key that comes twice begins a new transaction, so that the second finds the answer to the first.
    """
    return [outcome for part in _between_repeated_keys(requests) for outcome in _handle(desk, part, urgent=urgent)]


def _handle(desk: Desk, requests: Sequence[Request], *, urgent: bool) -> list[Outcome]:
    started = perf_counter()
    try:
        with desk.store.begin({request.tenant for request in requests}, urgent=urgent) as tx:
            outcomes = handle_within(desk, tx, requests)
    except Unavailable:
        raise
    except Exception as error:
        if len(requests) == 1:
            return [Failed(error)]
    else:
        desk.handled(outcomes, perf_counter() - started)
        _log(desk.service, requests, outcomes)
        return outcomes
    middle = len(requests) // 2
    return _handle(desk, requests[:middle], urgent=urgent) + _handle(desk, requests[middle:], urgent=urgent)


def _log(service: str, requests: Sequence[Request], outcomes: Sequence[Outcome]) -> None:
    """One line for a transaction; whose it is and what it belongs to, where that is one for all of it."""
    if not log.isEnabledFor(logging.INFO):
        return
    found: dict[str, object] = {"service": service, "count": len(requests)}
    for name in ("tenant", "correlation"):
        values = {getattr(request, name) for request in requests}
        if len(values) == 1:
            found[name] = values.pop()
    found["outcome"] = dict(Counter([_outcome_code(outcome) for outcome in outcomes]))
    log.info("handled", extra=found)


def _outcome_code(outcome: Outcome) -> str:
    return outcome.refusal.code if isinstance(outcome, Refused) else type(outcome).__name__.lower()


def _between_repeated_keys(requests: Sequence[Request]) -> Iterator[Sequence[Request]]:
    begin, seen = 0, set[Stream]()
    for number, request in enumerate(requests):
        if request.key is None:
            continue
        place = (request.tenant, request.key)
        if place in seen:
            yield requests[begin:number]
            begin, seen = number, set()
        seen.add(place)
    if requests:
        yield requests[begin:]


def handle_within(desk: Desk, tx: Transaction, requests: Sequence[Request]) -> list[Outcome]:
    """The same inside a transaction that is already open (a consumer's effect), no key twice. Exceptions pass through.

    What has been answered before is neither prepared nor decided again.
    """
    heads = tx.lock_heads({request.tenant for request in requests})
    desk.states.open(heads)
    answers = _answers_given(tx, requests)
    undecided = [request for request, answer in zip(requests, answers, strict=True) if answer is None]
    decided = iter(_decide(desk, tx, heads, undecided))
    return [
        next(decided) if answer is None else _repeated(request, answer)
        for request, answer in zip(requests, answers, strict=True)
    ]


def _decide(desk: Desk, tx: Transaction, heads: dict[str, Head], requests: Sequence[Request]) -> list[Outcome]:
    keep = None
    if desk.prepare:
        requests, keep = desk.prepare(tx.connection, requests)
    batch = _Batch(desk, tx, heads)
    streams = batch.load(requests)
    outcomes = [batch.decide(request, of_request) for request, of_request in zip(requests, streams, strict=True)]
    tx.append(batch.events)
    answers = {
        (request.tenant, request.key): Answer(request.input_hash, msgspec.json.encode(outcome))
        for request, outcome in zip(requests, outcomes, strict=True)
        if request.key is not None and isinstance(outcome, Accepted)
    }
    if answers:
        tx.remember(answers, batch.time)
    if keep:
        keep(outcomes)
    desk.states.propose(heads, batch.heads, batch.learned())
    tx.on_commit(lambda: desk.committed(batch.heads, batch.events))
    return outcomes


def _repeated(request: Request, answer: Answer) -> Outcome:
    return _answer_decoder.decode(answer.body) if answer.input_hash == request.input_hash else Refused(KEY_REUSED)


def _answers_given(tx: Transaction, requests: Sequence[Request]) -> list[Answer | None]:
    keys = {(request.tenant, request.key) for request in requests if request.key is not None}
    known = tx.answers(keys) if keys else {}
    return [None if request.key is None else known.get((request.tenant, request.key)) for request in requests]


class _Batch:
    """The states, heads and new events of one transaction. Each decision sees what the one before left."""

    def __init__(self, desk: Desk, tx: Transaction, heads: dict[str, Head]) -> None:
        self._decider = desk.decider
        self._cached = desk.states
        self._tx = tx
        self._service = desk.decider.contract.service
        self._decode = desk.decider.contract.decode
        self.time = desk.clock.now().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.heads = dict(heads)
        self.states: dict[Stream, Versioned] = {}
        self._learned: set[Stream] = set()
        self.events: list[Event] = []

    def learned(self) -> dict[Stream, Versioned]:
        """The states that were folded or have changed."""
        return {place: self.states[place] for place in self._learned}

    def load(self, requests: Sequence[Request]) -> list[tuple[str, ...]]:
        """Fold every stream that the requests see; the streams of each request, in order."""
        missing: list[Stream] = []
        streams = [self._decider.decision(request.command).streams(request.command) for request in requests]
        for request, of_request in zip(requests, streams, strict=True):
            for stream in of_request:
                place = (request.tenant, stream)
                if place in self.states:
                    continue
                found = self._cached.get(place)
                if found is None:
                    missing.append(place)
                    found = (0, self._decider.aggregate(stream).initial)
                self.states[place] = found
        if missing:
            self._learned.update(missing)
            for place, events in self._tx.load(missing).items():
                state = self._decider.aggregate(place[1]).fold(event.fact for event in events)
                self.states[place] = (events[-1].version, state)
        return streams

    def decide(self, request: Request, streams: tuple[str, ...]) -> Outcome:
        decision = self._decider.decision(request.command)
        stream = streams[0]
        place = (request.tenant, stream)
        version = self.states[place][0]
        if request.expected_version is not None and request.expected_version != version:
            return Refused(STALE)
        decided = decision.decide(request.command, *[self.states[request.tenant, name][1] for name in streams])
        if isinstance(decided, Refusal):
            return Refused(decided)
        for fact in decided:
            self._record(request, place, fact)
        types = tuple([fact.TYPE for fact in decided])
        return Accepted(stream, self.states[place][0], types, self.heads[request.tenant].seq)

    def _record(self, request: Request, place: Stream, fact: Fact) -> None:
        version, state = self.states[place]
        head = self.heads[request.tenant]
        event = Event(
            self._service,
            request.tenant,
            head.seq + 1,
            place[1],
            version + 1,
            fact.TYPE,
            self.time,
            request.actor,
            request.cause,
            request.correlation,
            msgspec.json.encode(fact),
            head.hash,
            b"",
            self._decode,
            fact,
        )
        event.hash = chain_hash(event, head.hash)
        self.heads[request.tenant] = event.head
        self.states[place] = (version + 1, self._decider.aggregate(place[1]).evolve(state, fact))
        self._learned.add(place)
        self.events.append(event)
