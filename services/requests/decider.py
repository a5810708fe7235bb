"""What `requests` decides, on one page: streams, decisions, and how a recorded fact is decided anew."""

from services.requests import activities, organisations, people, visits
from services.requests.commands import (
    AgreeCareRecord,
    PlanVisit,
    RecordActivity,
    RecordVisit,
    RegisterOrganisation,
    RegisterPerson,
    RestateActivity,
    RestateVisit,
    VoidActivity,
    VoidVisit,
)
from services.requests.events import (
    CONTRACT,
    ActivityCorrected,
    ActivityRecorded,
    ActivityRestated,
    ActivityVoided,
    CareRecordAgreed,
    CareStandingRecorded,
    OrganisationCorrected,
    OrganisationRegistered,
    PersonCorrected,
    PersonRegistered,
    VisitConfirmed,
    VisitCorrected,
    VisitPlanned,
    VisitRestated,
    VisitVoided,
)
from shared.kernel.deciding import Aggregate, Decider, Decision

DECIDER = Decider(
    contract=CONTRACT,
    aggregates={
        "organisation": Aggregate(None, organisations.evolve),
        "person": Aggregate(None, people.evolve),
        "visit": Aggregate(None, visits.evolve, bytes_per_event=0),
        "activity": Aggregate(None, activities.evolve, bytes_per_event=0),
    },
    decisions={
        RegisterOrganisation: Decision(organisations.streams, organisations.register),
        RegisterPerson: Decision(people.streams, people.register),
        AgreeCareRecord: Decision(people.agree_streams, people.agree),
        PlanVisit: Decision(visits.streams, visits.plan),
        RecordVisit: Decision(visits.streams, visits.record),
        RestateVisit: Decision(visits.streams, visits.restate),
        VoidVisit: Decision(visits.void_streams, visits.void),
        RecordActivity: Decision(activities.streams, activities.record),
        RestateActivity: Decision(activities.streams, activities.restate),
        VoidActivity: Decision(activities.void_streams, activities.void),
    },
    recall={
        OrganisationRegistered: organisations.recall_registered,
        OrganisationCorrected: organisations.recall_corrected,
        PersonRegistered: None,
        CareStandingRecorded: None,
        PersonCorrected: None,
        CareRecordAgreed: None,
        VisitPlanned: None,
        VisitConfirmed: visits.recall_confirmed,
        VisitCorrected: visits.recall_corrected,
        VisitRestated: visits.recall_restated,
        VisitVoided: visits.recall_voided,
        ActivityRecorded: activities.recall_recorded,
        ActivityCorrected: activities.recall_corrected,
        ActivityRestated: activities.recall_restated,
        ActivityVoided: activities.recall_voided,
    },
)
