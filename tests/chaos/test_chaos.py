"""Chaos on the real processes, in short: `make chaos` goes on for as long as one likes."""

from typing import Final

import pytest

from tests.chaos.plan import EVERYTHING, OURS, plan
from tests.chaos.storm import storm

SEED: Final = 1
SECONDS: Final = 20.0


@pytest.mark.xdist_group("fleet")
def test_nothing_is_lost_or_doubled(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("chaos")
    result = storm(folder, SEED, SECONDS)
    assert result.lost == []
    assert result.doubled == []
    assert result.unlike == []
    assert result.kills >= SECONDS / 2
    assert result.done.keys() >= set(EVERYTHING) - {"kill", "kill an import"}
    assert sum(found.count.facts for found in result.found.values()) > 500
    assert all(found.yen and found.points for found in result.found.values())


def test_a_plan_does_everything_and_the_same_again() -> None:
    assert plan(7, 600) == plan(7, 600) != plan(8, 600)
    assert {disturbance.what for disturbance in plan(7, 60)} == set(EVERYTHING)
    assert {each.target for each in plan(7, 600) if each.what == "kill"} == set(OURS)
