import pytest

from shared.kernel.tenants import WrongTenantCode, check_digit, check_tenant_code

MUNICIPALITIES_OF_THE_SEEDS = {
    "016446": "池田町",
    "032034": "大船渡市",
    "053031": "小坂町",
    "113476": "吉見町",
    "122076": "松戸市",
    "132241": "多摩市",
    "132039": "武蔵野市",
    "142034": "平塚市",
    "151009": "新潟市",
    "173614": "津幡町",
    "232122": "安城市",
    "282022": "尼崎市",
    "282090": "豊岡市",
    "372013": "高松市",
    "442089": "竹田市",
    "462225": "奄美市",
}


@pytest.mark.parametrize("code", MUNICIPALITIES_OF_THE_SEEDS)
def test_a_published_code_is_accepted_as_it_is(code: str) -> None:
    assert check_tenant_code(code) == code


@pytest.mark.parametrize("code", MUNICIPALITIES_OF_THE_SEEDS)
def test_every_other_check_digit_is_refused(code: str) -> None:
    for digit in set("0123456789") - {code[5]}:
        with pytest.raises(WrongTenantCode):
            check_tenant_code(code[:5] + digit)


def test_a_weighted_sum_below_eleven_is_subtracted_from_eleven() -> None:
    assert check_digit("01100") == 2  # 札幌市 011002


def test_a_remainder_of_zero_gives_one_and_of_one_gives_zero() -> None:
    assert check_digit("00000") == 1
    assert check_digit("10003") == 0


def test_the_refusal_names_the_expected_check_digit() -> None:
    with pytest.raises(WrongTenantCode, match=r"372014.*6桁目は 3 です"):
        check_tenant_code("372014")


@pytest.mark.parametrize("code", ["", "37201", "3720130", "37201a", "３７２０１３", " 372013", "372013\n"])
def test_anything_but_six_digits_is_refused_with_an_example(code: str) -> None:
    with pytest.raises(WrongTenantCode, match="6桁の半角数字ではありません"):
        check_tenant_code(code)
