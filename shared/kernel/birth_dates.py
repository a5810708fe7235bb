"""The birth dates that a list of people states."""

from datetime import date

from shared.kernel.kinds import PersonRow
from shared.kernel.standing import is_latest


class BirthDates:
    """By the office's number. A person may have several rows: the latest one holds, as it does in the vault."""

    def __init__(self) -> None:
        self._latest: dict[str, PersonRow] = {}

    def note(self, row: PersonRow) -> None:
        known = self._latest.get(row.person_id)
        if known is None or is_latest(row.care_from, known.care_from):
            self._latest[row.person_id] = row

    def of(self, person_id: str) -> date | None:
        """None for somebody who has no row."""
        known = self._latest.get(person_id)
        return None if known is None else known.birth_date
