"""The office's desk: entries go in, ledger and vault are looked at."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services.requests import lookups, vault
from services.requests.decider import DECIDER
from services.requests.desk import Reception
from services.requests.entries import Entry, OrganisationEntry, PersonEntry
from shared.adapters.sql_sqlite import SqliteStore
from shared.flow.handle import Desk, Outcome, handle
from tests.controls import HELPER_ROW, ORGANISATION_ROW, TAKAMATSU, USER_ROW
from tests.fakes import SetClock, seeded_mint
from tests.tally import request


class Office:
    """One store of `requests` with its vault and its policy's table."""

    def __init__(self, folder: Path) -> None:
        self.clock = SetClock()
        self.store = SqliteStore(folder / "requests.db", DECIDER.contract, synchronous="OFF")
        with self.store.begin([TAKAMATSU]) as tx:
            vault.metadata.create_all(tx.connection)
            lookups.metadata.create_all(tx.connection)
        self.desk = Desk(self.store, DECIDER, self.clock, prepare=Reception(self.clock, seeded_mint(1)).prepare)

    def enter(self, *entries: Entry, key: str | None = None) -> list[Outcome]:
        """Handle these as one batch."""
        return handle(self.desk, [request(TAKAMATSU, entry, key) for entry in entries])

    def open_for_business(self) -> None:
        self.enter(
            OrganisationEntry(ORGANISATION_ROW, None), PersonEntry(USER_ROW, None), PersonEntry(HELPER_ROW, None)
        )

    def facts(self) -> list[Any]:
        return [event.fact for event in self.store.read(TAKAMATSU, 0, 1_000)]

    def vault_row(self, office_id: str) -> Any:
        with self.store.reading(TAKAMATSU) as connection:
            return connection.execute(
                sa.select(vault.people).where(vault.people.c.office_id == office_id)
            ).one_or_none()

    def text(self, ref: str) -> str | None:
        with self.store.reading(TAKAMATSU) as connection:
            return vault.text(connection, TAKAMATSU, ref)
