"""Chaos on the real processes, in short: `make chaos` goes on for as long as one likes."""

from typing import Final

import pytest

from tests.chaos.disturbing import taking_effect
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
    assert [what for what in EVERYTHING if not result.done[what] and what != "kill"] == []
    assert sum(found.count.facts for found in result.found.values()) > 500
    assert all(found.yen and found.points for found in result.found.values())


def test_what_does_nothing_is_done_again_and_not_counted_before_it_does_something() -> None:
    done = iter([0, 0, 7])
    assert taking_effect(lambda: next(done), seconds=60) == 7
    assert list(done) == []
    assert taking_effect(lambda: 0, seconds=0) == 0


def test_a_plan_does_everything_and_the_same_again() -> None:
    assert plan(7, 600) == plan(7, 600) != plan(8, 600)
    assert {disturbance.what for disturbance in plan(7, 60)} == set(EVERYTHING)
    assert {each.target for each in plan(7, 600) if each.what == "kill"} == set(OURS)
