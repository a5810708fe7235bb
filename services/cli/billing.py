"""`yui billing`: what visits are worth, in a file or in the ledger, and why."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import chain
from typing import Any, TypeVar

import click

from services.billing import queries
from services.billing.explain import explanation_text
from services.billing.known_on import known_month
from services.billing.simulate import simulate
from services.billing.statement import assessment_document
from services.cli.console import DONE, WRONG, CannotBeDone, Console
from services.cli.parameters import DATE, MONTH
from services.cli.rules import find_rules, read_text
from services.cli.session import Invocation, Session, json_option, store_command, tenant_option
from services.people import office_ids
from shared.flow.verify import pages
from shared.kernel.csv_reading import BadHeader, BadRow
from shared.kernel.dates import Month, to_wareki
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
    document, refused = simulate(
        rules,
        rows_of(console, visits, parse_visits),
        rows_of(console, organisations, parse_organisations) if organisations else None,
        rows_of(console, people, parse_people) if people else None,
        through,
    )
    files = {"visits": visits, "organisations": organisations or "", "people": people or ""}
    _print(console, document, as_json)
    for file, row in refused:
        console.say(refusal_line(files[file], row))
    return WRONG if refused else DONE


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
    store = session.system.store("billing")
    if known_on is None:
        with store.reading(tenant) as connection:
            document = queries.month_statement(connection, tenant, str(month))
    else:
        document = assessment_document(*known_month(chain.from_iterable(pages(store, tenant)), month, known_on))
    rows = document["visits"]
    numbers = office_ids(session.system, tenant, {row["user_id"] for row in rows}, "cli", "statement")
    for row in rows:
        row["user_id"] = numbers[row["user_id"]]
    _print(session.console, document, as_json)
    return code


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
    document = queries.derive_visit(session.system.store("billing"), tenant, visit_id)
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


def _print(console: Console, document: dict[str, Any], as_json: bool) -> None:
    if as_json:
        console.json(document)
        return
    console.line(f"要綱: {'、'.join(document['rules']) or 'なし'}")
    for row in document["months"]:
        month = to_wareki(Month.parse(row["month"]).first).removesuffix("1日")
        amounts = "、".join(
            f"{name} {format_yen(row[key])}"
            for name, key in (
                ("加算額", "per_visit_yen"),
                ("基礎額", "base_yen"),
                ("立上補助", "startup_yen"),
                ("計", "total_yen"),
            )
        )
        console.line(
            f"{row['organisation_id']} {row['service']} {month}: "
            f"実施 {row['visits_done']}件、補助 {row['visits_subsidised']}件、{amounts}"
        )
    console.line(f"合計 {format_yen(document['total_yen'])}（訪問 {len(document['visits'])}件）")
