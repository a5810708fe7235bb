"""Provider organisations (提供団体): registered, corrected; and how far a correction has come with their visits."""

from services.requests import refusals
from services.requests.commands import AdvanceRestating, RegisterOrganisation
from services.requests.events import (
    OrganisationCorrected,
    OrganisationDetails,
    OrganisationRegistered,
    RestatingAdvanced,
)
from shared.kernel.deciding import Decided

State = OrganisationDetails | None


def evolve(_state: State, fact: OrganisationRegistered | OrganisationCorrected) -> State:
    return fact.organisation


def streams(command: RegisterOrganisation) -> tuple[str, ...]:
    return (f"organisation-{command.organisation_id}",)


def register(command: RegisterOrganisation, state: State) -> Decided:
    details = OrganisationDetails(
        organisation_id=command.organisation_id,
        name=command.name,
        services=command.services,
        district_id=command.district_id,
        active_from=command.active_from,
        active_until=command.active_until,
    )
    if state == details:
        return ()
    if state is None:
        return (OrganisationRegistered(organisation=details),)
    if command.correction is None:
        return refusals.known_with_other_content("organisation_id", "団体番号", command.organisation_id)
    return (OrganisationCorrected(organisation=details, was=state, reason_ref=command.correction),)


def evolve_restating(_last: RestatingAdvanced | None, fact: RestatingAdvanced) -> RestatingAdvanced:
    return fact


def restating_streams(command: AdvanceRestating) -> tuple[str, ...]:
    return (f"restating-{command.organisation_id}",)


def advance_restating(command: AdvanceRestating, _last: RestatingAdvanced | None) -> Decided:
    """Each correction goes through the visits by itself, also while an earlier one is still on its way."""
    return (RestatingAdvanced(organisation_id=command.organisation_id, after=command.after),)


def recall_registered(fact: OrganisationRegistered) -> RegisterOrganisation:
    return _recall(fact.organisation, None)


def recall_corrected(fact: OrganisationCorrected) -> RegisterOrganisation:
    return _recall(fact.organisation, fact.reason_ref)


def recall_advanced(fact: RestatingAdvanced) -> AdvanceRestating:
    return AdvanceRestating(fact.organisation_id, fact.after)


def _recall(details: OrganisationDetails, correction: str | None) -> RegisterOrganisation:
    return RegisterOrganisation(
        details.organisation_id,
        details.name,
        details.services,
        details.district_id,
        details.active_from,
        details.active_until,
        correction,
    )
