"""Live windows: what a municipality's records of the last weeks say about now."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting import windows
from services.reporting.windows import DistrictNow, Signals, Window
from shared.kernel.messages import Event
from tests.controls import TAKAMATSU
from tests.recording import Recording

NOW = datetime(2016, 11, 9, 5, 30, tzinfo=UTC)
"""14:30 of a Wednesday in Japan."""

WEEK = timedelta(weeks=1)


def seen(events: Sequence[Event]) -> Window:
    window = Window()
    for event in events:
        windows.note(window, event)
    return window


def signals(office: Recording, now: datetime = NOW) -> Signals:
    return windows.signals(TAKAMATSU, seen(office.events), now)


def district(found: Signals, district_id: str | None = "D1") -> DistrictNow:
    (one,) = [each for each in found.districts if each.district_id == district_id]
    return one


def preceding_weeks(office: Recording, per_week: Sequence[int], hours_before: int = 0) -> None:
    """So many visits in this hour of the weeks before, the first number being the earliest week's."""
    for number, count in enumerate(per_week):
        office.at = NOW - (len(per_week) - number) * WEEK - timedelta(hours=hours_before)
        for each in range(count):
            office.confirm(f"w{number}-{hours_before}-{each}")


def test_counts_the_last_minute_and_this_hour_of_each_district() -> None:
    office = Recording(NOW - timedelta(hours=1))
    office.confirm("the hour before")
    office.at = NOW - timedelta(minutes=20)
    office.confirm("this hour")
    office.at = NOW - timedelta(seconds=30)
    office.confirm("this minute")
    office.confirm("elsewhere", district=None)
    found = signals(office)
    assert [(each.district_id, each.minute, each.hour) for each in found.districts] == [("D1", 1, 2), (None, 1, 1)]
    assert (found.seq, found.at, found.hour_began_at) == (4, "2016-11-09T05:30:00Z", "2016-11-09T05:00:00Z")


def test_a_void_takes_the_visit_away() -> None:
    office = Recording(NOW)
    office.void(office.confirm("V1", served_on=date(2016, 10, 1)))
    found = signals(office)
    assert (found.districts, found.late) == ((), 0)


def test_one_void_leaves_the_others_of_its_district() -> None:
    office = Recording(NOW)
    voided = office.confirm("V1")
    office.confirm("V2")
    office.confirm("V3", district="D2")
    office.void(voided)
    assert [(each.district_id, each.hour) for each in signals(office).districts] == [("D1", 1), ("D2", 1)]


def test_a_void_after_more_than_a_day_leaves_the_hour_as_it_was() -> None:
    office = Recording(NOW - timedelta(hours=25))
    visit = office.confirm("V1")
    office.at = NOW
    office.void(visit)
    assert signals(office, NOW - timedelta(hours=25)).districts[0].hour == 0
    assert windows.signals(TAKAMATSU, seen(office.events[:1]), NOW - timedelta(hours=25)).districts[0].hour == 1
    assert seen(office.events).hours == seen(office.events[:1]).hours


def test_a_correction_moves_the_visit_to_its_district_and_leaves_its_time() -> None:
    office = Recording(NOW - timedelta(minutes=5))
    visit = office.confirm("V1")
    office.at = NOW
    office.correct(visit, district_id="D2")
    assert [(each.district_id, each.minute, each.hour) for each in signals(office).districts] == [("D2", 0, 1)]


def test_a_corrected_visit_can_be_voided_when_its_minute_is_long_over() -> None:
    office = Recording(NOW - timedelta(minutes=5))
    visit = office.confirm("V1")
    office.confirm("V2", district="D2")
    office.at = NOW
    office.void(office.correct(visit, minutes=30))
    assert [(each.district_id, each.hour) for each in signals(office).districts] == [("D2", 1)]


def test_a_correction_of_a_visit_that_is_not_known_counts_nothing() -> None:
    office = Recording(NOW - timedelta(days=3))
    visit = office.confirm("V1")
    office.at = NOW
    office.correct(visit, minutes=30)
    assert district(signals(office)).hour == 0


def test_confirmed_again_counts_once() -> None:
    office = Recording(NOW)
    office.confirm("V1")
    office.confirm("V1", district="D2")
    assert [(each.district_id, each.hour) for each in signals(office).districts] == [("D2", 1)]


@pytest.mark.parametrize(("served_on", "late"), [(date(2016, 10, 27), 0), (date(2016, 10, 26), 1)])
def test_a_slip_is_late_fourteen_days_after_the_visit(served_on: date, late: int) -> None:
    office = Recording(NOW)
    office.confirm("V1", served_on=served_on)
    found = signals(office)
    assert found.late == late
    assert [(slip.visit_id, slip.days) for slip in found.late_slips] == [("V1", 14)][:late]


def test_late_slips_are_those_of_a_day_the_newest_first() -> None:
    office = Recording(NOW - timedelta(hours=30))
    office.confirm("yesterday", served_on=date(2016, 10, 1))
    office.at = NOW - timedelta(hours=1)
    for number in range(7):
        office.confirm(f"V{number}", served_on=date(2016, 10, 1))
    found = signals(office)
    assert found.late == 7
    assert [slip.visit_id for slip in found.late_slips] == ["V6", "V5", "V4", "V3", "V2"]
    assert signals(office, NOW + timedelta(days=1)).late == 0


def test_the_usual_is_the_median_of_this_hour_in_the_preceding_weeks() -> None:
    office = Recording(NOW)
    preceding_weeks(office, (40, 3, 4, 0))
    assert district(signals(office)).usual == 4


def test_nothing_is_usual_or_unusual_before_two_weeks_are_known() -> None:
    office = Recording(NOW)
    preceding_weeks(office, (1,))
    office.at = NOW
    for number in range(50):
        office.confirm(f"V{number}")
    found = district(signals(office))
    assert (found.usual, found.unusual) == (None, False)


@pytest.mark.parametrize(("visits", "unusual"), [(11, False), (12, True)])
def test_three_times_the_usual_is_unusual(visits: int, unusual: bool) -> None:
    office = Recording(NOW)
    preceding_weeks(office, (4, 4, 4, 4))
    office.at = NOW
    for number in range(visits):
        office.confirm(f"V{number}")
    assert district(signals(office)).unusual is unusual


@pytest.mark.parametrize(("visits", "unusual"), [(9, False), (10, True)])
def test_few_visits_are_never_unusual(visits: int, unusual: bool) -> None:
    office = Recording(NOW)
    preceding_weeks(office, (1, 1, 1))
    office.at = NOW
    for number in range(visits):
        office.confirm(f"V{number}")
    assert district(signals(office)).unusual is unusual


def test_a_district_is_silent_when_its_usual_hours_stay_empty() -> None:
    office = Recording(NOW)
    preceding_weeks(office, (1, 1, 1, 0), hours_before=1)
    assert district(signals(office)).silent_since == "2016-10-26T05:00:00Z"


def test_a_visit_in_the_last_hours_breaks_the_silence() -> None:
    office = Recording(NOW)
    preceding_weeks(office, (1, 1, 1, 1), hours_before=1)
    office.at = NOW - timedelta(hours=2)
    office.confirm("V1")
    assert district(signals(office)).silent_since is None


def test_hours_that_are_usually_empty_are_no_silence() -> None:
    office = Recording(NOW)
    preceding_weeks(office, (1, 1, 0, 1), hours_before=5)
    preceding_weeks(office, (0, 1, 1), hours_before=1)
    assert district(signals(office)).silent_since is None


def test_what_is_not_about_visits_changes_nothing_but_the_place() -> None:
    office = Recording(NOW)
    office.plan("V1")
    found = signals(office)
    assert (found.seq, found.districts) == (1, ())


def test_a_visit_that_cannot_be_read_is_passed_over() -> None:
    office = Recording(NOW)
    office.confirm("V1")
    window = Window()
    office.events[0].data = b"{}"
    with pytest.raises(msgspec.ValidationError):
        windows.note(window, office.events[0])
    office.confirm("V2")
    windows.note(window, office.events[1])
    assert district(windows.signals(TAKAMATSU, window, NOW)).hour == 1


def test_a_window_forgets_what_it_does_not_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MOST_VISITS", 3)
    monkeypatch.setattr(windows, "MOST_SLIPS", 2)
    office = Recording(NOW - 6 * WEEK)
    for number in range(5):
        office.confirm(f"old{number}")
    office.at = NOW
    for number in range(5):
        office.confirm(f"V{number}", served_on=date(2016, 1, 1))
    window = seen(office.events)
    assert list(window.visits) == ["V2", "V3", "V4"]
    assert list(window.late_slips) == ["V3", "V4"]
    assert len(window.hours) == len(window.ticks) == len(window.late) == 1
    assert windows.signals(TAKAMATSU, window, NOW).late == 5


def test_a_clock_behind_the_events_sees_them_all_the_same() -> None:
    office = Recording(NOW)
    office.confirm("V1")
    found = signals(office, NOW - timedelta(hours=3))
    assert (district(found).minute, found.at) == (1, "2016-11-09T05:30:00Z")


# ------------------------------------------------------------------------------------------------ any history

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["confirm", "correct", "void"]),
        st.integers(0, 30),  # which visit
        st.sampled_from(["D1", "D2", None]),
        st.sampled_from([0, 0, 1, 7, 90, 3_600, 40_000, 86_400, 400_000]),  # seconds until the next
    ),
    max_size=80,
)


def recorded(steps: Sequence[tuple[str, int, str | None, int]]) -> Recording:
    """The same instants each time; visits are corrected and voided while they are confirmed."""
    office = Recording(NOW - 6 * WEEK)
    known = {}
    for verb, number, district_id, seconds in steps:
        visit_id = f"V{number}"
        if verb == "confirm" and visit_id not in known:
            known[visit_id] = office.confirm(visit_id, district_id, date(2016, 10, 1))
        elif verb == "correct" and visit_id in known:
            known[visit_id] = office.correct(known[visit_id], district_id=district_id)
        elif verb == "void" and visit_id in known:
            office.void(known.pop(visit_id))
        office.at += timedelta(seconds=seconds)
    return office


@given(STEPS, st.data())
def test_duplicates_change_nothing(steps: list[tuple[str, int, str | None, int]], data: st.DataObject) -> None:
    office = recorded(steps)
    twice = list(office.events)
    for index in data.draw(st.lists(st.integers(0, len(office.events)), max_size=10)):
        position = min(index, len(twice))
        twice[position:position] = twice[max(0, position - 3) : position]
    assert seen(twice) == seen(office.events)


@given(STEPS, st.integers(0, 3 * 86_400))
def test_a_restart_one_window_back_says_the_same(steps: list[tuple[str, int, str | None, int]], later: int) -> None:
    office = recorded(steps)
    now = office.at + timedelta(seconds=later)
    since = windows.begin_of_window(now)
    anew = [event for event in office.events if not windows.recorded_before(event, since)]
    before = windows.signals(TAKAMATSU, seen(office.events), now)
    after = windows.signals(TAKAMATSU, seen(anew), now)
    assert msgspec.structs.replace(after, seq=before.seq) == before


@given(STEPS)
def test_this_hour_is_what_was_confirmed_in_it_and_not_voided(steps: list[tuple[str, int, str | None, int]]) -> None:
    """Against a plain count over the events of the hour, for visits confirmed, corrected and voided within it."""
    steps = [(verb, number, district_id, 0) for verb, number, district_id, _ in steps]
    office = recorded(steps)
    standing: dict[str, str | None] = {}
    for event in office.events:
        fact = event.fact
        if hasattr(fact, "visit"):
            standing[fact.visit.visit_id] = fact.visit.district_id
        else:
            del standing[fact.was.visit_id]
    found = signals(office, office.at)
    assert {each.district_id: each.hour for each in found.districts} == Counter(standing.values())
