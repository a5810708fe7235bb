"""A person's view: a visit is confirmed by POST, and appears on a page that listens."""

import re
from collections.abc import Iterator, Sequence
from csv import DictReader
from threading import Condition, Thread
from time import perf_counter, sleep
from types import TracebackType
from typing import Any, Self

import httpx

PROBED = "131016"
"""A municipality of its own: its live page is not swept away by the load of the other one, its way is the same."""
SHOWN = re.compile(r'data-visit="([^"]+)"')
PAUSE_SECONDS = 0.2
PATIENCE_SECONDS = 60.0


class Page:
    """What a municipality's live page is sent while it is open, and the visits that can be confirmed there."""

    def __init__(self, address: str, lines: Sequence[str]) -> None:
        self._visits = _documents(lines)
        self._client = httpx.Client(base_url=address, params={"tenant": PROBED}, timeout=PATIENCE_SECONDS)
        self._seen: dict[str, float] = {}
        self._changed = Condition()
        self._thread = Thread(target=self._listen, name="page", daemon=True)
        self._begun = False
        self._closed = False

    def __enter__(self) -> Self:
        self._thread.start()
        with self._changed:
            if not self._changed.wait_for(lambda: self._begun, PATIENCE_SECONDS):
                raise TimeoutError("the page does not listen")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._client.close()
        self._thread.join(1.0)

    def confirm(self) -> float:
        """Milliseconds from the beginning of the POST until the page shows the visit."""
        visit = next(self._visits)
        number = visit["visit_id"]
        started = perf_counter()
        answer = self._client.post("/api/requests/visits", json=visit, headers={"Idempotency-Key": number})
        answer.raise_for_status()
        with self._changed:
            if not self._changed.wait_for(lambda: number in self._seen, PATIENCE_SECONDS):
                raise TimeoutError(f"{number} does not appear")
        return (self._seen[number] - started) * 1e3

    def _listen(self) -> None:
        try:
            with self._client.stream("GET", f"/t/{PROBED}/live/stream", timeout=None) as answer:
                answer.raise_for_status()
                for line in answer.iter_lines():
                    self._note(line)
        except (httpx.HTTPError, RuntimeError):
            if not self._closed:
                raise

    def _note(self, line: str) -> None:
        now = perf_counter()
        shown = SHOWN.search(line)
        with self._changed:
            self._begun = True
            if shown:
                self._seen.setdefault(shown[1], now)
            self._changed.notify_all()


def probe(page: Page, times: int) -> list[float]:
    """Milliseconds of one visit after another."""
    waits = []
    for _ in range(times):
        waits.append(page.confirm())
        sleep(PAUSE_SECONDS)
    return waits


def _documents(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    for row in DictReader("".join(lines).splitlines()):
        lists = {name: row[name].split(";") if row[name] else [] for name in ("helper_ids", "menu")}
        yield {**row, **lists, "minutes": int(row["minutes"]), "slip_no": row["slip_no"] or None}
