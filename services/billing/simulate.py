"""`simulate`: the decider of the ledger, run on files, with no store."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final, Literal, NamedTuple, TypeVar

from services.billing.commands import AssessOrganisation, AssessVisit, EnactRules, NoteDay
from services.billing.decider import DECIDER, Organisation, UserMonth
from services.billing.statement import assessment_document
from shared.kernel.birth_dates import BirthDates
from shared.kernel.contracts.requests import OrganisationDetails, VisitFacts
from shared.kernel.csv_reading import BadRow
from shared.kernel.dates import Month
from shared.kernel.deciding import Refusal
from shared.kernel.kinds import OrganisationRow, PersonRow, VisitRow
from shared.kernel.menu import menu_ids
from shared.kernel.rule_documents import Rules
from shared.kernel.standing import Period, Register, registered_by_row
from shared.kernel.visit_facts import Participant, helpers_on, user_on

File = Literal["organisations", "people", "visits"]
R = TypeVar("R", OrganisationRow, PersonRow, VisitRow)

EVERYBODY: Final = Register(
    roles=("user", "helper"),
    registered_on=date.min,
    trained_on=date.min,
    periods=(Period(care_level="support1", care_from=None, care_until=None, district_id=None, relatives=()),),
)
"""Without a file of people everyone is taken as eligible, registered and trained, and nobody as a relative."""


class RefusedRow(NamedTuple):
    """A row that `yui import` would refuse, too, and the file it stands in."""

    file: File
    row: BadRow


class Simulation(NamedTuple):
    """The assessment of the good rows, and the rows that were not taken."""

    document: dict[str, Any]
    refused: list[RefusedRow]


def simulate(
    rules: Rules,
    visits: Iterable[tuple[int, VisitRow] | BadRow],
    organisations: Iterable[tuple[int, OrganisationRow] | BadRow] | None = None,
    people: Iterable[tuple[int, PersonRow] | BadRow] | None = None,
    through: Month | None = None,
) -> Simulation:
    """The assessment of everything up to the end of `through`; people appear under the office's own numbers.

    Lines are those of `parse_visits` and the others; a bad one is handed on as refused. Without `organisations` any
    number will do and there are no base and start-up amounts; without `people` everyone is eligible and trained.
    Rows are taken as an import into an empty register would take them: the first under its number counts, the same
    again changes nothing, another one under that number is refused.
    """
    office = _Office(rules)
    if through is not None:
        office.ledger.handle(NoteDay(through.last))
    if organisations is not None:
        office.enrol(organisations)
    if people is not None:
        office.register(people)
    office.assess(visits, through)
    states = office.ledger.states.values()
    assessed = [
        (state.visits[visit_id].visit.user.person, result)
        for state in states
        if isinstance(state, UserMonth)
        for visit_id, result in state.results.items()
    ]
    grants = [grant for state in states if isinstance(state, Organisation) for grant in state.grants.values()]
    return Simulation(assessment_document(assessed, grants), office.refused)


class _Ledger:
    """States by stream, folded in memory."""

    def __init__(self) -> None:
        self.states: dict[str, Any] = {}

    def handle(self, command: Any) -> None:
        decision = DECIDER.decision(command)
        names = decision.streams(command)
        decided = decision.decide(command, *[self._state(name) for name in names])
        assert not isinstance(decided, Refusal), decided.text  # noqa: S101 - the rules are checked, all is known
        self.states[names[0]] = DECIDER.aggregate(names[0]).fold(decided, self._state(names[0]))

    def _state(self, stream: str) -> Any:
        return self.states.get(stream, DECIDER.aggregate(stream).initial)


class _Office:
    """Takes rows as the office's register would, and has the ledger decide them."""

    def __init__(self, rules: Rules) -> None:
        self.ledger = _Ledger()
        self.ledger.handle(EnactRules(rules.rules_id, rules.effective_from, dict(rules.document)))
        self.refused: list[RefusedRow] = []
        self._organisations: dict[str, OrganisationDetails] | None = None
        self._registers: dict[str, Register] | None = None
        self._births = BirthDates()

    def enrol(self, rows: Iterable[tuple[int, OrganisationRow] | BadRow]) -> None:
        known = self._organisations = {}
        for line, row in self._good("organisations", rows):
            details = _details(row)
            if known.setdefault(row.organisation_id, details) == details:
                self.ledger.handle(AssessOrganisation(details))
            else:
                self._refuse_other_content("organisations", line, "organisation_id", row.organisation_id)

    def register(self, rows: Iterable[tuple[int, PersonRow] | BadRow]) -> None:
        """A person has a row for each day from which another care level holds."""
        registers = self._registers = {}
        known: dict[tuple[str, date | None], PersonRow] = {}
        for line, row in self._good("people", rows):
            if known.setdefault((row.person_id, row.care_from), row) == row:
                registers[row.person_id] = _registered(registers.get(row.person_id), row)
                self._births.note(row)
            else:
                self._refuse_other_content("people", line, "person_id", row.person_id)

    def assess(self, rows: Iterable[tuple[int, VisitRow] | BadRow], through: Month | None) -> None:
        known: dict[str, VisitFacts] = {}
        for line, row in self._good("visits", rows):
            problem = self._problem(row)
            if problem:
                self._refuse("visits", line, *problem)
                continue
            facts = self._facts(row)
            if known.setdefault(row.visit_id, facts) != facts:
                self._refuse_other_content("visits", line, "visit_id", row.visit_id)
            elif through is None or row.served_on <= through.last:
                self.ledger.handle(AssessVisit(facts, void=False))

    def _problem(self, row: VisitRow) -> tuple[str, str] | None:
        """The column and the reason for which an import would refuse the row."""
        if self._organisations is not None and row.organisation_id not in self._organisations:
            return "organisation_id", f"団体番号「{row.organisation_id}」が団体のファイルにありません。"
        if self._registers is not None:
            if row.user_id not in self._registers:
                return "user_id", f"利用者番号「{row.user_id}」が対象者のファイルにありません。"
            for helper_id in row.helper_ids:
                if helper_id not in self._registers:
                    return "helper_ids", f"提供者番号「{helper_id}」が対象者のファイルにありません。"
        if row.user_id in row.helper_ids:
            return "helper_ids", "利用者本人を提供者にすることはできません。"
        for person in (row.user_id, *row.helper_ids):
            born = self._births.of(person)
            if born is not None and row.served_on < born:
                return "served_on", f"「{person}」の生年月日より前の日付です。日付か生年月日を確かめてください。"
        return None

    def _facts(self, row: VisitRow) -> VisitFacts:
        user = self._participant(row.user_id)
        helpers = [self._participant(helper_id) for helper_id in row.helper_ids]
        return VisitFacts(
            visit_id=row.visit_id,
            organisation_id=row.organisation_id,
            district_id=None,
            service=row.service,
            menu=menu_ids(row.menu),
            served_on=row.served_on,
            started_at=row.started_at,
            minutes=row.minutes,
            outcome=row.outcome,
            slip_no=row.slip_no,
            user=user_on(user, row.served_on),
            helpers=helpers_on(helpers, user, row.served_on),
            agreed_record=True,
        )

    def _participant(self, number: str) -> Participant:
        return Participant(number, EVERYBODY if self._registers is None else self._registers[number], None)

    def _good(self, file: File, rows: Iterable[tuple[int, R] | BadRow]) -> Iterator[tuple[int, R]]:
        for row in rows:
            if isinstance(row, BadRow):
                self.refused.append(RefusedRow(file, row))
            else:
                yield row

    def _refuse(self, file: File, line: int, column: str, reason: str) -> None:
        self.refused.append(RefusedRow(file, BadRow(line, column, reason)))

    def _refuse_other_content(self, file: File, line: int, column: str, number: str) -> None:
        reason = f"「{number}」は前の行と内容が違います。どちらかの行を直すか取り除いてください。"
        self._refuse(file, line, column, reason)


def _registered(register: Register | None, row: PersonRow) -> Register:
    return registered_by_row(
        register,
        roles=row.roles,
        registered_on=row.registered_on,
        trained_on=row.trained_on,
        period=row.period(row.relatives),
    )


def _details(row: OrganisationRow) -> OrganisationDetails:
    return OrganisationDetails(
        organisation_id=row.organisation_id,
        name=row.name,
        services=row.services,
        district_id=row.district_id,
        active_from=row.active_from,
        active_until=row.active_until,
    )
