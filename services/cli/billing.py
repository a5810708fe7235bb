"""`yui billing`: what visits are worth, in a file or in the ledger, and why."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

import click

from services.billing import views
from services.billing.decider import DECIDER, Organisation, UserMonth, user_month_stream
from services.billing.events import OrganisationGranted, SubsidyAssessed, SubsidyReassessed
from services.billing.explain import Recorded, explain, explanation_text
from services.billing.simulate import simulate
from services.billing.statement import assessment_document
from services.cli.console import DONE, WRONG, CannotBeDone, Console
from services.cli.parameters import DATE, MONTH
from services.cli.rules import find_rules, read_text
from services.cli.session import Invocation, Session, json_option, store_command, tenant_option
from services.people import office_ids
from shared.flow.verify import pages
from shared.kernel.csv_reading import BadHeader, BadRow
from shared.kernel.dates import JST, Month, to_wareki
from shared.kernel.kinds import parse_organisations, parse_people, parse_visits
from shared.kernel.money import format_yen

T = TypeVar("T")


@click.group("billing", short_help="補助金を計算し、明細と根拠を示します。")
def billing() -> None:
    """サービスBの補助金。"""


def rows_of(
    console: Console, file: str, parse: Callable[[str], Iterator[tuple[int, T] | BadRow]]
) -> Iterator[tuple[int, T] | BadRow]:
    """The lines of a CSV file; CannotBeDone when its header is wrong."""
    try:
        yield from parse(read_text(console, file))
    except BadHeader as error:
        raise CannotBeDone(f"{file}: {error}") from error


def good_rows(console: Console, file: str, rows: Iterator[tuple[int, T] | BadRow], bad: list[str]) -> list[T]:
    """The rows without their lines; bad ones are noted."""
    good: list[T] = []
    for row in rows:
        if isinstance(row, BadRow):
            bad.append(refusal_line(file, row))
        else:
            good.append(row[1])
    return good


def refusal_line(file: str, row: BadRow) -> str:
    return f"{file}: line {row.line}: {row.column}: {row.reason}"


@billing.command("simulate", short_help="ファイルの訪問に要綱を当てはめて計算します（保存しません）。")
@click.option("--rules", "id_or_file", required=True, metavar="ID-or-FILE", help="要綱の id またはファイル。")
@click.option("--visits", required=True, metavar="FILE")
@click.option("--organisations", metavar="FILE", help="なければ基礎額・立上補助は計算しません。")
@click.option("--people", metavar="FILE", help="なければ全員を対象者・研修修了者とみなします。")
@click.option("--through", required=True, type=MONTH, metavar="YYYY-MM", help="この月の末日まで計算します。")
@json_option
@click.pass_obj
def simulate_(
    invocation: Invocation,
    id_or_file: str,
    visits: str,
    organisations: str | None,
    people: str | None,
    through: Month,
    as_json: bool,
) -> int:
    """台帳と同じ計算を、ファイルだけで行います。

    \b
    例: yui billing simulate --rules takamatsu-2016 --visits houmon.csv --through 2017-03 --json
    """
    console = invocation.console
    rules = find_rules(console, id_or_file, "billing")
    bad: list[str] = []
    of_organisations = (
        good_rows(console, organisations, rows_of(console, organisations, parse_organisations), bad)
        if organisations
        else []
    )
    of_people = good_rows(console, people, rows_of(console, people, parse_people), bad) if people else None
    document, refused = simulate(rules, rows_of(console, visits, parse_visits), of_organisations, of_people, through)
    bad += [refusal_line(visits, row) for row in refused]
    _print(console, document, as_json)
    for line in bad:
        console.say(line)
    return WRONG if bad else DONE


@billing.command("statement", short_help="月の明細を台帳から示します。")
@tenant_option
@click.option("--month", required=True, type=MONTH, metavar="YYYY-MM")
@click.option("--known-on", type=DATE, metavar="DATE", help="この日の終わりに分かっていたとおりに示します。")
@json_option
@store_command
def statement(session: Session, tenant: str, month: Month, known_on: date | None, as_json: bool) -> int:
    """月の明細を示します。

    \b
    例: yui billing statement --tenant 372013 --month 2016-10
        yui billing statement --tenant 372013 --month 2016-10 --known-on 2016-11-01 --json
    """
    session.known_tenant(tenant)
    code = session.settle(tenant)
    if known_on is None:
        with session.system.store("billing").reading() as connection:
            found: Sequence[Any] = views.list_assessments(connection, tenant, str(month))
            assessed = [(row.person, row) for row in found]
            grants: Sequence[Any] = views.list_grants(connection, tenant, str(month))
    else:
        assessed, grants = _as_known(session, tenant, month, known_on)
    numbers = office_ids(session.system, tenant, {person for person, _ in assessed}, "cli", "statement")
    _print(session.console, assessment_document([(numbers[person], row) for person, row in assessed], grants), as_json)
    return code


def _as_known(session: Session, tenant: str, month: Month, known_on: date) -> tuple[list[tuple[str, Any]], list[Any]]:
    """Assessments and grants of a month from the events recorded by the end of that day (Asia/Tokyo)."""
    midnight = datetime.combine(known_on + timedelta(days=1), time.min, JST)
    end = midnight.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    states: dict[str, Any] = {}
    for page in pages(session.system.store("billing"), tenant):
        for event in page:
            fact = event.fact
            of_month = isinstance(fact, SubsidyAssessed | SubsidyReassessed) and fact.month == str(month)
            if event.time < end and (of_month or isinstance(fact, OrganisationGranted)):
                states[event.stream] = DECIDER.aggregate(event.stream).fold([fact], states.get(event.stream))
    assessed = [
        (state.visits[visit_id].visit.user.person, result)
        for state in states.values()
        if isinstance(state, UserMonth)
        for visit_id, result in state.results.items()
    ]
    grants = [
        grant
        for state in states.values()
        if isinstance(state, Organisation)
        for (_, of_month), grant in state.grants.items()
        if of_month == str(month)
    ]
    return assessed, grants


@billing.command("explain", short_help="1件の訪問の補助金がどう決まったかを説明します。")
@click.argument("visit_id")
@tenant_option
@json_option
@store_command
def explain_(session: Session, visit_id: str, tenant: str, as_json: bool) -> int:
    """要綱の条項と出典、回数の数え方、その後の訂正まで、金額の根拠を説明します。

    \b
    例: yui billing explain v00123 --tenant 372013
    """
    session.known_tenant(tenant)
    code = session.settle(tenant)
    document = explain_visit(session.system, tenant, visit_id)
    if document is None:
        raise CannotBeDone(f"{visit_id}: その番号の訪問は届いていません。番号と自治体を確かめてください。")
    person = document.pop("user")
    document["user_id"] = office_ids(session.system, tenant, {person}, "cli", "explain")[person]
    if as_json:
        session.console.json(document)
    else:
        for line in explanation_text(document):
            session.console.line(line)
    return code


def explain_visit(system: Any, tenant: str, visit_id: str) -> dict[str, Any] | None:
    """The derivation of a visit's yen from the events of every user-month it has been in."""
    store = system.store("billing")
    with store.reading() as connection:
        rows = views.list_assessments(connection, tenant, visit_ids=[visit_id])
        buckets = views.list_buckets(connection, tenant, visit_id)
    if not rows:
        return None
    recorded = [
        Recorded(event.time, event.seq, event.fact)
        for person, month in buckets
        for event in store.stream(tenant, user_month_stream(person, month))
    ]
    book = DECIDER.aggregate("rules").fold(event.fact for event in store.stream(tenant, "rules"))
    return explain(visit_id, sorted(recorded, key=lambda event: event.seq), book)


def _print(console: Console, document: dict[str, Any], as_json: bool) -> None:
    if as_json:
        console.json(document)
        return
    console.line(f"要綱: {'、'.join(document['rules']) or 'なし'}")
    for row in document["months"]:
        month = to_wareki(Month.parse(row["month"]).first).removesuffix("1日")
        console.line(
            f"{row['organisation_id']} {row['service']} {month}: 実施 {row['visits_done']}件、補助 {row['visits_subsidised']}件、"
            f"加算額 {format_yen(row['per_visit_yen'])}、基礎額 {format_yen(row['base_yen'])}、"
            f"立上補助 {format_yen(row['startup_yen'])}、計 {format_yen(row['total_yen'])}"
        )
    console.line(f"合計 {format_yen(document['total_yen'])}（訪問 {len(document['visits'])}件）")
