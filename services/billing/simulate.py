"""`simulate`: the decider of the ledger, run on files, with no store."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from services.billing.commands import AssessOrganisation, AssessVisit, EnactRules, NoteDay
from services.billing.decider import DECIDER, Organisation, UserMonth
from services.billing.statement import assessment_document
from shared.kernel.contracts.requests import OrganisationDetails, VisitFacts
from shared.kernel.csv_reading import BadRow
from shared.kernel.dates import Month
from shared.kernel.deciding import Refusal
from shared.kernel.kinds import OrganisationRow, PersonRow, VisitRow
from shared.kernel.menu import menu_ids
from shared.kernel.rule_documents import Rules
from shared.kernel.standing import CarePeriod, Register, registered_by_row
from shared.kernel.visit_facts import Participant, helpers_on, user_on

Line = tuple[int, VisitRow] | BadRow


class Simulation(NamedTuple):
    """The assessment, and the rows that could not be assessed."""

    document: dict[str, Any]
    refused: list[BadRow]


class _Ledger:
    """States by stream, folded in memory."""

    def __init__(self) -> None:
        self.states: dict[str, Any] = {}

    def handle(self, command: Any) -> None:
        decision = DECIDER.decision(command)
        names = decision.streams(command)
        decided = decision.decide(command, *[self.state(name) for name in names])
        if isinstance(decided, Refusal):
            raise ValueError(decided.text)
        if decided:
            aggregate = DECIDER.aggregate(names[0])
            self.states[names[0]] = aggregate.fold(decided, self.state(names[0]))

    def state(self, stream: str) -> Any:
        return self.states.get(stream, DECIDER.aggregate(stream).initial)


def simulate(
    rules: Rules,
    visits: Iterable[Line],
    organisations: Iterable[OrganisationRow] = (),
    people: Iterable[PersonRow] | None = None,
    through: Month | None = None,
) -> Simulation:
    """The assessment of everything up to the end of `through`. Without `people` everyone is eligible and trained."""
    ledger = _Ledger()
    ledger.handle(EnactRules(rules.rules_id, rules.effective_from, dict(rules.document)))
    if through is not None:
        ledger.handle(NoteDay(through.last))
    districts: dict[str, str | None] = {}
    for row in organisations:
        districts[row.organisation_id] = row.district_id
        ledger.handle(AssessOrganisation(_details(row)))
    refused = _assess_visits(ledger, visits, _registers(people), districts, through)
    states = ledger.states.values()
    assessed = [
        (state.visits[visit_id].visit.user.person, result)
        for state in states
        if isinstance(state, UserMonth)
        for visit_id, result in state.results.items()
    ]
    grants = [grant for state in states if isinstance(state, Organisation) for grant in state.grants.values()]
    return Simulation(assessment_document(assessed, grants), refused)


def _assess_visits(
    ledger: _Ledger,
    visits: Iterable[Line],
    registers: Mapping[str, Register] | None,
    districts: Mapping[str, str | None],
    through: Month | None,
) -> list[BadRow]:
    refused: list[BadRow] = []
    seen: dict[str, int] = {}
    for line in visits:
        if isinstance(line, BadRow):
            refused.append(line)
            continue
        number, row = line
        problem = _problem(row, registers)
        if problem:
            refused.append(BadRow(number, *problem))
        elif seen.setdefault(row.visit_id, hash(row)) != hash(row):
            reason = f"訪問番号「{row.visit_id}」は別の内容で先の行にあります。"
            refused.append(BadRow(number, "visit_id", reason))
        elif through is None or row.served_on <= through.last:
            ledger.handle(AssessVisit(_facts(row, registers, districts), void=False))
    return refused


def _problem(row: VisitRow, registers: Mapping[str, Register] | None) -> tuple[str, str] | None:
    if row.user_id in row.helper_ids:
        return "helper_ids", "利用者本人を提供者にすることはできません。"
    if registers is None:
        return None
    if row.user_id not in registers:
        return "user_id", f"利用者番号「{row.user_id}」が対象者のファイルにありません。"
    for helper_id in row.helper_ids:
        if helper_id not in registers:
            return "helper_ids", f"提供者番号「{helper_id}」が対象者のファイルにありません。"
    return None


def _facts(row: VisitRow, registers: Mapping[str, Register] | None, districts: Mapping[str, str | None]) -> VisitFacts:
    user = _participant(row.user_id, registers)
    helpers = [_participant(helper_id, registers) for helper_id in row.helper_ids]
    return VisitFacts(
        visit_id=row.visit_id,
        organisation_id=row.organisation_id,
        district_id=user.register.district_id or districts.get(row.organisation_id),
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


def _participant(number: str, registers: Mapping[str, Register] | None) -> Participant:
    return Participant(number, EVERYBODY if registers is None else registers[number], None)


EVERYBODY = Register(
    roles=("user", "helper"),
    district_id=None,
    registered_on=Month.parse("0001-01").first,
    trained_on=Month.parse("0001-01").first,
    relatives=(),
    care=(CarePeriod(care_level="support1", care_from=None, care_until=None),),
)
"""Without a file of people everyone is taken as eligible, registered and trained, and nobody as a relative."""


def _registers(people: Iterable[PersonRow] | None) -> dict[str, Register] | None:
    if people is None:
        return None
    registers: dict[str, Register] = {}
    for row in people:
        registers[row.person_id] = registered_by_row(
            registers.get(row.person_id),
            roles=row.roles,
            district_id=row.district_id,
            registered_on=row.registered_on,
            trained_on=row.trained_on,
            relatives=row.relatives,
            care=CarePeriod(care_level=row.care_level or "none", care_from=row.care_from, care_until=row.care_until),
        )
    return registers


def _details(row: OrganisationRow) -> OrganisationDetails:
    return OrganisationDetails(
        organisation_id=row.organisation_id,
        name=row.name,
        services=row.services,
        district_id=row.district_id,
        active_from=row.active_from,
        active_until=row.active_until,
    )
