"""Four ways to the same yen: a simulation of the files, the statements after they were imported in pieces and out of
order (some of it entered and corrected on pages before), a plain SQL group-by over the visits, and a replay of the
ledger.
"""

import json
import random
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from services.requests.entries import VisitEntry
from shared.kernel.csv_reading import BadRow
from shared.kernel.dates import Month, months_between
from shared.kernel.kinds import VisitRow, parse_visits
from tests.controls import TAKAMATSU
from tests.e2e.busy_office import ORGANISATIONS, BusyFiles, busy_files, people_file, visits_file
from tests.e2e.office import Office, open_office

VISITS: Final = 3_000
PIECES: Final = 5
ON_PAGES: Final = 40
MONTHS: Final = months_between(Month(2016, 9), Month(2017, 3))
APRIL: Final = datetime(2017, 4, 3, 1, 0, tzinfo=UTC)
TENANT: Final = ("--tenant", TAKAMATSU)

PLAIN_SQL: Final = """
WITH payable AS (
    SELECT organisation_id, substr(served_on, 1, 7) AS month,
           row_number() OVER (
               PARTITION BY person, substr(served_on, 1, 7) ORDER BY served_on, started_at, visit_id
           ) AS place
    FROM visits__1
    WHERE status = 'confirmed' AND outcome = 'done' AND served_on >= '2016-10-01'
      AND category IN ('checklist', 'support1', 'support2')
      AND helpers_trained AND NOT relative AND agreed_record AND service = 'visit'
)
SELECT organisation_id, month, sum(place <= 5), sum(CASE WHEN place <= 5 THEN 500 ELSE 0 END)
FROM payable GROUP BY organisation_id, month
"""


@pytest.fixture(scope="module")
def files() -> BusyFiles:
    return busy_files(seed=20161001, visits=VISITS)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory, files: BusyFiles) -> Iterator[Office]:
    with open_office(tmp_path_factory.mktemp("busy"), APRIL) as opened:
        bring(opened, files)
        yield opened


def bring(office: Office, files: BusyFiles) -> None:
    """Everything in shuffled pieces; first some of it wrong, later rows of the register after the visits."""
    rng = random.Random(1)
    office.done("tenant", "add", TAKAMATSU, "高松市")
    office.take("organisations", ORGANISATIONS)
    wrong_people = {line.partition(",")[0]: line for line in files.people_wrong}
    first_people = [wrong_people.get(line.partition(",")[0], line) for line in shuffled(rng, files.people)]
    assert office.take("people", people_file(first_people)).code == 0
    wrong_visits = {line.partition(",")[0]: line for line in files.visits_wrong}
    first_visits = [wrong_visits.get(line.partition(",")[0], line) for line in shuffled(rng, files.visits)]
    office.enter(
        *[VisitEntry(row, None, brings_agreed_record=False) for row in read(first_visits[::PIECES][:ON_PAGES])]
    )
    for number in range(PIECES):
        if number == 2:
            office.done("rules", "enact", "takamatsu-2016", *TENANT)
        piece = first_visits[number::PIECES]
        assert office.take("visits", visits_file([*piece, *piece[:50]]), "--no-wait").json["unchanged"] == 50
    assert office.take("people", people_file(shuffled(rng, files.people_later))).code == 0
    corrected = office.take("people", people_file(files.people), "--correct", "研修修了日の転記漏れ").json
    assert corrected["corrected"] == len(files.people_wrong)
    right = [line for line in files.visits if line.partition(",")[0] in wrong_visits][:ON_PAGES]
    office.enter(*[VisitEntry(row, "確認書の転記誤り", brings_agreed_record=False) for row in read(right)])
    assert "no_record" in {row["reason"] for month in MONTHS for row in office.statement(str(month))["visits"]}
    corrected = office.take("visits", visits_file(shuffled(rng, files.visits)), "--correct", "確認書の転記誤り").json
    assert 0 < corrected["corrected"] <= len(files.visits_wrong)
    assert corrected["refused"] == []


def shuffled(rng: random.Random, lines: list[str]) -> list[str]:
    return rng.sample(lines, len(lines))


def read(lines: list[str]) -> list[VisitRow]:
    rows = parse_visits(visits_file(lines))
    return [row[1] for row in rows if not isinstance(row, BadRow)]


@pytest.fixture(scope="module")
def simulated(office: Office, files: BusyFiles) -> Any:
    return office.done(
        "billing", "simulate", "--rules", "takamatsu-2016", "--visits", office.file(files.all_visits),
        "--organisations", office.file(ORGANISATIONS), "--people", office.file(files.all_people),
        "--through", "2017-03", "--json",
    ).json  # fmt: skip


@pytest.fixture(scope="module")
def stated(office: Office) -> dict[str, Any]:
    return {str(month): office.statement(str(month)) for month in MONTHS}


def test_the_files_hold_every_reason(simulated: Any) -> None:
    found = {row["reason"] for row in simulated["visits"]}
    assert found == {
        "paid", "over_cap", "not_done", "no_rule", "not_eligible", "helper_not_trained", "relative", "no_rate",
    }  # fmt: skip


def test_the_simulation_of_the_files_is_the_sum_of_the_statements(simulated: Any, stated: dict[str, Any]) -> None:
    visits = sorted((row for month in stated.values() for row in month["visits"]), key=lambda row: row["visit_id"])
    assert len(visits) == VISITS
    assert visits == simulated["visits"]
    places = ("organisation_id", "month", "service")
    months = sorted(
        (row for month in stated.values() for row in month["months"]), key=lambda row: [row[name] for name in places]
    )
    assert months == simulated["months"]
    assert sum(month["total_yen"] for month in stated.values()) == simulated["total_yen"]


def test_a_plain_group_by_over_the_visits_says_the_same(office: Office, stated: dict[str, Any]) -> None:
    with sqlite3.connect(office.folder / "requests.db") as connection:
        rows = connection.execute(PLAIN_SQL).fetchall()
    connection.close()
    by_hand = {(organisation, month): (count, yen) for organisation, month, count, yen in rows if count}
    from_statements = {
        (row["organisation_id"], row["month"]): (row["visits_subsidised"], row["per_visit_yen"])
        for month in stated.values()
        for row in month["months"]
        if row["visits_subsidised"]
    }
    assert from_statements == by_hand


def test_the_replay_of_the_ledgers_says_the_same(office: Office) -> None:
    document = office.done("audit", "replay", *TENANT, "--json").json
    assert (document["identical"], document["differences"]) == (True, [])
    assert office.done("audit", "verify", *TENANT, "--json").json["breaks"] == []


def test_as_known_today_is_as_it_is(office: Office, stated: dict[str, Any]) -> None:
    for month in ("2016-10", "2017-03"):
        assert office.statement(month, "--known-on", "2017-04-03") == stated[month]


def test_sums_agree_in_every_month(stated: dict[str, Any]) -> None:
    for month in stated.values():
        assert sum(row["subsidy_yen"] for row in month["visits"]) == sum(
            row["per_visit_yen"] for row in month["months"]
        )
        assert month["total_yen"] == sum(row["total_yen"] for row in month["months"])


def test_rebuilt_views_say_the_same(office: Office, stated: dict[str, Any]) -> None:
    office.done("rebuild", "billing.assessments", "billing.grants")
    assert json.dumps(office.statement("2016-12")) == json.dumps(stated["2016-12"])


def test_a_visit_is_explained_to_its_yen(office: Office, stated: dict[str, Any]) -> None:
    for row in random.Random(2).sample(stated["2016-11"]["visits"], 25):
        story = office.done("billing", "explain", row["visit_id"], *TENANT, "--json").json
        story["cap_position"] = story["cap"]["position"] if story["cap"] else None
        assert {name: story[name] for name in row} == row
        assert story["history"][-1]["subsidy_yen"]["to"] == row["subsidy_yen"]
        if story["cap"]:
            assert [place["position"] for place in story["cap"]["before"]] == list(range(1, row["cap_position"]))
