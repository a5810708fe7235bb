from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.money import format_yen, split_largest_remainder

WEIGHTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=20).filter(any)
TOTALS = st.integers(-(10**12), 10**12)


@given(TOTALS, WEIGHTS)
def test_the_parts_sum_to_the_total(total: int, weights: list[int]) -> None:
    assert sum(split_largest_remainder(total, weights)) == total


@given(TOTALS, WEIGHTS)
def test_each_part_is_less_than_one_yen_from_its_exact_share(total: int, weights: list[int]) -> None:
    for part, weight in zip(split_largest_remainder(total, weights), weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


@given(TOTALS, WEIGHTS)
def test_a_weight_of_zero_gets_nothing(total: int, weights: list[int]) -> None:
    parts = split_largest_remainder(total, weights)
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(TOTALS, WEIGHTS)
def test_a_refund_is_split_like_the_payment(total: int, weights: list[int]) -> None:
    assert split_largest_remainder(-total, weights) == [-part for part in split_largest_remainder(total, weights)]


def test_the_sources_of_money_of_the_sogo_jigyo_share_one_yen_too_many() -> None:
    assert split_largest_remainder(1_001, [250, 125, 125, 220, 280]) == [250, 125, 125, 220, 281]


def test_equal_remainders_favour_the_earlier_part() -> None:
    assert split_largest_remainder(2, [1, 1, 1]) == [1, 1, 0]


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_weights_that_are_no_proportions_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="按分の割合"):
        split_largest_remainder(100, weights)


@pytest.mark.parametrize(("amount_yen", "text"), [(0, "0円"), (1_234, "1,234円"), (-1_234_567, "-1,234,567円")])
def test_yen_are_written_with_thousands_separated(amount_yen: int, text: str) -> None:
    assert format_yen(amount_yen) == text
