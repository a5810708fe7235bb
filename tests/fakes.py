"""Stand-ins for the outside world that tests steer by hand: a clock, a counting observer, an inbox."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared.flow.ports import Polled


class SetClock:
    """Stands still at `instant` until somebody moves it."""

    def __init__(self, instant: datetime = datetime(2016, 11, 1, 1, 2, 3, tzinfo=UTC)) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant

    def pass_days(self, days: int) -> None:
        self.instant += timedelta(days=days)


class Counts:
    """An observer that adds up what the loops tell, by name and subscription."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()
        self.observed: dict[str, list[float]] = {}

    def count(self, name: str, amount: int = 1, **_labels: str) -> None:
        self.totals[name] += amount

    def observe(self, name: str, value: float, **_labels: str) -> None:
        self.observed.setdefault(name, []).append(value)


class HandInbox:
    """Delivers what the test puts into it."""

    def __init__(self) -> None:
        self.messages: list[Polled] = []
        self.limits: list[int] = []

    def put(self, *messages: Polled) -> None:
        self.messages.extend(messages)

    def poll(self, limit: int) -> list[Polled]:
        self.limits.append(limit)
        taken, self.messages = self.messages[:limit], self.messages[limit:]
        return taken


def seeded_mint(seed: int) -> Callable[[], str]:
    """Ids in the form of a UUID, the same ones for the same seed."""
    source = random.Random(seed)
    return lambda: str(UUID(int=source.getrandbits(128)))
