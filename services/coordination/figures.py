"""What the source documents publish about municipalities (seed 003; Takamatsu: seed 000)."""

import csv
from functools import cache
from importlib.resources import files

from services.coordination.events import MunicipalityProfile

TAKAMATSU = "372013"
TAKAMATSU_DISTRICTS = 44


@cache
def _published() -> dict[str, dict[str, str]]:
    text = (files(__package__) / "municipalities.csv").read_text(encoding="utf-8")
    return {row["code"]: row for row in csv.DictReader(text.splitlines())}


def published_name(code: str) -> str | None:
    row = _published().get(code)
    return row["name"] if row else None


def published_profile(code: str) -> MunicipalityProfile | None:
    """The published figures of a municipality; None for one that no source describes."""
    row = _published().get(code)
    if row is None:
        return None
    return MunicipalityProfile(
        prefecture=row["prefecture"] or None,
        population=_number(row["population"]),
        population_as_of=row["population_as_of"] or None,
        elderly_population=_number(row["elderly_population"]),
        ageing_rate_pct=row["ageing_rate_pct"] or None,
        certification_rate_pct=row["certification_rate_pct"] or None,
        ltci_premium_yen_month=_number(row["ltci_premium_yen_month"]),
        daily_living_areas=_number(row["daily_living_areas"]),
        support_centers=_number(row["support_centers"]),
        sogo_jigyo_start=row["sogo_jigyo_start"] or None,
        source="seed 000" if code == TAKAMATSU else f"seed 003, slide {row['slide']}",
    )


def district_names(code: str) -> list[tuple[str, str]]:
    """(id, name) of the districts that a source counts. Seed 000 counts Takamatsu's 44, without their names."""
    if code != TAKAMATSU:
        return []
    return [(f"d{number:02}", f"第{number}地区") for number in range(1, TAKAMATSU_DISTRICTS + 1)]


def _number(text: str) -> int | None:
    return int(text) if text else None
