"""The figures of the sources, as shipped."""

from decimal import Decimal

import pytest

from services.demo import DEMO_CODES, Municipality, districts, load_municipalities


def municipality(code: str) -> Municipality:
    return next(entry for entry in load_municipalities() if entry.code == code)


def check_digit(code: str) -> str:
    """The last digit of a 全国地方公共団体コード."""
    total = sum(weight * int(digit) for weight, digit in zip((6, 5, 4, 3, 2), code, strict=False))
    return str((11 - total % 11) % 10)


def test_the_fifteen_of_the_case_book_and_takamatsu_are_there_once() -> None:
    codes = [entry.code for entry in load_municipalities()]
    assert len(codes) == len(set(codes)) == 16
    assert len([entry for entry in load_municipalities() if entry.slide]) == 15
    assert set(DEMO_CODES) <= set(codes)


def test_every_code_carries_its_check_digit() -> None:
    assert all(entry.code[-1] == check_digit(entry.code) for entry in load_municipalities())


def test_ikeda_has_the_figures_of_its_slide() -> None:
    ikeda = municipality("016446")
    assert (ikeda.prefecture, ikeda.name, ikeda.slide) == ("北海道", "池田町", 1)
    assert (ikeda.population, ikeda.elderly_population, ikeda.ageing_rate_pct) == (7110, 2836, Decimal("39.89"))
    assert (ikeda.ltci_premium_yen_month, ikeda.budget_fy2015_yen, ikeda.budget_fy2016_yen) == (4803, 4300000, 6000000)
    assert ikeda.layer2_areas is None


def test_takamatsu_has_its_districts_and_no_invented_figure() -> None:
    takamatsu = municipality("372013")
    assert (takamatsu.prefecture, takamatsu.name, takamatsu.layer2_area) == ("香川県", "高松市", "地区コミュニティ")
    assert takamatsu.layer2_areas == 44
    assert takamatsu.population is None
    assert takamatsu.budget_fy2016_yen is None


def test_takamatsu_has_44_districts_with_neutral_names() -> None:
    known = districts("372013")
    assert [known[0].district_id, known[0].name] == ["d01", "第1地区"]
    assert [known[-1].district_id, known[-1].name] == ["d44", "第44地区"]
    assert len(known) == len({district.district_id for district in known}) == 44


def test_a_municipality_without_a_second_layer_has_no_districts() -> None:
    assert districts("053031") == ()


def test_an_unknown_code_is_refused() -> None:
    with pytest.raises(ValueError, match="市町村コード 131016 は"):
        districts("131016")
