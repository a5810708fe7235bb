"""What `billing` decides: user-months from the set of their visits, organisations from their details and days."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import msgspec
from msgspec.structs import replace

from services.billing.commands import (
    AdvanceSweep,
    AssessOrganisation,
    AssessVisit,
    EnactRules,
    NoteDay,
    ReassessOrganisation,
    ReassessUserMonth,
    WithdrawVisit,
)
from services.billing.engine import CURRENT_ENGINE, ENGINES, NO_RESULTS, Grants, Known, Results
from services.billing.events import (
    CONTRACT,
    Assessment,
    BillingDayNoted,
    BillingRulesEnacted,
    BillingSweepAdvanced,
    Grant,
    OrganisationGranted,
    SubsidyAssessed,
    SubsidyReassessed,
)
from services.billing.rules import rules_from_document
from shared.kernel.contracts.requests import OrganisationDetails, VisitFacts
from shared.kernel.deciding import Aggregate, Decided, Decider, Decision, Refusal
from shared.kernel.rule_documents import RuleBook
from shared.kernel.rule_enacting import enact
from shared.kernel.sharing import shared

RULES, CALENDAR, SWEEP = "rules", "calendar", "sweep"
NO_DAY_YET = date.min

Sweeps = Mapping[str, BillingSweepAdvanced]
"""The last progress of every sweep, by the label of the rules that set it off."""


class UserMonth(msgspec.Struct, frozen=True, gc=False):
    """The visits known of one user in one month, and what was last recorded of each."""

    visits: Mapping[str, Known] = msgspec.field(default_factory=dict)
    results: Mapping[str, Assessment] = msgspec.field(default_factory=dict)


class Organisation(msgspec.Struct, frozen=True):
    details: OrganisationDetails
    grants: Grants


def evolve_user_month(state: UserMonth, fact: SubsidyAssessed | SubsidyReassessed) -> UserMonth:
    visits, results = state.visits, dict(state.results)
    if isinstance(fact, SubsidyAssessed):
        visits = dict(visits)
        if fact.visit is not None:
            visits[fact.visit.visit_id] = Known(_lean(fact.visit), fact.void)
        if fact.withdrawn is not None:
            visits.pop(fact.withdrawn, None)
            results.pop(fact.withdrawn, None)
    for assessment in fact.assessments:
        results[assessment.visit_id] = assessment
    return UserMonth(visits, results)


def _lean(visit: VisitFacts) -> VisitFacts:
    """The same visit, its parts shared with others."""
    return VisitFacts(
        visit_id=visit.visit_id,
        organisation_id=shared(visit.organisation_id),
        district_id=shared(visit.district_id),
        service=visit.service,
        menu=shared(visit.menu),
        served_on=shared(visit.served_on),
        started_at=shared(visit.started_at),
        minutes=visit.minutes,
        outcome=visit.outcome,
        slip_no=visit.slip_no,
        user=shared(visit.user),
        helpers=shared(visit.helpers),
        agreed_record=visit.agreed_record,
    )


def evolve_organisation(state: Organisation | None, fact: OrganisationGranted) -> Organisation:
    grants = dict(state.grants) if state else {}
    for grant in fact.grants:
        place = (grant.service, grant.month)
        if grant.base_yen or grant.startup_yen:
            grants[place] = grant
        else:
            grants.pop(place, None)
    return Organisation(fact.organisation, grants)


def evolve_rules(book: RuleBook, fact: BillingRulesEnacted) -> RuleBook:
    return book.with_rules(rules_from_document(fact.document))


def user_month_stream(user: str, month: str) -> str:
    return f"user_month-{user}-{month}"


def bucket_of(visit: VisitFacts) -> tuple[str, str]:
    """The user and the month (YYYY-MM) that a visit belongs to."""
    return visit.user.person, visit.served_on.isoformat()[:7]


def assess_visit(command: AssessVisit, state: UserMonth, book: RuleBook) -> Decided:
    visit = command.visit
    known = Known(visit, command.void)
    if state.visits.get(visit.visit_id) == known:
        return ()
    others = {**state.results}
    others.pop(visit.visit_id, None)
    results = _results({**state.visits, visit.visit_id: known}, state, command.engine, book, others)
    user, month = bucket_of(visit)
    return (
        SubsidyAssessed(
            user=user,
            month=month,
            visit=visit,
            void=command.void,
            withdrawn=None,
            assessments=_differing(results, state),
        ),
    )


def withdraw_visit(command: WithdrawVisit, state: UserMonth, book: RuleBook) -> Decided:
    if command.visit_id not in state.visits:
        return ()
    visits = {visit_id: known for visit_id, known in state.visits.items() if visit_id != command.visit_id}
    results = _results(visits, state, command.engine, book, state.results)
    return (
        SubsidyAssessed(
            user=command.user,
            month=command.month,
            visit=None,
            void=False,
            withdrawn=command.visit_id,
            assessments=_differing(results, state),
        ),
    )


def reassess_user_month(command: ReassessUserMonth, state: UserMonth, book: RuleBook) -> Decided:
    differing = _differing(_results(state.visits, state, command.engine, book, NO_RESULTS), state)
    if not differing:
        return ()
    return (SubsidyReassessed(user=command.user, month=command.month, rules=command.rules, assessments=differing),)


def _results(
    visits: Mapping[str, Known],
    state: UserMonth,
    engine: int | None,
    book: RuleBook,
    unchanged: Mapping[str, Assessment],
) -> Results:
    """The results of these visits. `unchanged` are recorded results of visits that are as they were; they may stand
    when the engine is the one that found them.
    """
    recorded = _engine(None, state.results.values())
    engine = recorded if engine is None else engine
    return ENGINES[engine].assess_user_month(visits.values(), book, unchanged if engine == recorded else NO_RESULTS)


def _engine(engine: int | None, recorded: Iterable[Assessment | Grant]) -> int:
    """All recorded results of a bucket stand on the same version of the arithmetic."""
    if engine is not None:
        return engine
    return next((result.engine for result in recorded), CURRENT_ENGINE)


def _differing(results: Results, state: UserMonth) -> tuple[Assessment, ...]:
    recorded = state.results
    return tuple([results[visit_id] for visit_id in sorted(results) if results[visit_id] != recorded.get(visit_id)])


def assess_details(
    command: AssessOrganisation, state: Organisation | None, book: RuleBook, today: date | None
) -> Decided:
    grants = _differing_grants(command.organisation, state, command.engine, book, today)
    if state is not None and state.details == command.organisation and not grants:
        return ()
    return (_granted(command.organisation, grants, today),)


def reassess_organisation(
    command: ReassessOrganisation, state: Organisation | None, book: RuleBook, today: date | None
) -> Decided:
    if state is None:
        return Refusal("unknown_organisation", f"団体「{command.organisation_id}」は届いていません。")
    grants = _differing_grants(state.details, state, command.engine, book, today)
    return (_granted(state.details, grants, today),) if grants else ()


def _granted(details: OrganisationDetails, grants: tuple[Grant, ...], today: date | None) -> OrganisationGranted:
    return OrganisationGranted(organisation=details, through=today or NO_DAY_YET, grants=grants)


def _differing_grants(
    details: OrganisationDetails, state: Organisation | None, engine: int | None, book: RuleBook, today: date | None
) -> tuple[Grant, ...]:
    """Grants that are new or other than recorded; one that is not due any more is recorded with zeros."""
    recorded = state.grants if state else {}
    engine = _engine(engine, recorded.values())
    due = ENGINES[engine].assess_organisation(details, today or NO_DAY_YET, book)
    gone = {
        place: replace(grant, base_yen=0, startup_yen=0, engine=engine)
        for place, grant in recorded.items()
        if place not in due
    }
    return tuple([grant for place, grant in sorted((due | gone).items()) if recorded.get(place) != grant])


def note_day(command: NoteDay, last: date | None) -> Decided:
    return () if last is not None and command.on <= last else (BillingDayNoted(on=command.on),)


def enact_rules(command: EnactRules, book: RuleBook) -> Decided:
    return enact(command.document, rules_from_document, book, BillingRulesEnacted)


def advance_sweep(command: AdvanceSweep, sweeps: Sweeps) -> Decided:
    """A sweep that has finished stays so."""
    known = sweeps.get(command.rules)
    advanced = BillingSweepAdvanced(
        rules=command.rules, after=command.after, done=command.done, finished=command.finished
    )
    return () if known == advanced or (known is not None and known.finished) else (advanced,)


def evolve_sweep(sweeps: Sweeps, fact: BillingSweepAdvanced) -> Sweeps:
    return {**sweeps, fact.rules: fact}


def _engine_of(recorded: Sequence[Assessment | Grant]) -> int | None:
    return recorded[0].engine if recorded else None


def _recall_assessed(fact: SubsidyAssessed) -> AssessVisit | WithdrawVisit:
    engine = _engine_of(fact.assessments)
    if fact.visit is not None:
        return AssessVisit(fact.visit, fact.void, engine)
    return WithdrawVisit(fact.user, fact.month, fact.withdrawn or "", engine)


def _of_organisation(organisation_id: str) -> tuple[str, ...]:
    return (f"organisation-{organisation_id}", RULES, CALENDAR)


ROOM_BYTES = 24_000_000
"""The user-months of 5,000 users with seven visits: each is asked for a month long, then hardly ever again."""

DECIDER = Decider(
    contract=CONTRACT,
    room_bytes=ROOM_BYTES,
    aggregates={
        "user_month": Aggregate(UserMonth(), evolve_user_month, bytes_per_event=500),
        "organisation": Aggregate(None, evolve_organisation),
        RULES: Aggregate(RuleBook(), evolve_rules),
        CALENDAR: Aggregate(None, lambda _state, fact: fact.on),
        SWEEP: Aggregate({}, evolve_sweep),
    },
    decisions={
        AssessVisit: Decision(lambda c: (user_month_stream(*bucket_of(c.visit)), RULES), assess_visit),
        WithdrawVisit: Decision(lambda c: (user_month_stream(c.user, c.month), RULES), withdraw_visit),
        ReassessUserMonth: Decision(lambda c: (user_month_stream(c.user, c.month), RULES), reassess_user_month),
        AssessOrganisation: Decision(lambda c: _of_organisation(c.organisation.organisation_id), assess_details),
        ReassessOrganisation: Decision(lambda c: _of_organisation(c.organisation_id), reassess_organisation),
        NoteDay: Decision(lambda c: (CALENDAR,), note_day),
        EnactRules: Decision(lambda c: (RULES,), enact_rules),
        AdvanceSweep: Decision(lambda c: (SWEEP,), advance_sweep),
    },
    recall={
        SubsidyAssessed: _recall_assessed,
        SubsidyReassessed: lambda f: ReassessUserMonth(f.user, f.month, f.rules, _engine_of(f.assessments)),
        OrganisationGranted: lambda f: AssessOrganisation(f.organisation, _engine_of(f.grants)),
        BillingDayNoted: lambda f: NoteDay(f.on),
        BillingRulesEnacted: lambda f: EnactRules(f.rules_id, f.effective_from, f.document),
        BillingSweepAdvanced: lambda f: AdvanceSweep(f.rules, f.after, f.done, f.finished),
    },
)
