"""How the tests read the demo's files."""

import csv
import io

from services.demo import DemoFiles

TAKAMATSU = "372013"
KOSAKA = "053031"
MATSUDO = "122076"
MUSASHINO = "132039"
SEED = 2016

OUTCOMES = {"done", "cancelled_before", "cancelled_same_day", "no_show", "not_needed", "stopped"}

Rows = list[dict[str, str]]


def rows(text: str) -> Rows:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def people_by_id(files: DemoFiles) -> dict[str, Rows]:
    history: dict[str, Rows] = {}
    for row in rows(files.people):
        history.setdefault(row["person_id"], []).append(row)
    return history


def of_service(visits: Rows, service: str) -> Rows:
    return [visit for visit in visits if visit["service"] == service]
