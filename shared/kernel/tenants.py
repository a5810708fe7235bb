"""A tenant is one municipality, named by its 全国地方公共団体コード: five digits and a check digit."""

import re

_SIX_DIGITS = re.compile(r"[0-9]{6}")
_WEIGHTS = (6, 5, 4, 3, 2)


class WrongTenantCode(ValueError):
    """団体コードが6桁の数字でないか、検査数字が合いません。"""


def check_digit(five_digits: str) -> int:
    """The sixth digit of a 全国地方公共団体コード.

    Rule of 総務省「都道府県コード及び市区町村コード」: the digits times 6, 5, 4, 3, 2 are summed; the last digit of
    11 minus the remainder of that sum by 11. `five_digits` holds ASCII digits only.
    """
    weighted = sum(int(digit) * weight for digit, weight in zip(five_digits, _WEIGHTS, strict=True))
    return (11 - weighted % 11) % 10


def check_tenant_code(code: str) -> str:
    """The code itself when it is six digits and its check digit holds.

    Raises WrongTenantCode with a sentence for the user, which names the check digit that was expected.
    """
    if _SIX_DIGITS.fullmatch(code) is None:
        raise WrongTenantCode(
            f"団体コード「{code}」は6桁の半角数字ではありません。"
            "検査数字まで含めた6桁(例:高松市 372013)で書いてください。"
        )
    expected = check_digit(code[:5])
    if int(code[5]) != expected:
        raise WrongTenantCode(
            f"団体コード「{code}」の検査数字(6桁目)が合いません。先頭5桁が {code[:5]} なら6桁目は {expected} です。"
            "番号を確かめてください。"
        )
    return code
