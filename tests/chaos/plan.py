"""What is done to the processes and when: a pure function of a seed."""

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, Literal, get_args

What = Literal[
    "kill",
    "kill an import",
    "restart PostgreSQL",
    "crash PostgreSQL",
    "restart Kafka",
    "crash Kafka",
    "freeze a worker",
    "double a relay",
    "repeat messages",
    "reverse messages",
    "garble messages",
    "leave messages out",
    "unknown tenant",
    "unknown type",
    "version from the future",
]
EVERYTHING: Final[tuple[What, ...]] = get_args(What)
KILLS: Final[tuple[What, ...]] = ("kill", "kill an import")

SERVICES: Final = ("coordination", "requests", "billing", "points", "reporting")
RELAYS: Final = tuple(f"relay-{service}" for service in SERVICES)
WORKERS: Final = tuple(f"work-{service}" for service in SERVICES)
OURS: Final = (*RELAYS, *WORKERS, "gateway", "watch", "live")
KILL_SECONDS: Final = (0.5, 1.5)
ROUND_SECONDS: Final = 60.0
ONCE: Final[Collection[What]] = ("unknown tenant", "unknown type", "version from the future")
"""A second one finds the municipality parked."""


@dataclass(frozen=True, order=True)
class Disturbance:
    at_seconds: float
    what: What
    target: str


def plan(seed: int, seconds: float, whats: Collection[What] = EVERYTHING) -> list[Disturbance]:
    """A kill every second or so; of everything else one in every minute, or one at all when there is less time."""
    rng = random.Random(seed)
    planned = [*_kills(rng, seconds)] if "kill" in whats else []
    others = [what for what in EVERYTHING if what in whats and what != "kill"]
    rounds = max(1, int(seconds // ROUND_SECONDS))
    for number in range(rounds):
        length = seconds / rounds
        for what in others:
            if number == 0 or what not in ONCE:
                at = (number + rng.uniform(0.05, 0.8)) * length
                planned.append(Disturbance(at, what, _target(rng, what)))
    return sorted(planned)


def _kills(rng: random.Random, seconds: float) -> Iterator[Disturbance]:
    at = rng.uniform(*KILL_SECONDS)
    while at < seconds:
        yield Disturbance(at, "kill", rng.choice(OURS))
        at += rng.uniform(*KILL_SECONDS)


def _target(rng: random.Random, what: What) -> str:
    match what:
        case "freeze a worker":
            return rng.choice(("work-billing", "work-points", "work-requests", "work-reporting"))
        case "double a relay":
            return rng.choice(("relay-requests", "relay-billing", "relay-points"))
        case "repeat messages" | "reverse messages" | "garble messages" | "leave messages out":
            return rng.choice(("requests", "requests", "billing", "points"))
        case _:
            return ""
