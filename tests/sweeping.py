"""What a policy that sweeps asks for, when the batches of its consumer end here or there."""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

from shared.adapters.sql_scratch import scratch
from shared.kernel.messages import Event

React = Callable[[Any, Sequence[Event]], list[tuple[Event, Any]]]


def asked(react: React, tables: sa.MetaData, events: Sequence[Event], batch: int) -> list[tuple[int, Any]]:
    """The commands, each with the seq of its event, when that many events are consumed at a time."""
    with scratch() as connection:
        tables.create_all(connection)
        return [
            (event.seq, command)
            for start in range(0, len(events), batch)
            for event, command in react(connection, events[start : start + batch])
        ]
