"""Audits that somebody asked for on a page: one at a time per municipality and kind, in a thread, the last one kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Condition, Thread
from typing import Any

from shared.web.context import Audit

KINDS = ("verify", "replay")


@dataclass(frozen=True, slots=True)
class Run:
    """`document` is what it found; None while it runs or when it failed (`failure` says why)."""

    kind: str
    started: datetime
    finished: datetime | None = None
    document: Mapping[str, Any] | None = None
    failure: str | None = None

    @property
    def running(self) -> bool:
        return self.finished is None

    @property
    def holds(self) -> bool:
        if self.document is None:
            return False
        return not self.document.get("breaks") and not self.document.get("differences")

    @property
    def seconds(self) -> float:
        return (self.finished - self.started).total_seconds() if self.finished else 0.0


class AuditRuns:
    def __init__(self, audits: Mapping[str, Audit], now: Callable[[], datetime]) -> None:
        self._audits = audits
        self._now = now
        self._runs: dict[tuple[str, str], Run] = {}
        self._ended = Condition()

    def start(self, tenant: str, kind: str) -> None:
        """Begin, unless the same is already running."""
        place = (tenant, kind)
        with self._ended:
            last = self._runs.get(place)
            if last is not None and last.running:
                return
            self._runs[place] = Run(kind, self._now())
        Thread(target=self._run, args=place, name=f"audit.{kind}", daemon=True).start()

    def last(self, tenant: str) -> dict[str, Run]:
        """The last run of each kind, also one that has not ended."""
        with self._ended:
            return {kind: self._runs[tenant, kind] for kind in KINDS if (tenant, kind) in self._runs}

    def wait(self, tenant: str, timeout_seconds: float) -> dict[str, Run]:
        """The same, once none is running or the time is over."""
        with self._ended:
            self._ended.wait_for(
                lambda: not any(run.running for (of, _), run in self._runs.items() if of == tenant), timeout_seconds
            )
        return self.last(tenant)

    def _run(self, tenant: str, kind: str) -> None:
        started = self._runs[tenant, kind].started
        try:
            document = self._audits[kind](tenant)
            run = Run(kind, started, self._now(), document)
        except Exception as error:  # noqa: BLE001 - the page shows it; the thread has nobody else to tell
            run = Run(kind, started, self._now(), failure=f"{type(error).__name__}: {error}")
        with self._ended:
            self._runs[tenant, kind] = run
            self._ended.notify_all()
