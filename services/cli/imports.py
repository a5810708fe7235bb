"""`yui import`: rows of a CSV file become entries of `requests`, a batch at a time."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import Any

import click

from services.cli.console import DONE, WRONG, CannotBeDone
from services.cli.session import Session, json_option, store_command, tenant_option, wait_option
from services.requests.entries import ActivityEntry, OrganisationEntry, PersonEntry, VisitEntry
from shared.adapters.ids import mint
from shared.flow.handle import Accepted, Desk, Failed, Outcome, Refused, Request, handle, handle_within
from shared.kernel.cells import storable, visible
from shared.kernel.csv_reading import WHOLE_ROW, BadHeader, BadRow, UnreadableText, decode
from shared.kernel.kinds import parse_activities, parse_organisations, parse_people, parse_visits

BATCH = 1_000
KNOWN_OTHERWISE = frozenset({"known_with_other_content", "voided"})
"""Codes of refusals of a row whose number has another content by now, or does not count any more."""
CORRECTING = re.compile(r"_(corrected|restated)\.v\d+$")
"""The wire type of a fact that says something else of what was known."""

Rows = Iterator[tuple[int, Any] | BadRow]
Entered = tuple[int, Request] | BadRow
KINDS: dict[str, tuple[Callable[[str], Rows], Callable[[Any, str | None], Any]]] = {
    "organisations": (parse_organisations, OrganisationEntry),
    "people": (parse_people, PersonEntry),
    "visits": (parse_visits, lambda row, reason: VisitEntry(row, reason, brings_agreed_record=True)),
    "activities": (parse_activities, ActivityEntry),
}


@dataclass
class Report:
    """What became of the rows of a file. `keeps_known`: a row that is known otherwise by now is none to complain of."""

    keeps_known: bool = False
    accepted: int = 0
    unchanged: int = 0
    corrected: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, line: int, column: str | None, reason: str) -> None:
        self.refused.append({"line": line, "column": column or WHOLE_ROW, "reason": reason})

    def count(self, line: int, outcome: Outcome) -> None:
        match outcome:
            case Accepted(types=()):
                self.unchanged += 1
            case Accepted(types=types) if any(CORRECTING.search(type_) for type_ in types):
                self.corrected += 1
            case Accepted():
                self.accepted += 1
            case Refused(refusal) if self.keeps_known and refusal.code in KNOWN_OTHERWISE:
                self.unchanged += 1
            case Refused(refusal):
                self.refuse(line, refusal.column, refusal.text)
            case Failed(error):
                said = visible(f"{type(error).__name__}: {error}")
                self.refuse(line, None, f"この行は処理できませんでした（{said}）。")

    @property
    def rows(self) -> int:
        return self.accepted + self.unchanged + self.corrected + len(self.refused)

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
@click.argument("kind", type=click.Choice(list(KINDS)), metavar="KIND")
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

    KIND は organisations（団体）、people（利用者と提供者）、visits（訪問）、activities（活動）のどれかです。

    \b
    例: yui import organisations dantai.csv --tenant 372013
        yui import visits 10gatsu.csv --tenant 372013 --correct "確認書の転記誤り"
    """
    session.known_tenant(tenant)
    if reason is not None and not reason.strip():
        raise CannotBeDone('--correct には訂正の理由を書いてください（例 --correct "確認書の転記誤り"）。')
    try:
        storable(reason or "")
    except ValueError as error:
        raise CannotBeDone(f"--correct: {error}") from error
    together = check or all_or_nothing
    try:
        rows = _rows_of_file(session, file, kind, tenant, reason)
        if together:
            report = take_in_together(session, tenant, rows, write=not check, all_or_nothing=all_or_nothing)
        else:
            report = take_in(session, rows)
    except (UnreadableText, BadHeader) as error:
        raise CannotBeDone(f"{file}: {error}") from error
    finally:
        session.console.end_progress()
    code = DONE if check else session.settle(tenant, wait=not no_wait)
    _print(session, report, as_json, check, all_or_nothing)
    return WRONG if report.refused else code


def take_in_text(
    session: Session, tenant: str, kind: str, text: str, reason: str | None, origin: str, *, keeps_known: bool = False
) -> Report:
    """The rows of a CSV text as entries of `requests`; good rows are taken, bad ones reported."""
    return take_in(session, _requests(text, kind, tenant, reason, origin), keeps_known=keeps_known)


def take_in(session: Session, rows: Iterator[Entered], *, keeps_known: bool = False) -> Report:
    """A batch a transaction; other writers get their turn in between, and the relay keeps up."""
    desk: Desk = session.system.parts["requests"].desk

    def handle_batch(requests: Sequence[Request]) -> list[Outcome]:
        desk.keep_pace()
        return handle(desk, requests)

    return _take_in(session, rows, Report(keeps_known), handle_batch)


def take_in_together(
    session: Session, tenant: str, rows: Iterator[Entered], *, write: bool, all_or_nothing: bool
) -> Report:
    """Everything in one transaction of the tenant, kept only when no row is refused, and `write`. Without that, what
    would be taken: nothing, if a row is refused and it is `all_or_nothing`.
    """
    desk: Desk = session.system.parts["requests"].desk
    report = Report()
    try:
        with desk.store.begin([tenant]) as tx:
            _take_in(session, rows, report, lambda requests: handle_within(desk, tx, requests))
            if report.refused or not write:
                raise _RollBack
    except _RollBack:
        if report.refused and all_or_nothing:
            report.accepted = report.unchanged = report.corrected = 0
    return report


def _rows_of_file(session: Session, file: str, kind: str, tenant: str, reason: str | None) -> Iterator[Entered]:
    """Its text is kept only as long as there are rows to be asked for."""
    raw = session.console.read(file)
    return _requests(decode(raw), kind, tenant, reason, f"import:{sha256(raw).hexdigest()[:16]}")


def _requests(text: str, kind: str, tenant: str, reason: str | None, origin: str) -> Iterator[Entered]:
    parse, entry = KINDS[kind]
    correlation = mint()
    for row in parse(text):
        if isinstance(row, BadRow):
            yield row
        else:
            line, values = row
            yield line, Request(tenant, entry(values, reason), "cli", f"{origin}:{line}", correlation)


def _take_in(
    session: Session,
    rows: Iterator[Entered],
    report: Report,
    handle_batch: Callable[[Sequence[Request]], list[Outcome]],
) -> Report:
    """A batch is as large as others can bear to wait for."""
    while entered := list(islice(rows, BATCH)):
        batch = [row for row in entered if not isinstance(row, BadRow)]
        for row in entered:
            if isinstance(row, BadRow):
                report.refuse(row.line, row.column, row.reason)
        for (line, _), outcome in zip(batch, handle_batch([request for _, request in batch]), strict=True):
            report.count(line, outcome)
        session.console.progress(f"{report.rows:,} 行を処理しました")
    return report


def refused_line(row: dict[str, Any]) -> str:
    return f"line {row['line']}: {row['column']}: {row['reason']}"


def _print(session: Session, report: Report, as_json: bool, check: bool, all_or_nothing: bool) -> None:
    document = report.document()
    if as_json:
        session.console.json(document)
        return
    for row in document["refused"]:
        session.console.line(refused_line(row))
    lines = len({row["line"] for row in document["refused"]})
    session.console.line(
        f"新規 {report.accepted}件、訂正 {report.corrected}件、変更なし {report.unchanged}件、"
        f"取り込めない行 {lines}行。{_verdict(report, check, all_or_nothing)}。"
    )


def _verdict(report: Report, check: bool, all_or_nothing: bool) -> str:
    if report.refused and all_or_nothing:
        return f"取り込めない行があるため、何も取り込{'みません' if check else 'んでいません'}"
    if not report.accepted + report.corrected + report.unchanged:
        return f"取り込{'める' if check else 'んだ'}行はありません"
    return "取り込みます（確認だけで、まだ書き込んでいません）" if check else "取り込みました"
