"""A power cut at every single place of a short life where there can be one."""

import random
from collections.abc import Callable, Sequence

import pytest

from tests.simulation.faults import Counted, PowerCut
from tests.simulation.history import Step, Told, short_life
from tests.simulation.runs import Runs
from tests.simulation.world import LAST_MORNING, World, assert_sound, shown

GROUPS = 4


def through(world: World, do: Callable[[], object]) -> None:
    """Do it; after a power cut, do it again."""
    try:
        do()
    except PowerCut:
        world.cut_power()
        do()


def live(world: World, steps: Sequence[Step]) -> None:
    """Told four at a time, every loop called once in between."""
    world.clock.instant = LAST_MORNING
    told = [step for step in steps if isinstance(step, Told)]
    while told:
        together = [step for step in told[:4] if step.service == told[0].service]
        through(world, lambda together=together: world.tell(together))  # type: ignore[misc]
        del told[: len(together)]
        for name in list(world.loops):
            through(world, lambda name=name: world.loops[name]())  # type: ignore[misc]
    through(world, world.rest)
    world.rest()


@pytest.mark.parametrize("group", range(GROUPS))
def test_wherever_the_power_fails_nothing_is_lost_and_nothing_done_twice(runs: Runs, group: int) -> None:
    untouched, rng = Counted(at=0), random.Random(0)
    with runs.world(untouched, rng) as world:
        live(world, short_life())
        expected = shown(world)
    places = range(1 + group, untouched.passed + 1, GROUPS)
    assert len(places) > 10
    for place in places:
        with runs.world(Counted(place), rng) as world:
            live(world, short_life())
            assert world.power_cuts == 1
            assert_sound(world)
            assert shown(world) == expected, f"power cut at place {place}"
