"""The progress of deciding old accounts anew is an event, so that a sweep goes on where it was."""

from services.points.commands import AdvanceSweep
from services.points.events import PointSweepAdvanced
from tests.unit.points.schemes_and_earnings import PERSON, POINTS, happened

HALF_WAY = AdvanceSweep("town@2015-04-01", PERSON, 200, False)
DONE = AdvanceSweep("town@2015-04-01", PERSON, 250, True)


def test_progress_is_recorded() -> None:
    POINTS.given().when(HALF_WAY).then(
        PointSweepAdvanced(rules="town@2015-04-01", after=PERSON, done=200, finished=False)
    )


def test_the_same_progress_again_changes_nothing() -> None:
    POINTS.given(*happened(HALF_WAY)).when(HALF_WAY).unchanged()


def test_further_progress_is_recorded() -> None:
    POINTS.given(*happened(HALF_WAY)).when(DONE).then(
        PointSweepAdvanced(rules="town@2015-04-01", after=PERSON, done=250, finished=True)
    )


def test_a_finished_sweep_stays_finished() -> None:
    POINTS.given(*happened(DONE)).when(HALF_WAY).unchanged()


def test_sweeps_of_different_schemes_do_not_touch_each_other() -> None:
    POINTS.given(*happened(DONE)).when(AdvanceSweep("town@2016-04-01", "", 0, False)).then(
        PointSweepAdvanced(rules="town@2016-04-01", after="", done=0, finished=False)
    )
