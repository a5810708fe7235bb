"""Embedded systems on fresh folders, with people and organisations of a synthetic municipality."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice, zip_longest
from pathlib import Path

from services.cli.console import Console
from services.cli.imports import Report, take_in, take_in_text
from services.cli.rules import enact_document
from services.cli.session import Session
from services.cli.tenants import add_municipality
from services.demo import LargeFiles, large_visits
from services.library import packaged
from services.requests.entries import VisitEntry
from services.wiring import open_embedded
from shared.flow.handle import Request
from shared.kernel.csv_reading import BadRow
from shared.kernel.kinds import parse_visits
from shared.kernel.tenants import check_digit

TAKAMATSU = "372013"
VISITS_PER_USER = 40
SEED = 2016


@contextmanager
def world() -> Iterator[Session]:
    """A running system in a folder of its own, SQLite with `synchronous=FULL`."""
    with tempfile.TemporaryDirectory(prefix="yui-bench-") as folder, opened(Path(folder)) as session:
        yield session


@contextmanager
def opened(folder: Path) -> Iterator[Session]:
    """A running system on that folder."""
    embedded = open_embedded(folder)
    embedded.start()
    try:
        yield Session(embedded, Console(lambda _: None, lambda _: None, folder, terminal=False))
    finally:
        embedded.stop()


def tenant_codes(count: int) -> list[str]:
    """Valid codes, Takamatsu's first."""
    others = (f"{number:05}" for number in range(13_101, 99_999))
    codes = (f"{five}{check_digit(five)}" for five in others)
    return [TAKAMATSU, *islice((code for code in codes if code != TAKAMATSU), count - 1)]


def settle_in(
    session: Session, tenants: Sequence[str], visits: int, users: int = 0, organisations: int = 10
) -> list[tuple[str, list[str]]]:
    """Municipalities with rules, organisations and people, all settled; (tenant, lines of a visits file) of each.

    Each has its share of the visits, and so many users (0: one for 40 visits, at least 20) and organisations.
    """
    visits_each = visits // len(tenants)
    users = users or max(20, visits_each // VISITS_PER_USER)
    prepared = []
    for code in tenants:
        files = large_visits(users=users, visits=visits_each, organisations=organisations, seed=SEED, months=6)
        bring(session, code, files)
        prepared.append((code, list(files.visits)))
    session.system.settle(tenants)
    return prepared


def bring(session: Session, code: str, files: LargeFiles) -> None:
    """A municipality with rules, organisations and people; its visits are left to be read."""
    rules = packaged("takamatsu-2016")
    assert rules is not None  # noqa: S101 - it comes with Yui
    add_municipality(session, code, code)
    enact_document(session, code, rules)
    take_in_text(session, code, "organisations", "".join(files.organisations), None, "bench")
    take_in_text(session, code, "people", "".join(files.people), None, "bench")


def take_visits(session: Session, code: str, lines: Sequence[str]) -> None:
    _all_taken(take_in_text(session, code, "visits", "".join(lines), None, "bench"))


def visits_in_turn(files: Sequence[tuple[str, Sequence[str]]]) -> Iterator[Request]:
    """Visits of several municipalities as they come in life: one of each in turn, many in one batch."""
    in_turn = zip_longest(*[visit_requests(code, lines) for code, lines in files])
    return (request for request in chain.from_iterable(in_turn) if request is not None)


def take_requests(session: Session, requests: Iterable[Request]) -> None:
    _all_taken(take_in(session, enumerate(requests, start=2)))


def visit_requests(code: str, lines: Sequence[str]) -> list[Request]:
    """The lines of a file of visits as commands."""
    return [
        Request(code, VisitEntry(row[1], None, brings_agreed_record=True), "bench", "bench", "bench")
        for row in parse_visits("".join(lines))
        if not isinstance(row, BadRow)
    ]


def _all_taken(report: Report) -> None:
    if report.refused:
        raise RuntimeError(f"the benchmark's own rows were refused: {report.refused[:3]}")
