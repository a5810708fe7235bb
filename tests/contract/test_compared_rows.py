"""A replay compares the rows of a live view on PostgreSQL with rows projected anew in SQLite: the same values."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from services.parts import SERVICES
from shared.adapters.sql_policies import see
from shared.adapters.sql_scratch import scratch
from shared.adapters.sql_view import SqlView
from tests.contract import synthetic
from tests.controls import TAKAMATSU
from tests.projecting import all_rows
from tests.servers_postgres import Database, running_postgres

VIEWS = {
    subscription.name: (service.name, subscription.view)
    for service in SERVICES
    for subscription in service.subscriptions
    if isinstance(subscription.view, SqlView)
}


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    server = running_postgres()
    with server.database(server.template("services", SERVICES)) as made:
        synthetic.fill(made, (TAKAMATSU,))
        yield made


@pytest.mark.parametrize("name", VIEWS)
def test_both_databases_show_a_row_in_the_same_values(database: Database, name: str) -> None:
    service, view = VIEWS[name]
    with scratch() as anew, database.engine(service, "auditor").begin() as live:
        view.open(anew, 1)
        for table in view.tables(1).values():
            anew.execute(sa.insert(table).values(**synthetic.row(table, TAKAMATSU)))
        see(live, TAKAMATSU)
        found = all_rows(view, live, 1, TAKAMATSU)
        assert found == all_rows(view, anew, 1, TAKAMATSU)
        assert len(found) == len(view.shapes)
