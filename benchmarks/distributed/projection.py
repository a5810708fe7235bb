"""The same visits through the `eventsourcing` library: its application's recorder and its projection runner on
PostgreSQL, with a view that keeps one row a visit and the tracking in the same transaction.
"""

from collections.abc import Sequence
from time import perf_counter
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL
from sqlalchemy.engine import make_url

from shared.kernel.messages import Event

LONGEST_SECONDS = 900.0


class Visit(Aggregate):
    @event("Confirmed")
    def __init__(self, number: str, user: str, data: str) -> None:
        self.number = number
        self.user = user
        self.data = data

    @staticmethod
    def create_id(number: str) -> Any:
        return uuid5(NAMESPACE_OID, number)


class Visits(Application):
    pass


class Shown(PostgresTrackingRecorder):
    """One row a visit, as `billing.assessments` keeps it."""

    def __init__(self, datastore: Any, **options: Any) -> None:
        super().__init__(datastore, **options)
        self.sql_create_statements.append(
            SQL("CREATE TABLE IF NOT EXISTS public.shown (visit_id text PRIMARY KEY, person text, yen integer)")
        )

    def show(self, visit: str, person: str, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                SQL(
                    "INSERT INTO public.shown VALUES (%s, %s, 500) "
                    "ON CONFLICT (visit_id) DO UPDATE SET person = excluded.person, yen = excluded.yen"
                ),
                (visit, person),
                prepare=True,
            )


class Showing(Projection[Shown]):
    name = "showing"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.show(domain_event.number, domain_event.user, tracking)


def seconds(url: str, visits: Sequence[Event]) -> float:
    """Until the runner has shown all of them; what records them is not counted."""
    environment = _environment(url)
    application = Visits(environment)
    recorded = 0
    for at in range(0, len(visits), 500):
        batch = [_aggregate(each) for each in visits[at : at + 500]]
        recorded = max(recording.notification.id for recording in application.save(*batch))
    application.close()
    started = perf_counter()
    with ProjectionRunner(
        application_class=Visits, projection_class=Showing, view_class=Shown, env=environment
    ) as runner:
        runner.wait(recorded, timeout=LONGEST_SECONDS)
        return perf_counter() - started


def _aggregate(each: Event) -> Visit:
    visit = each.fact.visit
    made: Visit = Visit(number=visit.visit_id, user=visit.user.person, data=each.data.decode())
    return made


def _environment(url: str) -> dict[str, str]:
    place = make_url(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": f"{place.database}",
        "POSTGRES_HOST": f"{place.host}",
        "POSTGRES_PORT": f"{place.port}",
        "POSTGRES_USER": f"{place.username}",
        "POSTGRES_PASSWORD": f"{place.password}",
    }
