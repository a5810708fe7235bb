"""The test of the test: with a check taken out of the system, some storm comes to something else."""

from collections.abc import Sequence

import pytest

from services import parts
from services.billing import engine
from services.points import decider as points_decider
from services.points import settling
from shared.flow import consume, handle, system
from tests.simulation.mutants import without
from tests.simulation.runs import Runs

MOST_STORMS = 40

POSITION_CHECK = ("if event.seq <= last.seq:", "if False:")
GAP_CHECK = ("elif event.seq > last.seq + 1:", "elif False:")
CHAIN_CHECK = ("if event.prevhash != last.hash:", "if False:")
HEALING = ("return len(polled) + self._heal()", "return len(polled)")
REMEMBERED_KEYS = ("known = tx.answers(keys) if keys else {}", "known: dict[Stream, Answer] = {}")
ORDER_OF_LIFE = ("sorted(visits, key=_in_order)", "visits")


def goes_red(runs: Runs) -> bool:
    """Whether a storm comes to something else than the same life told in peace."""
    for number in range(MOST_STORMS):
        try:
            runs.storm(number % 4, number)
        except AssertionError:
            return True
    return False


@pytest.mark.parametrize(
    "taken_out",
    [[POSITION_CHECK], [GAP_CHECK], [GAP_CHECK, CHAIN_CHECK], [HEALING]],
    ids=["position", "gap", "gap and chain", "healing"],
)
def test_without_a_check_of_the_consumer(
    fresh_runs: Runs, monkeypatch: pytest.MonkeyPatch, taken_out: Sequence[tuple[str, str]]
) -> None:
    monkeypatch.setattr(parts, "Consumer", without(consume, *taken_out).Consumer)
    assert goes_red(fresh_runs)


def test_without_the_answers_to_keys(fresh_runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "handle", without(handle, REMEMBERED_KEYS).handle)
    assert goes_red(fresh_runs)


def test_without_the_sorting_of_a_user_month(fresh_runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engine.ENGINES, 1, without(engine, ORDER_OF_LIFE).ENGINES[1])
    assert goes_red(fresh_runs)


def test_without_the_sorting_of_an_account(fresh_runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (points_decider, settling):
        monkeypatch.setattr(module, "bisect_left", lambda claims, _claim: len(claims))
    assert goes_red(fresh_runs)


def test_with_everything_in_its_place_it_stays_green(fresh_runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "Consumer", without(consume).Consumer)
    for number in range(3):
        fresh_runs.storm(number, number)
