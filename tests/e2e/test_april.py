"""Each April an office writes the new amounts as one more version into its file of rules, and enacts the file."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.adapters.sql_sweep import STRETCH
from tests.controls import TAKAMATSU
from tests.e2e.office import PEOPLE, Office, founded, lines_of, open_office, visit_line

TENANT = ("--tenant", TAKAMATSU)
MAY = datetime(2017, 5, 8, 1, 0, tzinfo=UTC)
USERS = [f"U{number}" for number in range(1_000, 1_000 + STRETCH + 1)]
VISITS = lines_of(
    [visit_line(f"{user}-{day}", day, user=user) for user in USERS for day in ("2017-03-31", "2017-04-01")]
)
REGISTER = PEOPLE.partition("\n")[0] + "\n" + "".join([f"{user},user,名前,1936-05-01,support1,,,\n" for user in USERS])


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path, MAY) as opened:
        founded(opened)
        assert opened.take("people", REGISTER).code == 0
        assert opened.take("visits", VISITS).code == 0
        yield opened


def with_april(office: Office, until: str = "2017-03-31") -> str:
    """The enacted file, ended, with a version from April under which a visit is 400 yen."""
    folder = Path(__file__).parents[2] / "services" / "billing" / "rulebooks"
    text = (folder / "takamatsu-2016.yaml").read_text(encoding="utf-8").rstrip("\n") + "\n"
    start = text.index("  - effective_from")
    april = text[start:].replace("2016-10-01", "2017-04-01", 1).replace("value: 500\n", "value: 400\n", 1)
    end = f'    effective_until: {{value: {until}, source: {{document: "000", place: 改正}}}}\n'
    return office.file(text + end + april, "youkou.yaml")


def paid(assessment: Any) -> set[tuple[int, str]]:
    return {(row["subsidy_yen"], row["rule"].partition("#")[0]) for row in assessment["visits"]}


def test_april_gets_the_new_yen_and_march_keeps_its_own(office: Office) -> None:
    march = office.statement("2017-03")
    file = with_april(office)
    said = office.done("rules", "enact", file, *TENANT).out
    assert said == f"{TAKAMATSU}: takamatsu-2016@2016-10-01、takamatsu-2016@2017-04-01 を施行しました。\n"

    assert office.statement("2017-03") == march
    assert paid(march) == {(500, "takamatsu-2016@2016-10-01")}
    april = office.statement("2017-04")
    assert (paid(april), len(april["visits"])) == ({(400, "takamatsu-2016@2017-04-01")}, STRETCH + 1)
    simulated = office.done(
        "billing", "simulate", "--rules", file, "--visits", office.file(VISITS), "--through", "2017-04", "--json"
    ).json
    assert simulated["visits"] == sorted([*march["visits"], *april["visits"]], key=lambda row: row["visit_id"])
    assert office.done("audit", "replay", *TENANT, "--json").json["identical"] is True
    assert "施行済みです" in office.done("rules", "enact", file, *TENANT).out


def test_an_april_that_leaves_days_without_a_rule_is_refused_with_what_to_do(office: Office) -> None:
    answer = office.yui("rules", "enact", with_april(office, until="2017-02-28"), *TENANT)
    assert (answer.code, answer.err.count("\n")) == (2, 1)
    assert "2017-04-01 からの新しい版だけを、別のファイルに書いて施行してください。" in answer.err
