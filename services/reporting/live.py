"""The live windows' host-independent part: who feeds them and when they speak. Two hosts call it: a thread beside the
ledger of `requests` (`Follower`), and Faust on its topic (`shared/adapters/faust_worker.py`).
"""

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

import msgspec

from services.reporting import windows
from services.reporting.windows import Signals, Window
from shared.flow.ports import Clock, LedgerReader
from shared.kernel.messages import Event, UnknownType
from shared.web.board import Board

log = logging.getLogger("yui.live")

SOURCE: Final = "requests"
BATCH: Final = 500
RENEWED_EVERY: Final = timedelta(seconds=10)

Show = Callable[[Signals], None]

_DECODER: Final = msgspec.json.Decoder(Signals)


class LiveWindows:
    """The windows of the municipalities that one host follows. One thread calls it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._windows: dict[str, Window] = {}
        self._touched: set[str] = set()
        self._shown: dict[str, Signals] = {}
        self._looked: dict[str, datetime] = {}

    def begin(self) -> datetime:
        """Where to read from when nothing is known yet."""
        return windows.begin_of_window(self._clock.now())

    def open(self, tenant: str) -> None:
        """From now on there is something to say about this municipality, be it that nothing happens."""
        self._windows.setdefault(tenant, Window())
        self._touched.add(tenant)

    def note(self, event: Event) -> None:
        """Take an event in. One that cannot be read is named in the log, and counts nowhere."""
        self.open(event.tenant)
        try:
            windows.note(self._windows[event.tenant], event)
        except (UnknownType, msgspec.MsgspecError) as error:
            log.warning("%s %s is not counted: %s", event.type, event.id, error)

    def signals(self, without: Collection[str] = ()) -> list[Signals]:
        """What is new: windows whose content has changed, and every window again after `RENEWED_EVERY`, so that a
        reader can tell a quiet municipality from a stopped host.
        """
        now = self._clock.now()
        return [found for tenant in self._due(now) if tenant not in without and (found := self._look(tenant, now))]

    def documents(self) -> list[tuple[str, bytes]]:
        """The same as (tenant, JSON)."""
        return [(found.tenant, encode(found)) for found in self.signals()]

    def clear(self) -> None:
        """Forget everything: the reader goes back one window."""
        for known in (self._windows, self._touched, self._shown, self._looked):
            known.clear()

    def _due(self, now: datetime) -> list[str]:
        old = {tenant for tenant, looked in self._looked.items() if now - looked >= RENEWED_EVERY}
        return sorted(self._touched | old)

    def _look(self, tenant: str, now: datetime) -> Signals | None:
        found = windows.signals(tenant, self._windows[tenant], now)
        last, looked = self._shown.get(tenant), self._looked.get(tenant)
        self._touched.discard(tenant)
        if last and looked and now - looked < RENEWED_EVERY and windows.content(last) == windows.content(found):
            return None
        self._shown[tenant], self._looked[tenant] = found, now
        return found


class Follower:
    """Follows the ledger of `requests` in this process, from one window back."""

    def __init__(self, ledger: LedgerReader, clock: Clock, show: Show) -> None:
        self._ledger = ledger
        self._show = show
        self._windows = LiveWindows(clock)
        self._read_to: dict[str, int] = {}
        self._filling: dict[str, int] = {}

    def step(self) -> int:
        """Read what is new, at most `BATCH` events, and show what follows. Returns how many events were read.

        A municipality is shown once its window is full, up to the head that its ledger had when it was first seen.
        """
        room = BATCH
        for tenant, head in self._ledger.heads().items():
            if tenant not in self._read_to:
                self._open(tenant, head.seq)
            if room and self._read_to[tenant] < head.seq:
                room -= self._read(tenant, room)
            if self._read_to[tenant] >= self._filling.get(tenant, 0):
                self._filling.pop(tenant, None)
        for found in self._windows.signals(without=self._filling):
            self._show(found)
        return BATCH - room

    def _open(self, tenant: str, head: int) -> None:
        self._read_to[tenant] = last_before(self._ledger, tenant, head, self._windows.begin())
        self._filling[tenant] = head
        self._windows.open(tenant)

    def _read(self, tenant: str, room: int) -> int:
        events = self._ledger.read(tenant, self._read_to[tenant], room)
        for event in events:
            self._windows.note(event)
            self._read_to[tenant] = event.seq
        return len(events)


def last_before(ledger: LedgerReader, tenant: str, head: int, instant: datetime) -> int:
    """The last `seq` up to `head` that was recorded before the instant, 0 when none was; found by halving."""
    low, high = 0, head
    while low < high:
        middle = (low + high + 1) // 2
        (event,) = ledger.read(tenant, middle - 1, 1)
        if windows.recorded_before(event, instant):
            low = middle
        else:
            high = middle - 1
    return low


def put_up_on(board: Board[Signals]) -> Show:
    """What shows signals to the pages of this process."""

    def show(found: Signals) -> None:
        board.put(found.tenant, found, datetime.fromisoformat(found.at), msgspec.json.encode(windows.content(found)))

    return show


def read_onto(board: Board[Signals]) -> Callable[[bytes], None]:
    """The same for signals as they travel. What is called raises msgspec's DecodeError or ValidationError."""
    show = put_up_on(board)
    return lambda document: show(decode(document))


def encode(found: Signals) -> bytes:
    return msgspec.json.encode(found)


def decode(document: bytes) -> Signals:
    """Raises msgspec's DecodeError or ValidationError."""
    return _DECODER.decode(document)
