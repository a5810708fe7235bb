"""At least once delivered, exactly once effective: also where doing it twice would show (decision 4)."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from shared.flow import consume
from tests.simulation import jars
from tests.simulation.jars import Jars
from tests.simulation.mutants import without
from tests.simulation.test_goes_red import CHAIN_CHECK, GAP_CHECK, HEALING, POSITION_CHECK

STORMS = 100
TOGETHER = 20
FORGOTTEN_POSITION = ("            tx.move(name, generation, after)\n", "            pass\n")


def through_a_storm(folder: Path, seed: int) -> None:
    (folder / str(seed)).mkdir()
    world = Jars(folder / str(seed), seed)
    try:
        world.storm()
        assert world.system.parked() == []
        assert world.copied() == world.filled(), f"seed {seed}"
        assert world.shown() == world.filled(), f"seed {seed}"
        assert sum(world.filled().values()) == sum(1 + number % 9 for number in range(jars.FILLINGS))
    finally:
        world.system.close()


def through_storms(folder: Path, seeds: Iterable[int]) -> None:
    for seed in seeds:
        through_a_storm(folder, seed)


@pytest.mark.parametrize("first", range(0, STORMS, TOGETHER))
def test_every_filling_is_copied_and_shown_exactly_once(tmp_path: Path, first: int) -> None:
    through_storms(tmp_path, range(first, first + TOGETHER))


@pytest.mark.parametrize(
    "taken_out",
    [
        [POSITION_CHECK],
        [GAP_CHECK],
        [POSITION_CHECK, CHAIN_CHECK],
        [GAP_CHECK, CHAIN_CHECK],
        [HEALING],
        [FORGOTTEN_POSITION],
    ],
    ids=["position", "gap", "position and chain", "gap and chain", "healing", "moving the position"],
)
def test_it_goes_red_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken_out: Sequence[tuple[str, str]]
) -> None:
    monkeypatch.setattr(jars, "consume", without(consume, *taken_out))
    with pytest.raises(AssertionError):
        through_storms(tmp_path, range(STORMS))
