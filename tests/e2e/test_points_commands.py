"""Activities and points by the promised commands."""

from tests.controls import KOSAKA, TAKAMATSU
from tests.e2e.office import Office, lines_of, visit_line

TENANT = ("--tenant", TAKAMATSU)


def office_people() -> str:
    return (
        "person_id,roles,name,birth_date,care_level,care_from,registered_on,trained_on\n"
        "U1,user,小坂 花子,1936-05-01,support1,2016-04-01,,\n"
        "U2,user,小坂 一郎,1940-03-02,care1,2016-04-01,,\n"
        "H1,helper,小坂 太郎,1950-02-01,,,2016-09-01,2016-09-20\n"
    )


def test_activities_are_taken(office: Office) -> None:
    activities = "activity_id,person_id,kind,done_on,minutes\nA1,H1,volunteering,2016-10-03,60\n"
    assert office.take("activities", activities).json == {
        "accepted": 1,
        "refused": [],
        "unchanged": 0,
        "corrected": 0,
    }


def test_the_keys_of_a_points_statement_and_its_simulation(office: Office) -> None:
    office.done("tenant", "add", KOSAKA, "小坂町")
    office.done("rules", "enact", "kosaka-2015", "--tenant", KOSAKA)
    assert office.take("people", office_people(), tenant=KOSAKA).json["accepted"] == 3
    activities = "activity_id,person_id,kind,done_on,minutes\nA1,H1,volunteering,2016-10-03,60\n"
    assert office.take("activities", activities, tenant=KOSAKA).json["accepted"] == 1
    stated = office.done("points", "statement", "--tenant", KOSAKA, "--on", "2016-11-01", "--json").json
    (account,) = stated["accounts"]
    assert stated["rules"] == ["kosaka-2015@2015-04-01"]
    assert list(account) == [
        "person_id", "point_year", "earned", "unearned", "carried_in", "redeemed", "carried_out", "expired", "balance",
        "redeemable_points", "redeemable_yen",
    ]  # fmt: skip
    assert (account["person_id"], account["earned"], account["balance"]) == ("H1", 1, 1)
    simulated = office.done(
        "points", "simulate", "--rules", "kosaka-2015", "--activities", office.file(activities),
        "--people", office.file(office_people()), "--through", "2016-11-01", "--json",
    ).json  # fmt: skip
    assert simulated == stated
    one = office.done("points", "statement", "--tenant", KOSAKA, "--person", "H1", "--on", "2016-11-01", "--json").json
    assert one == stated


def test_points_of_files_are_those_of_the_ledger_also_with_several_rows_of_a_person(office: Office) -> None:
    """The rows of a person disagree about the birth date, and the latest one does not stand last."""
    people = (
        "person_id,roles,name,birth_date,care_level,care_from\n"
        "U1,user,小坂 花子,1936-05-01,support2,2016-10-01\n"
        "U1,user,小坂 花子,1990-05-01,support1,2016-04-01\n"
        "H1,helper,小坂 太郎,1990-02-01,none,2016-04-01\n"
        "H1,helper,小坂 太郎,1950-02-01,none,2016-09-01\n"
        "H1,helper,小坂 太郎,1991-02-01,,\n"
    )
    activities = "activity_id,person_id,kind,done_on,minutes\nA1,H1,参加,2016-10-03,60\nA2,U1,参加,2016-10-04,60\n"
    spelt = [visit_line("v1", "2016-10-05", menu=menu) for menu in ("調理;買い物", "cooking;shopping", "調理;cooking")]
    organisations = "organisation_id,name,services,active_from\nO1,小坂の会,visit,2016-10-01\n"
    office.done("tenant", "add", KOSAKA, "小坂町")
    office.done("rules", "enact", "kosaka-2015", "--tenant", KOSAKA)
    for kind, content in (("organisations", organisations), ("people", people), ("activities", activities)):
        assert office.take(kind, content, tenant=KOSAKA).code == 0
    imported = office.take("visits", lines_of(spelt), tenant=KOSAKA)
    assert (imported.json["accepted"], imported.json["unchanged"]) == (1, 1)
    simulated = office.yui(
        "points", "simulate", "--rules", "kosaka-2015", "--activities", office.file(activities),
        "--people", office.file(people), "--visits", office.file(lines_of(spelt)), "--through", "2016-11-01", "--json",
    )  # fmt: skip
    stated = office.done("points", "statement", "--tenant", KOSAKA, "--on", "2016-11-01", "--json").json
    assert simulated.json == stated
    assert {row["person_id"]: row["earned"] for row in stated["accounts"]} == {"H1": 2, "U1": 2}
    assert [line.split(": ")[1:3] for line in simulated.err.splitlines()] == [["line 4", "visit_id"]]
    assert [(row["line"], row["column"]) for row in imported.json["refused"]] == [(4, "visit_id")]
