"""Six synthetic months of one municipality, as the files an office would import."""

from dataclasses import dataclass

from services.demo.activities import community_of, half_year_activities
from services.demo.profiles import profile_of
from services.demo.rows import ActivityRow, OrganisationRow, PersonRow, VisitRow, csv_text
from services.demo.visits import half_year_visits
from services.demo.world import teams_of


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """Four CSV files as text, each with its header of English ids; a file may hold the header alone."""

    organisations: str
    people: str
    visits: str
    activities: str


def half_year(code: str, seed: int) -> DemoFiles:
    """October 2016 to 30 March 2017 of one demo municipality; the same seed gives the same bytes.

    Takamatsu has no activities: seed 000 names no point scheme. Raises ValueError for a municipality without a demo.
    """
    profile = profile_of(code)
    teams = teams_of(profile, seed)
    community = community_of(profile, seed)
    people = [row for team in teams for row in (*team.users, *team.helpers)]
    people.extend(community.people)
    people.sort(key=lambda row: (row.person_id, row.care_from))
    return DemoFiles(
        organisations=csv_text(OrganisationRow._fields, (team.organisation for team in teams)),
        people=csv_text(PersonRow._fields, people),
        visits=csv_text(VisitRow._fields, half_year_visits(teams, code, seed)),
        activities=csv_text(ActivityRow._fields, half_year_activities(community, code, seed)),
    )
