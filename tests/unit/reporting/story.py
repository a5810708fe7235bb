"""A small story told by four ledgers: what they say of two visits, one organisation and an activity."""

from datetime import date
from typing import Any, Final

from msgspec.structs import replace

from shared.kernel.contracts.billing import Assessment, Grant, OrganisationGranted, SubsidyAssessed
from shared.kernel.contracts.coordination import DistrictDefined
from shared.kernel.contracts.points import PointEntry, PointsAssessed, PointsReassessed
from shared.kernel.contracts.requests import VisitConfirmed
from tests.controls import HELPER, ORGANISATION, SERVED_ON, USER, VISIT, visit_facts
from tests.projecting import Placed

MONTH: Final = "2016-10"
PAID: Final = Assessment(
    visit_id="V1",
    organisation_id="O1",
    district_id="D2",
    service="visit",
    served_on=SERVED_ON,
    user_fee_yen=100,
    helper_expense_yen=300,
    subsidy_yen=500,
    reason="paid",
    cap_position=1,
    rule="takamatsu-2016@2016-10-01#visit.per_visit",
    flags=(),
    engine=1,
)
ANOTHER_USER: Final = "0192a000-0000-7000-8000-0000000000a2"
SECOND: Final = visit_facts(
    visit_id="V2", served_on=date(2016, 11, 4), district_id=None, user=replace(VISIT.user, person=ANOTHER_USER)
)


def confirmed(visit: Any = VISIT) -> Placed:
    return (f"visit-{visit.visit_id}", VisitConfirmed(visit=visit))


def assessed(*assessments: Assessment, withdrawn: str | None = None) -> Placed:
    fact = SubsidyAssessed(user=USER, month=MONTH, visit=None, void=False, withdrawn=withdrawn, assessments=assessments)
    return (f"user_month-{USER}-{MONTH}", fact)


def granted(base_yen: int, startup_yen: int = 0) -> Placed:
    grant = Grant(
        organisation_id="O1",
        service="visit",
        month=MONTH,
        base_yen=base_yen,
        startup_yen=startup_yen,
        base_rule=None,
        startup_rule=None,
        engine=1,
    )
    fact = OrganisationGranted(organisation=ORGANISATION, through=date(2016, 10, 31), grants=(grant,))
    return ("organisation-O1", fact)


def point_entry(points: int, kind: str = "visit_helper", activity_id: str = "V1") -> PointEntry:
    return PointEntry(
        activity_id=activity_id,
        kind=kind,
        point_year="2016",
        done_on=SERVED_ON,
        earned_points=points,
        unearned_points=0,
        reason="earned",
        rule=None,
        engine=1,
    )


def earned(points: int, kind: str = "visit_helper", activity_id: str = "V1", withdrawn: str | None = None) -> Placed:
    entries = () if withdrawn else (point_entry(points, kind, activity_id),)
    fact = PointsAssessed(person=HELPER, earning=None, void=False, withdrawn=withdrawn, entries=entries)
    return (f"account-{HELPER}", fact)


def reassessed(points: int) -> Placed:
    fact = PointsReassessed(person=HELPER, rules="kosaka-2015@2015-04-01", entries=(point_entry(points),))
    return (f"account-{HELPER}", fact)


def district(district_id: str, name: str) -> Placed:
    return (f"district-{district_id}", DistrictDefined(district_id=district_id, name=name))
