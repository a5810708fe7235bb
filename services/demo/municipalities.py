"""The municipalities of the sources: the fifteen of seed 003 with their figures, and Takamatsu (seed 000)."""

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Municipality:
    """One municipality as published around February 2016; what the source does not say is None or empty text.

    `slide` is the slide of seed 003; rates are percent as printed; budgets and the premium are yen;
    `sogo_jigyo_start` is the year, or year and month, in which 総合事業 began.
    """

    code: str
    name: str
    prefecture: str
    slide: int | None
    population: int | None
    population_as_of: str
    elderly_population: int | None
    ageing_rate_pct: Decimal | None
    certification_rate_pct: Decimal | None
    ltci_premium_yen_month: int | None
    daily_living_areas: int | None
    support_centers: int | None
    sogo_jigyo_start: str
    layer1_area: str
    layer1_coordinator: str
    layer1_council: str
    layer2_area: str
    layer2_areas: int | None
    layer2_coordinator: str
    layer2_council: str
    budget_fy2015_yen: int | None
    budget_fy2016_yen: int | None


@dataclass(frozen=True, slots=True)
class District:
    """A district of layer 2 under a neutral synthetic name; `district_id` is d01, d02 … within its municipality."""

    district_id: str
    name: str


@cache
def load_municipalities() -> tuple[Municipality, ...]:
    """All municipalities of services/coordination/municipalities.csv, in the order of the file."""
    text = files("services").joinpath("coordination").joinpath("municipalities.csv").read_text(encoding="utf-8")
    return tuple(_municipality(row) for row in csv.DictReader(text.splitlines()))


def districts(code: str) -> tuple[District, ...]:
    """The districts of layer 2, as many as the source counts; none where it names no second layer.

    Raises ValueError for a municipality that is not in the file.
    """
    for municipality in load_municipalities():
        if municipality.code == code:
            return tuple(
                District(f"d{number:02d}", f"第{number}地区")
                for number in range(1, (municipality.layer2_areas or 0) + 1)
            )
    raise ValueError(f"市町村コード {code} は municipalities.csv にありません。収録済みのコードを指定してください。")


def _municipality(row: dict[str, str]) -> Municipality:
    return Municipality(
        code=row["code"],
        name=row["name"],
        prefecture=row["prefecture"],
        slide=_count(row["slide"]),
        population=_count(row["population"]),
        population_as_of=row["population_as_of"],
        elderly_population=_count(row["elderly_population"]),
        ageing_rate_pct=_rate(row["ageing_rate_pct"]),
        certification_rate_pct=_rate(row["certification_rate_pct"]),
        ltci_premium_yen_month=_count(row["ltci_premium_yen_month"]),
        daily_living_areas=_count(row["daily_living_areas"]),
        support_centers=_count(row["support_centers"]),
        sogo_jigyo_start=row["sogo_jigyo_start"],
        layer1_area=row["layer1_area"],
        layer1_coordinator=row["layer1_coordinator"],
        layer1_council=row["layer1_council"],
        layer2_area=row["layer2_area"],
        layer2_areas=_count(row["layer2_areas"]),
        layer2_coordinator=row["layer2_coordinator"],
        layer2_council=row["layer2_council"],
        budget_fy2015_yen=_count(row["budget_fy2015_yen"]),
        budget_fy2016_yen=_count(row["budget_fy2016_yen"]),
    )


def _count(text: str) -> int | None:
    return int(text) if text else None


def _rate(text: str) -> Decimal | None:
    return Decimal(text) if text else None
