"""The whole system through power cuts, outages and a faulty bus: in the end the same as told once, in peace.

A failing case says its history and seed: `runs.storm(history, seed)` plays it again, step by step.
"""

import pytest

from shared.flow.replay import replay
from tests.simulation.history import TENANTS
from tests.simulation.runs import Runs
from tests.simulation.scratch import scratch
from tests.simulation.world import World, assert_sound

HISTORIES = 20
STORMS_EACH = 12
TOGETHER = 4


@pytest.mark.parametrize("first", range(0, STORMS_EACH, TOGETHER))
@pytest.mark.parametrize("number", range(HISTORIES))
def test_whatever_happens_the_same_comes_out(runs: Runs, number: int, first: int) -> None:
    for seed in range(first, first + TOGETHER):
        runs.storm(number, seed)


def assert_replays(world: World) -> None:
    assert_sound(world)
    for tenant in TENANTS:
        assert replay(world.system.parts, tenant, world.system.parts, scratch).differences == []


@pytest.mark.parametrize("number", range(0, HISTORIES, 2))
def test_what_came_out_replays_from_the_ledgers_alone(runs: Runs, number: int) -> None:
    runs.storm(number, STORMS_EACH, assert_replays)
