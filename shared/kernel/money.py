"""Money is a whole number of yen, everywhere."""

from collections.abc import Sequence
from typing import TypeAlias

Yen: TypeAlias = int


def split_largest_remainder(total: Yen, weights: Sequence[int]) -> list[Yen]:
    """`total` in parts proportional to `weights`, to the yen: the parts always sum to `total`.

    Each part is first rounded towards zero, then the yen left over go one each to the largest remainders, the earlier
    part first when remainders are equal. A negative total is split like its positive and negated. Weights are whole
    numbers: 12.5 % beside 25 % is 125 beside 250. Raises ValueError for a negative weight or when all are zero.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("按分の割合は0以上で、合計が1以上でなければなりません。")
    shares = [divmod(abs(total) * weight, whole) for weight in weights]
    parts = [quotient for quotient, _ in shares]
    by_remainder = sorted(range(len(shares)), key=lambda index: -shares[index][1])
    for index in by_remainder[: abs(total) - sum(parts)]:
        parts[index] += 1
    return parts if total >= 0 else [-part for part in parts]


def format_yen(amount_yen: Yen) -> str:
    """`1234` as `1,234円`."""
    return f"{amount_yen:,}円"
