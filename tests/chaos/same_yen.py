"""Plain SQL over the offices' files: what every visit is worth under takamatsu-2016, what everybody earns under
kosaka-2015. It knows nothing of the program.
"""

import csv
import io
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Final

from tests.chaos.office_files import ACTIVITIES_HEADER, Brought
from tests.e2e.busy_office import PEOPLE_HEADER, VISITS_HEADER

YEN: Final = """
WITH payable AS (
    SELECT visit_id, row_number() OVER (
        PARTITION BY user_id, substr(served_on, 1, 7) ORDER BY served_on, started_at, visit_id
    ) AS place
    FROM visits
    WHERE visit_id NOT IN (SELECT number FROM void)
      AND outcome = 'done' AND service = 'visit' AND served_on >= '2016-10-01'
      AND 'paid' = (
          SELECT CASE WHEN care_level IN ('checklist', 'support1', 'support2')
                       AND (care_until = '' OR care_until >= visits.served_on) THEN 'paid' END
          FROM people WHERE person_id = visits.user_id AND care_from <= visits.served_on
          ORDER BY care_from DESC LIMIT 1
      )
      AND NOT EXISTS (
          SELECT 1 FROM helping JOIN people AS helper ON helper.person_id = helping.helper_id
          WHERE helping.visit_id = visits.visit_id
            AND (helper.registered_on = '' OR helper.registered_on > visits.served_on
                 OR helper.trained_on = '' OR helper.trained_on > visits.served_on)
      )
      AND NOT EXISTS (
          SELECT 1 FROM helping JOIN people AS one ON one.person_id IN (helping.helper_id, visits.user_id)
          WHERE helping.visit_id = visits.visit_id
            AND one.care_from = (
                SELECT max(care_from) FROM people AS row
                WHERE row.person_id = one.person_id AND row.care_from <= visits.served_on
            )
            AND (';' || one.relatives || ';' LIKE '%;' || helping.helper_id || ';%'
                 OR ';' || one.relatives || ';' LIKE '%;' || visits.user_id || ';%')
      )
)
SELECT visit_id, CASE WHEN place <= 5 THEN 500 ELSE 0 END FROM visits LEFT JOIN payable USING (visit_id)
WHERE visit_id NOT IN (SELECT number FROM void)
"""
POINTS: Final = """
WITH earning AS (
    SELECT user_id AS person_id, visit_id AS number, served_on AS day FROM visits WHERE outcome = 'done'
    UNION ALL
    SELECT helper_id, visit_id, served_on FROM visits JOIN helping USING (visit_id) WHERE outcome = 'done'
    UNION ALL
    SELECT person_id, activity_id, done_on FROM activities WHERE kind IN ('参加', '運営ボランティア')
)
SELECT person_id, min(count(*), 100) FROM earning JOIN latest USING (person_id)
WHERE number NOT IN (SELECT number FROM void)
  AND substr(day, 1, 4) - substr(birth_date, 1, 4) - (substr(day, 6) < substr(birth_date, 6)) >= 65
GROUP BY person_id
"""


def yen_and_points(brought: Iterable[Brought]) -> tuple[dict[str, int], dict[str, int]]:
    """Yen by visit, without those that are void; points by person, without those who have none."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for table, header in {
            "people": PEOPLE_HEADER,
            "visits": VISITS_HEADER,
            "activities": ACTIVITIES_HEADER,
        }.items():
            connection.execute(f"CREATE TABLE {table} ({header})")
        connection.execute("CREATE TABLE void (number)")
        connection.execute("CREATE TABLE helping (visit_id, helper_id)")
        for each in brought:
            _fill(connection, "people", each.people)
            _fill(connection, "visits", each.visits)
            _fill(connection, "activities", each.activities)
            connection.executemany("INSERT INTO void VALUES (?)", [(number,) for number in each.void])
        helping = [
            (visit_id, helper)
            for visit_id, helpers in connection.execute("SELECT visit_id, helper_ids FROM visits").fetchall()
            for helper in helpers.split(";")
        ]
        connection.executemany("INSERT INTO helping VALUES (?, ?)", helping)
        connection.execute(
            "CREATE TABLE latest AS SELECT *, max(care_from) FROM people GROUP BY person_id"  # SQLite: of that row
        )
        for index in ("people (person_id)", "helping (visit_id)", "latest (person_id)", "void (number)"):
            connection.execute(f"CREATE INDEX of_{index.replace(' (', '_').rstrip(')')} ON {index}")
        return dict(connection.execute(YEN).fetchall()), dict(connection.execute(POINTS).fetchall())


def _fill(connection: sqlite3.Connection, table: str, lines: Sequence[str]) -> None:
    rows = list(csv.reader(io.StringIO("".join(lines))))
    if rows:
        places = ", ".join("?" * len(rows[0]))
        connection.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608 - one of three tables
