"""Chained events made by hand, for writing into stores and buses."""

import msgspec

from shared.kernel.deciding import Decider
from shared.kernel.messages import START, Event, Head, chain_hash
from tests.controls import TAKAMATSU
from tests.tally import TALLY, Added


def event(
    after: Head = START,
    tenant: str = TAKAMATSU,
    stream: str = "jar-a",
    version: int = 1,
    amount: int = 1,
    decider: Decider = TALLY,
) -> Event:
    """The event that follows `after`."""
    made = Event(
        decider.contract.service,
        tenant,
        after.seq + 1,
        stream,
        version,
        Added.TYPE,
        "2016-11-01T01:02:03.000Z",
        "係員・山田",
        "form:17",
        "trace",
        msgspec.json.encode(Added(jar="瓶", amount=amount)),
        after.hash,
        b"",
        decider.contract.decode,
    )
    made.hash = chain_hash(made, after.hash)
    return made


def chain(count: int, after: Head = START, tenant: str = TAKAMATSU, stream: str = "jar-a") -> list[Event]:
    """So many events in one stream, one following the other; versions go on from `after`'s number."""
    made: list[Event] = []
    for _ in range(count):
        made.append(event(after, tenant, stream, after.seq + 1, amount=after.seq))
        after = made[-1].head
    return made
