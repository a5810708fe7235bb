"""`yui import`: rows of a CSV file become entries of `requests`, a batch at a time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from time import perf_counter
from typing import Any

import click

from services.cli.console import DONE, WRONG, CannotBeDone
from services.cli.session import Session, json_option, store_command, tenant_option, wait_option
from services.requests.entries import ActivityEntry, OrganisationEntry, PersonEntry, VisitEntry
from shared.adapters.ids import mint
from shared.flow.handle import Accepted, Desk, Failed, Outcome, Refused, Request, handle, handle_within
from shared.kernel.csv_reading import BadHeader, BadRow, UnreadableText, decode
from shared.kernel.kinds import parse_activities, parse_organisations, parse_people, parse_visits

LARGEST_BATCH = 500
SMALLEST_BATCH = 20
BUSY_SECONDS = 0.04

Rows = Iterator[tuple[int, Any] | BadRow]
KINDS: dict[str, tuple[Callable[[str], Rows], Callable[[Any, str | None], Any]]] = {
    "organisations": (parse_organisations, OrganisationEntry),
    "people": (parse_people, PersonEntry),
    "visits": (parse_visits, lambda row, reason: VisitEntry(row, reason, brings_agreed_record=True)),
    "activities": (parse_activities, ActivityEntry),
}


@dataclass
class Report:
    """What became of the rows of a file."""

    accepted: int = 0
    unchanged: int = 0
    corrected: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, line: int, column: str | None, reason: str) -> None:
        self.refused.append({"line": line, "column": column or "", "reason": reason})

    def count(self, line: int, outcome: Outcome) -> None:
        match outcome:
            case Accepted(types=()):
                self.unchanged += 1
            case Accepted(types=types) if any(type_.endswith("_corrected.v1") for type_ in types):
                self.corrected += 1
            case Accepted():
                self.accepted += 1
            case Refused(refusal):
                self.refuse(line, refusal.column, refusal.text)
            case Failed(error):
                self.refuse(line, None, f"この行は処理できませんでした（{type(error).__name__}: {error}）。")

    def document(self) -> dict[str, Any]:
        return {
            "accepted": self.accepted,
            "refused": sorted(self.refused, key=lambda row: row["line"]),
            "unchanged": self.unchanged,
            "corrected": self.corrected,
        }


class _RollBack(Exception):
    pass


@click.command("import", short_help="CSV ファイルを取り込みます。")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("file")
@tenant_option
@click.option("--check", is_flag=True, help="書き込まずに、取り込んだ場合の結果だけを示します。")
@click.option("--all-or-nothing", is_flag=True, help="1行でも取り込めない行があれば、何も取り込みません。")
@click.option("--correct", "reason", metavar="理由", help="登録済みの番号で内容が違う行を、この理由で訂正します。")
@wait_option
@json_option
@store_command
def import_(
    session: Session,
    kind: str,
    file: str,
    tenant: str,
    check: bool,
    all_or_nothing: bool,
    reason: str | None,
    no_wait: bool,
    as_json: bool,
) -> int:
    """CSV ファイル（UTF-8 または CP932）を取り込みます。

    \b
    例: yui import organisations dantai.csv --tenant 372013
        yui import visits 10gatsu.csv --tenant 372013 --correct "確認書の転記誤り"
    """
    session.known_tenant(tenant)
    if reason is not None and not reason.strip():
        raise CannotBeDone('--correct には訂正の理由を書いてください（例 --correct "確認書の転記誤り"）。')
    raw = session.console.read(file)
    parse, entry = KINDS[kind]
    try:
        report = _import(session, tenant, file, raw, parse, lambda row: entry(row, reason), check or all_or_nothing, check)
    except (UnreadableText, BadHeader) as error:
        raise CannotBeDone(f"{file}: {error}") from error
    code = DONE if check else session.settle(tenant, wait=not no_wait)
    _print(session, report, as_json, check, all_or_nothing)
    return WRONG if report.refused else code


def _import(
    session: Session,
    tenant: str,
    file: str,
    raw: bytes,
    parse: Callable[[str], Rows],
    entry: Callable[[Any], Any],
    together: bool,
    check: bool,
) -> Report:
    desk: Desk = session.system.parts["requests"].desk
    origin, correlation = f"import:{sha256(raw).hexdigest()[:16]}", mint()
    report = Report()
    lines = _requests(parse(decode(raw)), report, tenant, entry, origin, correlation)
    if not together:
        for batch, outcomes in _batches(lines, lambda requests: handle(desk, requests)):
            _count(session, report, batch, outcomes)
        session.console.end_progress()
        return report
    try:
        with desk.store.begin() as tx:
            for batch, outcomes in _batches(lines, lambda requests: handle_within(desk, tx, requests)):
                _count(session, report, batch, outcomes)
            if check or report.refused:
                raise _RollBack
    except _RollBack:
        if not check:
            report.accepted = report.unchanged = report.corrected = 0
    session.console.end_progress()
    return report


def _requests(
    rows: Rows, report: Report, tenant: str, entry: Callable[[Any], Any], origin: str, correlation: str
) -> Iterator[tuple[int, Request]]:
    for row in rows:
        if isinstance(row, BadRow):
            report.refuse(row.line, row.column, row.reason)
        else:
            line, values = row
            yield line, Request(tenant, entry(values), "cli", f"{origin}:{line}", correlation)


def _batches(
    lines: Iterator[tuple[int, Request]], handle_batch: Callable[[Sequence[Request]], list[Outcome]]
) -> Iterator[tuple[list[int], list[Outcome]]]:
    """Batches as large as others can bear to wait for."""
    limit = 100
    exhausted = False
    while not exhausted:
        batch: list[tuple[int, Request]] = []
        for line in lines:
            batch.append(line)
            if len(batch) == limit:
                break
        else:
            exhausted = True
        started = perf_counter()
        yield [number for number, _ in batch], handle_batch([request for _, request in batch])
        seconds = perf_counter() - started
        if seconds > BUSY_SECONDS:
            limit = max(SMALLEST_BATCH, limit // 2)
        elif seconds < BUSY_SECONDS / 2:
            limit = min(LARGEST_BATCH, limit * 2)


def _count(session: Session, report: Report, numbers: Sequence[int], outcomes: Sequence[Outcome]) -> None:
    for line, outcome in zip(numbers, outcomes, strict=True):
        report.count(line, outcome)
    if numbers:
        session.console.progress(f"{numbers[-1]:,} 行目まで読みました")


def _print(session: Session, report: Report, as_json: bool, check: bool, all_or_nothing: bool) -> None:
    document = report.document()
    if as_json:
        session.console.json(document)
        return
    for row in document["refused"]:
        session.console.line(f"line {row['line']}: {row['column']}: {row['reason']}")
    lines = len({row["line"] for row in document["refused"]})
    verdict = "取り込みます（確認だけで、まだ書き込んでいません）" if check else "取り込みました"
    if lines and all_or_nothing and not check:
        verdict = "取り込めない行があるため、何も取り込んでいません"
    session.console.line(
        f"新規 {report.accepted}件、訂正 {report.corrected}件、変更なし {report.unchanged}件、"
        f"取り込めない行 {lines}行。{verdict}。"
    )
