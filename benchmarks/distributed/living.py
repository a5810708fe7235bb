"""The whole fleet of processes under load: how long a visit takes to the live page, beside what else goes on."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from threading import Event
from time import monotonic, perf_counter, sleep

from benchmarks.distributed.ground import scratch
from benchmarks.probing import PROBED, Page, probe
from benchmarks.ratios import Ratio, p95, seconds_of
from benchmarks.worlds import TAKAMATSU, settle_in, take_visits, visit_requests
from deploy.compose.fleet import ROOT, Fleet
from services.cli.console import Console
from services.cli.session import Session, gateway
from services.parts import SERVICES
from services.settings import distributed
from shared.flow.handle import Request

SUSTAINED, QUICK_SUSTAINED = 8_000, 2_000
VISITS = 20
"""Times what is sustained: enough for all that is measured after it."""
PROBES, QUICK_PROBES = 100, 10
AWAY_SECONDS, QUICK_AWAY_SECONDS = 20.0, 5.0
P95_MILLISECONDS = 250.0
TURN_SECONDS = 0.05
"""A loaded office hands over this often what has come in since."""
CATCH_UP_SECONDS = 300.0
CAUGHT_UP_SECONDS = 1.0
"""Who is behind by less than what arrives in that time has caught up."""
REBUILT = "reporting.figures"
FOLLOWERS = [(row.name, each.name) for each in SERVICES for row in each.subscriptions if "requests" in row.sources]


class TooLate(RuntimeError):
    """What was waited for did not come."""


@dataclass(frozen=True)
class Office:
    """A running fleet, with a gateway of our own to load it; `visits` are still to come."""

    fleet: Fleet
    session: Session
    visits: list[Request]

    def head(self) -> int:
        return self.session.system.store("requests").head(TAKAMATSU).seq

    def reached(self) -> int:
        """How far the slowest that follows `requests` has come."""
        store = self.session.system.store
        return min(store(service).position(name, ("requests", TAKAMATSU)) for name, service in FOLLOWERS)

    def loaded(self, rate: float) -> AbstractContextManager[None]:
        """So many visits a second meanwhile, handed over as an import hands them over."""

        def load(done: Event) -> None:
            started, handed = monotonic(), 0
            while not done.wait(TURN_SECONDS):
                due = int((monotonic() - started) * rate) - handed
                batch, self.visits[:due] = self.visits[:due], []
                if due and not batch:
                    raise TooLate("the benchmark has no visits left")
                if batch:
                    self.session.system.handle("requests", batch)
                    handed += len(batch)

        return _beside(load)


@contextmanager
def _beside(work: Callable[[Event], None]) -> Iterator[None]:
    """It goes on in a thread until the block ends. Raises what it has raised."""
    done = Event()
    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(work, done)
        try:
            yield
        finally:
            done.set()
    going.result()


def measure(*, quick: bool) -> Iterator[Ratio]:
    sustained, probes = (QUICK_SUSTAINED, QUICK_PROBES) if quick else (SUSTAINED, PROBES)
    away = QUICK_AWAY_SECONDS if quick else AWAY_SECONDS
    with scratch() as folder, ExitStack() as opened:
        fleet = opened.enter_context(Fleet(folder / "fleet"))
        session = opened.enter_context(_session(fleet))
        (code, lines), (_, probed) = settle_in(session, [TAKAMATSU, PROBED], sustained * VISITS)
        rate = sustained / seconds_of(lambda: _sustain(session, code, [lines[0], *lines[1 : sustained + 1]]))
        office = Office(fleet, session, visit_requests(code, [lines[0], *lines[sustained + 1 :]]))
        page = opened.enter_context(Page(fleet.address, probed))
        yield from _latencies(office, page, rate / 2, probes)
        yield _catch_up(office, rate / 4, away)


def _sustain(session: Session, code: str, lines: list[str]) -> None:
    take_visits(session, code, lines)
    session.system.settle([code])


def _latencies(office: Office, page: Page, half: float, probes: int) -> Iterator[Ratio]:
    with office.loaded(half):
        plain = p95(probe(page, probes))
    name = f"POST to live page, p95 of {probes} at half load ({half:,.0f}/s) / 250 ms"
    yield Ratio(name, plain, P95_MILLISECONDS, "ms", at_most=1)
    _settle(office)
    with _rebuilding(office.fleet), office.loaded(half):
        beside = p95(probe(page, probes))
    yield Ratio("POST to live page, p95 beside a rebuild / without", beside, plain, "ms", at_most=2)
    _settle(office)


def _catch_up(office: Office, rate: float, away: float) -> Ratio:
    """The workers are away while visits arrive, come back, and visits go on arriving."""
    workers = [name for name in office.fleet.names if name.startswith("work-")]
    with office.loaded(rate):
        before, began = office.head(), perf_counter()
        with ThreadPoolExecutor(len(workers)) as pool:
            list(pool.map(lambda name: office.fleet.restart(name, away_seconds=away), workers))
        reached, back = office.reached(), perf_counter()
        deadline = monotonic() + CATCH_UP_SECONDS
        while office.head() - office.reached() > rate * CAUGHT_UP_SECONDS:
            if monotonic() > deadline:
                raise TooLate(f"{office.head() - office.reached()} events behind after {CATCH_UP_SECONDS} s")
            sleep(TURN_SECONDS)
        now = perf_counter()
        caught = (office.reached() - reached) / (now - back)
        arrival = (office.head() - before) / (now - began)
    _settle(office)
    return Ratio(f"catch-up after {away:.0f} s away / arrival at a quarter", caught, arrival, "events/s", 3)


def _settle(office: Office) -> None:
    office.session.system.settle([TAKAMATSU, PROBED])


def _rebuilding(fleet: Fleet) -> AbstractContextManager[None]:
    """One rebuild of the live page's figures after another."""
    environment = {**os.environ, **fleet.environment_of("gateway"), "YUI_DATABASE_ROLE": "migrator"}
    command = [sys.executable, "-m", "services", "rebuild", REBUILT]

    def rebuild(done: Event) -> None:
        while not done.is_set():
            ended = subprocess.run(command, capture_output=True, check=False, cwd=ROOT, env=environment, text=True)
            if ended.returncode:
                raise TooLate(ended.stderr)

    return _beside(rebuild)


@contextmanager
def _session(fleet: Fleet) -> Iterator[Session]:
    settings = distributed(fleet.environment_of("gateway"))
    if settings is None:
        raise TooLate("the gateway's environment names no database")
    with gateway(settings) as running:
        yield Session(running, Console(lambda _: None, lambda _: None, fleet.folder, terminal=False))
