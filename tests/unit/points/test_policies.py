"""What points does when `requests` says that something has become known, moved or turned out not to count."""

from msgspec.structs import replace

from services.points import policies
from services.points.earnings import assess, moved
from shared.kernel.contracts.requests import (
    ActivityCorrected,
    ActivityRestated,
    ActivityVoided,
    VisitCorrected,
    VisitRestated,
    VisitVoided,
)
from tests.controls import ACTIVITY, ACTIVITY_RECORDED, REASON_REF, USER, VISIT, VISIT_CONFIRMED

OTHER_VISIT = replace(VISIT, helpers=())
OTHER_ACTIVITY = replace(ACTIVITY, person=USER)


def test_when_a_visit_is_confirmed_the_shares_in_it_are_assessed() -> None:
    assert policies.when_recorded_assess(VISIT_CONFIRMED) == assess(VISIT, void=False)


def test_when_an_activity_is_recorded_it_is_assessed() -> None:
    assert policies.when_recorded_assess(ACTIVITY_RECORDED) == assess(ACTIVITY, void=False)


def test_when_a_visit_is_corrected_or_restated_it_moves() -> None:
    corrected = VisitCorrected(visit=OTHER_VISIT, was=VISIT, reason_ref=REASON_REF)
    restated = VisitRestated(visit=OTHER_VISIT, was=VISIT)

    assert policies.when_visit_moved_assess(corrected) == moved(VISIT, OTHER_VISIT)
    assert policies.when_visit_moved_assess(restated) == moved(VISIT, OTHER_VISIT)


def test_when_an_activity_is_corrected_or_restated_it_moves() -> None:
    corrected = ActivityCorrected(activity=OTHER_ACTIVITY, was=ACTIVITY, reason_ref=REASON_REF)
    restated = ActivityRestated(activity=OTHER_ACTIVITY, was=ACTIVITY)

    assert policies.when_activity_moved_assess(corrected) == moved(ACTIVITY, OTHER_ACTIVITY)
    assert policies.when_activity_moved_assess(restated) == moved(ACTIVITY, OTHER_ACTIVITY)


def test_when_a_visit_or_activity_is_voided_it_does_not_count() -> None:
    assert policies.when_voided_assess(VisitVoided(was=VISIT, reason_ref=REASON_REF)) == assess(VISIT, void=True)
    assert policies.when_voided_assess(ActivityVoided(was=ACTIVITY, reason_ref=REASON_REF)) == assess(
        ACTIVITY, void=True
    )
