"""A line of the table says what was measured, the bound, both figures, and whether the bound holds."""

import pytest

from benchmarks.ratios import Ratio


def test_a_line_names_the_ratio_the_bound_and_both_figures() -> None:
    line = Ratio("whole path / rows", ours=3_000, theirs=50_000, unit="1/s", at_least=0.05).line()

    assert line.split("  ")[0] == "whole path / rows"
    assert " 0.060  (≥ 0.05)  3,000.0 / 50,000.0 1/s  ok" in line


@pytest.mark.parametrize(
    ("ours", "at_least", "at_most", "reached"),
    [
        (6.0, 6.0, None, True),
        (5.9, 6.0, None, False),
        (1.2, None, 1.2, True),
        (1.3, None, 1.2, False),
        (1.0, 0.8, 1.2, True),
        (0.7, 0.8, 1.2, False),
    ],
)
def test_a_bound_holds_up_to_and_with_its_value(
    ours: float, at_least: float | None, at_most: float | None, reached: bool
) -> None:
    ratio = Ratio("any", ours=ours, theirs=1.0, unit="s", at_least=at_least, at_most=at_most)

    assert ratio.reached is reached


def test_a_bound_that_does_not_hold_is_said() -> None:
    assert Ratio("any", ours=1, theirs=2, unit="s", at_least=1).line().endswith("NOT REACHED")
