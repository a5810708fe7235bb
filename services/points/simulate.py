"""The account list of files, with no store: the same decider, folded in memory."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple, TypeVar

from msgspec.structs import replace

from services.points.account import EMPTY
from services.points.commands import AssessEarning
from services.points.decider import assess_earning, evolve_account
from services.points.earnings import HELPER_KIND, USER_KIND, earning_of_activity, earning_of_visit
from services.points.events import Earning, PointEntry
from services.points.rules import NOTHING_ENACTED, Enacted, enacted_with
from services.points.statement import account_list
from shared.kernel.ages import Ages, ages_on
from shared.kernel.birth_dates import BirthDates
from shared.kernel.csv_reading import BadRow
from shared.kernel.kinds import JA, ActivityRow, PersonRow, VisitRow
from shared.kernel.menu import menu_ids
from shared.kernel.rule_documents import Rules

File = Literal["people", "activities", "visits"]
AnyRow = PersonRow | ActivityRow | VisitRow
R = TypeVar("R", PersonRow, ActivityRow, VisitRow)


class RefusedRow(NamedTuple):
    """A row that `yui import` would refuse, too, and the file it stands in."""

    file: File
    row: BadRow


class Simulation(NamedTuple):
    """The account list of the good rows (see `account_list`), and the rows that were not taken."""

    accounts: dict[str, Any]
    refused: list[RefusedRow]


def simulate(
    rules: Rules,
    activities: Iterable[tuple[int, ActivityRow] | BadRow],
    people: Iterable[tuple[int, PersonRow] | BadRow],
    visits: Iterable[tuple[int, VisitRow] | BadRow],
    through: date,
) -> Simulation:
    """The account list on the day `through` under these rules; people appear under the office's own numbers.

    Lines are those of `parse_activities` and the others; a bad one is handed on as refused.
    """
    enacted = enacted_with(NOTHING_ENACTED, rules)
    office = _Office()
    office.take("people", people, office.register)
    office.take("activities", activities, office.record_activity)
    office.take("visits", visits, office.record_visit)
    entries = {person: _decided(person, earnings, enacted) for person, earnings in office.earnings.items()}
    return Simulation(account_list(entries, through, enacted.book), office.refused)


def _decided(person: str, earnings: Iterable[Earning], enacted: Enacted) -> list[PointEntry]:
    """What the decider makes of the earnings; any order gives the same, that of life is the quickest."""
    account = EMPTY
    for earning in sorted(earnings, key=_order):
        for fact in assess_earning(AssessEarning(person, earning, False), account, enacted):
            account = evolve_account(account, fact)
    return [account.entry(place) for place in range(len(account.claims))]


def _order(earning: Earning) -> tuple[date, str]:
    return earning.done_on, earning.started_at or ""


class _Office:
    """Takes rows as the office's register would: who is not on it earns nothing, the same row twice counts once."""

    def __init__(self) -> None:
        self.earnings: defaultdict[str, list[Earning]] = defaultdict(list)
        self.refused: list[RefusedRow] = []
        self._births = BirthDates()
        self._known: dict[tuple[object, ...], AnyRow] = {}

    def take(self, file: File, lines: Iterable[tuple[int, R] | BadRow], accept: Callable[[int, R], None]) -> None:
        for line in lines:
            if isinstance(line, BadRow):
                self.refused.append(RefusedRow(file, line))
            else:
                accept(*line)

    def register(self, line: int, row: PersonRow) -> None:
        if self._is_new("people", line, "person_id", row, (row.person_id, row.care_from)):
            self._births.note(row)

    def record_activity(self, line: int, row: ActivityRow) -> None:
        ages = self._ages("activities", line, "done_on", row.done_on, [("person_id", row.person_id)])
        if ages and self._is_new("activities", line, "activity_id", row, (row.activity_id,)):
            self.earnings[row.person_id].append(earning_of_activity(row, ages[0]))

    def record_visit(self, line: int, row: VisitRow) -> None:
        if row.user_id in row.helper_ids:
            self._refuse("visits", line, "helper_ids", "利用者本人を提供者にすることはできません。")
            return
        people = [("user_id", row.user_id), *(("helper_ids", helper) for helper in row.helper_ids)]
        ages = self._ages("visits", line, "served_on", row.served_on, people)
        if ages and self._is_new("visits", line, "visit_id", _by_id(row), (row.visit_id,)):
            self.earnings[row.user_id].append(earning_of_visit(row, USER_KIND[row.service], ages[0]))
            for helper, age in zip(row.helper_ids, ages[1:], strict=True):
                self.earnings[helper].append(earning_of_visit(row, HELPER_KIND[row.service], age))

    def _ages(self, file: File, line: int, column: str, day: date, people: Sequence[tuple[str, str]]) -> list[Ages]:
        """The ages of those people on that day; none when somebody is unknown or was not born, which is noted."""
        born: dict[str, date] = {}
        for of, person in people:
            birth_date = self._births.of(person)
            if birth_date is None:
                self._refuse(
                    file, line, of, f"{JA[of]}「{person}」は対象者のファイルにありません。先に登録してください。"
                )
                return []
            born[person] = birth_date
        for person, birth_date in born.items():
            if day < birth_date:
                reason = f"「{person}」の生年月日より前の日付です。日付か生年月日を確かめてください。"
                self._refuse(file, line, column, reason)
                return []
        return [ages_on(born[person], day) for _, person in people]

    def _is_new(self, file: File, line: int, column: str, row: AnyRow, key: tuple[object, ...]) -> bool:
        known = self._known.get((file, *key))
        if known is None:
            self._known[file, *key] = row
            return True
        if known != row:
            reason = f"{JA[column]}「{key[0]}」は前の行と内容が違います。どちらかの行を直すか取り除いてください。"
            self._refuse(file, line, column, reason)
        return False

    def _refuse(self, file: File, line: int, column: str, reason: str) -> None:
        self.refused.append(RefusedRow(file, BadRow(line, column, reason)))


def _by_id(row: VisitRow) -> VisitRow:
    """The row as the register compares it: in both spellings of the menu it is the same."""
    return replace(row, menu=menu_ids(row.menu))
