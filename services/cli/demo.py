"""The demo: half-years of synthetic data through the real commands, and a live day."""

from collections.abc import Sequence
from threading import Event, Thread
from types import TracebackType

from services.cli.imports import refused_line, take_in_text
from services.cli.rules import enact_document
from services.cli.session import Session
from services.cli.tenants import add_municipality
from services.coordination.figures import published_name
from services.demo import DEMO_CODES, half_year, live_day
from services.library import packaged_rules
from shared.flow.ports import Unavailable
from shared.kernel.messages import START

SEED = 2016
KINDS = ("organisations", "people", "visits", "activities")


def load_demo(session: Session, codes: Sequence[str] = DEMO_CODES) -> None:
    """Bring the demo's municipalities and files; what is there already stays as it is."""
    for code in codes:
        if session.system.store("coordination").head(code) == START:
            add_municipality(session, code, published_name(code) or code)
        for rules in packaged_rules():
            if rules.municipality == code:
                enact_document(session, code, rules)
        files = half_year(code, SEED)
        for kind in KINDS:
            session.console.progress(f"見本データを入れています: {code} {kind}")
            text, origin = getattr(files, kind), f"demo:{code}:{kind}"
            report = take_in_text(session, code, kind, text, None, origin, keeps_known=True)
            for row in report.refused:
                session.console.say(f"{code} {kind}: {refused_line(row)}")
    session.console.end_progress()
    session.system.settle(codes)


class LiveDay:
    """Plays a day of visits through the same import, while the pages are open."""

    def __init__(self, session: Session, *, active: bool) -> None:
        self._session = session
        self._stop = Event()
        self._thread = Thread(target=self._play, name="live-day", daemon=True) if active else None

    def __enter__(self) -> None:
        if self._thread:
            self._thread.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()

    def _play(self) -> None:
        code = DEMO_CODES[0]
        seen_before = True
        for step in live_day(code, SEED):
            if not seen_before and self._stop.wait(step.after_seconds):
                return
            try:
                report = take_in_text(
                    self._session, code, step.kind, step.csv, step.correction_reason, f"live-day:{code}"
                )
            except Unavailable as error:
                self._session.console.say(f"見本の一日: {error}")
                continue
            seen_before = report.accepted + report.corrected == 0
