"""Runs of the simulation: the same life told once in peace, and again through a storm of faults."""

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.simulation.faults import Calm, FaultyBus, Seeded
from tests.simulation.history import history
from tests.simulation.world import World, assert_sound, begun_from, come_to_rest, play, play_in_one_pass, shown


class Runs:
    """All runs begin from copies of the same empty files; what a history comes to is worked out once."""

    def __init__(self, template: Path, folder: Path) -> None:
        self._template = template
        self._folder = folder
        self._expected: dict[int, list[str]] = {}
        self._numbers = count()

    @contextmanager
    def world(self, fate: Calm, rng: random.Random) -> Iterator[World]:
        files = begun_from(self._template, self._folder / str(next(self._numbers)))
        world = World(files, fate, FaultyBus(fate, rng))
        try:
            yield world
        finally:
            world.close()
            shutil.rmtree(files)

    def expected(self, number: int) -> list[str]:
        """What a history comes to when nothing goes wrong and one thing is told after the other."""
        if number not in self._expected:
            with self.world(Calm(), random.Random(0)) as world:
                play_in_one_pass(world, history(number).in_one_pass())
                assert_sound(world)
                self._expected[number] = shown(world)
        return self._expected[number]

    def storm(self, number: int, seed: int, look: Callable[[World], None] = assert_sound) -> None:
        """Tell a history in another order through faults; AssertionError when something else comes out."""
        rng = random.Random(f"{number}/{seed}")
        fate = Seeded(rng)
        with self.world(fate, rng) as world:
            play(world, history(number).shuffled(rng), rng)
            fate.calm = True
            come_to_rest(world)
            look(world)
            assert shown(world) == self.expected(number), f"history {number}, seed {seed}"
