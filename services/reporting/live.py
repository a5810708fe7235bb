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
from shared.flow.ports import Announced, Clock, Delivered, Inbox, LedgerReader
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
        except (UnknownType, msgspec.MsgspecError, ValueError) as error:
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
    """Follows the events of `requests` in this process, from one window back; what it missed is in the ledger."""

    def __init__(self, ledger: LedgerReader, inbox: Inbox, clock: Clock, show: Show) -> None:
        self._ledger = ledger
        self._inbox = inbox
        self._show = show
        self._windows = LiveWindows(clock)
        self._seen_to: dict[str, int] = {}
        self._behind: dict[str, int] = {}
        self._filling: set[str] = set()
        self._begun = False

    def step(self) -> int:
        """Take what is new, at most `BATCH` events, and show what follows. Returns how many events were taken.

        A municipality is shown once its window is full, up to the head that its ledger had when it was first seen.
        """
        if not self._begun:
            for tenant, head in self._ledger.heads().items():
                self._note_head(tenant, head.seq)
            self._begun = True
        taken = self._inbox.poll(BATCH)
        for message in taken:
            if isinstance(message, Delivered):
                self._take(message.event)
            elif isinstance(message, Announced):
                self._note_head(message.tenant, message.head.seq)
        room = BATCH - len(taken)
        for tenant, reach in list(self._behind.items()):
            room -= self._read(tenant, reach, room)
        for found in self._windows.signals(without=self._filling):
            self._show(found)
        return BATCH - room

    def _take(self, event: Event) -> None:
        tenant = event.tenant
        if tenant in self._seen_to and tenant not in self._behind and event.seq == self._seen_to[tenant] + 1:
            self._note(event)
        else:
            self._note_head(tenant, event.seq)

    def _note_head(self, tenant: str, seq: int) -> None:
        if tenant not in self._seen_to:
            self._seen_to[tenant] = last_before(self._ledger, tenant, seq, self._windows.begin())
            self._filling.add(tenant)
            self._windows.open(tenant)
            self._behind[tenant] = seq
        elif seq > self._seen_to[tenant]:
            self._behind[tenant] = max(seq, self._behind.get(tenant, 0))

    def _read(self, tenant: str, head: int, room: int) -> int:
        reached = self._seen_to[tenant]
        events = self._ledger.read(tenant, reached, min(room, head - reached)) if room and reached < head else []
        for event in events:
            self._note(event)
        if self._seen_to[tenant] >= head:
            del self._behind[tenant]
            self._filling.discard(tenant)
        return len(events)

    def _note(self, event: Event) -> None:
        self._windows.note(event)
        self._seen_to[event.tenant] = event.seq


def last_before(ledger: LedgerReader, tenant: str, head: int, instant: datetime) -> int:
    """The last `seq` up to `head` that was recorded before the instant, 0 when none was; found by halving."""
    low, high = 0, head
    while low < high:
        middle = (low + high + 1) // 2
        if any(windows.recorded_before(event, instant) for event in ledger.read(tenant, middle - 1, 1)):
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
