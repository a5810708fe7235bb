"""Who feeds the live windows, when they speak, and what a page's board makes of it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from services.reporting.live import (
    BATCH,
    RENEWED_EVERY,
    Follower,
    LiveWindows,
    decode,
    encode,
    last_before,
    put_up_on,
    read_onto,
)
from services.reporting.windows import Signals
from shared.flow.ports import Announced, Delivered, Garbled
from shared.kernel.messages import Event, Head
from shared.web.board import Board
from tests.controls import KOSAKA, TAKAMATSU
from tests.fakes import HandInbox, SetClock
from tests.recording import Recording

NOW = datetime(2016, 11, 9, 5, 30, tzinfo=UTC)


class Ledgers:
    """Recordings behind the read-only port."""

    service = "requests"

    def __init__(self, *recordings: Recording) -> None:
        self.recordings: Mapping[str, Recording] = {each.tenant: each for each in recordings}
        self.reads = 0

    def read(self, tenant: str, after: int, limit: int) -> list[Event]:
        self.reads += 1
        return self.recordings[tenant].events[after : after + limit]

    def heads(self) -> dict[str, Head]:
        return {tenant: each.head for tenant, each in self.recordings.items()}

    def head(self, tenant: str) -> Head:
        return self.recordings[tenant].head


def hours(found: Signals) -> int:
    return sum(each.hour for each in found.districts)


def test_the_follower_starts_one_window_back_and_shows_each_municipality_when_its_window_is_full() -> None:
    old, new = Recording(NOW - timedelta(weeks=10)), Recording(NOW, KOSAKA)
    for number in range(1_000):
        old.confirm(f"old{number}")
    old.at = NOW
    for number in range(BATCH + 10):
        old.confirm(f"V{number}")
    new.confirm("V1")
    shown: list[Signals] = []
    ledgers = Ledgers(old, new)
    follower = Follower(ledgers, HandInbox(), SetClock(NOW), shown.append)
    assert follower.step() == BATCH
    assert shown == []
    assert follower.step() == 11
    assert {found.tenant: hours(found) for found in shown} == {TAKAMATSU: BATCH + 10, KOSAKA: 1}
    assert follower.step() == 0
    assert ledgers.reads < 20


def test_the_follower_shows_what_arrives_at_once_without_reading_it_again() -> None:
    office = Recording(NOW)
    office.confirm("V1")
    shown: list[Signals] = []
    ledgers, inbox = Ledgers(office), HandInbox()
    follower = Follower(ledgers, inbox, SetClock(NOW), shown.append)
    follower.step()
    office.confirm("V2")
    before = ledgers.reads
    inbox.put(*map(Delivered, office.events))
    assert follower.step() == 2
    assert [hours(found) for found in shown] == [1, 2]
    assert ledgers.reads == before


def test_the_follower_reads_what_it_was_not_sent() -> None:
    office = Recording(NOW)
    shown: list[Signals] = []
    inbox = HandInbox()
    follower = Follower(Ledgers(office), inbox, SetClock(NOW), shown.append)
    follower.step()
    for number in range(5):
        office.confirm(f"V{number}")
    inbox.put(Delivered(office.events[2]), Delivered(office.events[1]))
    follower.step()
    inbox.put(Announced("requests", TAKAMATSU, office.head), Garbled("place", b"", "reason"))
    follower.step()
    assert [hours(found) for found in shown] == [0, 3, 5]


def test_a_municipality_that_comes_later_is_followed_too() -> None:
    here, there = Recording(NOW), Recording(NOW, KOSAKA)
    known = {TAKAMATSU: here}
    ledgers, inbox = Ledgers(here), HandInbox()
    shown: list[Signals] = []
    follower = Follower(ledgers, inbox, SetClock(NOW), shown.append)
    follower.step()
    there.confirm("V1")
    ledgers.recordings = known | {KOSAKA: there}
    inbox.put(Delivered(there.events[0]))
    follower.step()
    assert [(found.tenant, hours(found)) for found in shown] == [(TAKAMATSU, 0), (KOSAKA, 1)]


def test_a_ledger_without_anything_recent_says_that_nothing_happens() -> None:
    office = Recording(NOW - timedelta(weeks=10))
    office.confirm("V1")
    shown: list[Signals] = []
    Follower(Ledgers(office), HandInbox(), SetClock(NOW), shown.append).step()
    assert [(found.tenant, found.districts) for found in shown] == [(TAKAMATSU, ())]


def test_halving_finds_the_last_event_before_an_instant() -> None:
    office = Recording(NOW - timedelta(hours=10))
    for number in range(10):
        office.confirm(f"V{number}")
        office.at += timedelta(hours=1)
    ledgers = Ledgers(office)
    found = [last_before(ledgers, TAKAMATSU, 10, NOW - timedelta(hours=each)) for each in (11, 10, 5, 1, 0)]
    assert found == [0, 0, 5, 9, 10]


def test_the_same_is_said_again_only_after_a_while() -> None:
    clock, office = SetClock(NOW), Recording(NOW)
    office.confirm("V1")
    windows = LiveWindows(clock)
    windows.note(office.events[0])
    assert len(windows.signals()) == 1
    windows.note(office.events[0])
    assert windows.signals() == []
    clock.instant += RENEWED_EVERY
    (tenant, document), *rest = windows.documents()
    assert (tenant, decode(document).at, rest) == (TAKAMATSU, "2016-11-09T05:30:10Z", [])


def test_a_reader_that_goes_back_begins_with_nothing() -> None:
    clock, office = SetClock(NOW), Recording(NOW)
    office.confirm("V1")
    windows = LiveWindows(clock)
    windows.note(office.events[0])
    windows.clear()
    assert windows.signals() == []
    windows.note(office.events[0])
    assert [hours(found) for found in windows.signals()] == [1]


def test_an_event_that_cannot_be_read_is_named_and_counts_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    office = Recording(NOW)
    office.confirm("V1")
    office.events[0].data = b"{}"
    office.confirm("V2")
    windows = LiveWindows(SetClock(NOW))
    office.events[0] = _anew(office.events[0])
    for event in office.events:
        windows.note(event)
    assert [hours(found) for found in windows.signals()] == [1]
    assert "372013-1 is not counted" in caplog.text


@pytest.mark.parametrize("time", ["garbage", "", "2016-13-01T00:00:00.000Z"])
def test_an_event_whose_time_somebody_has_changed_counts_nowhere_and_stops_nobody(
    time: str, caplog: pytest.LogCaptureFixture
) -> None:
    office = Recording(NOW)
    for number in range(3):
        office.confirm(f"V{number}")
    office.events[1].time = time
    shown: list[Signals] = []
    Follower(Ledgers(office), HandInbox(), SetClock(NOW), shown.append).step()
    assert [hours(found) for found in shown] == [2]
    assert "372013-2 is not counted" in caplog.text


def test_a_ledger_that_ends_before_its_head_is_followed_as_far_as_it_goes() -> None:
    office = Recording(NOW)
    for number in range(3):
        office.confirm(f"V{number}")
    ledgers = Ledgers(office)
    assert last_before(ledgers, TAKAMATSU, 9, NOW + timedelta(hours=1)) == 3


def _anew(event: Event) -> Event:
    """The same event, with nothing decoded yet."""
    event.decoded = None
    return event


def test_a_board_rings_when_something_else_is_to_be_seen() -> None:
    rings: list[int] = []
    board: Board[Signals] = Board(lambda: rings.append(1))
    assert (board.latest(TAKAMATSU), board.renewed_at) == (None, None)
    clock, office = SetClock(NOW), Recording(NOW)
    office.confirm("V1", served_on=NOW.date())
    windows = LiveWindows(clock)
    windows.note(office.events[0])
    show, read = put_up_on(board), read_onto(board)
    (first,) = windows.signals()
    show(first)
    clock.instant += timedelta(seconds=20)
    (later,) = windows.signals()
    read(encode(later))
    assert len(rings) == 1
    clock.instant += timedelta(minutes=1)
    (last,) = windows.signals()
    read(encode(last))
    assert len(rings) == 2
    show(first)
    notice = board.latest(TAKAMATSU)
    assert notice is not None
    assert (notice.value, notice.at) == (last, clock.instant)
    assert board.renewed_at == clock.instant
