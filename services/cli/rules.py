"""`yui rules`: what a municipality's 要綱 says, is it in order, and from now on it holds."""

from difflib import unified_diff

import click
import yaml

from services.cli.console import DONE, WRONG, CannotBeDone, Console
from services.cli.session import Invocation, Session, json_option, store_command, tenant_option, wait_option
from services.library import SERVICES, UnknownKind, packaged, packaged_rules, service_of
from shared.adapters.ids import mint
from shared.flow.handle import Accepted, Refused, Request
from shared.kernel.cells import visible
from shared.kernel.csv_reading import UnreadableText, decode
from shared.kernel.rule_documents import Rules, RulesProblem


def find_rules(console: Console, id_or_file: str, kind: str | None = None) -> Rules:
    """A document that comes with Yui, by id, or one in a file. CannotBeDone names the first problem of the file."""
    rules = packaged(id_or_file)
    if rules is None:
        if not console.path(id_or_file).exists():
            known = "、".join(each.rules_id for each in packaged_rules())
            raise CannotBeDone(
                f"{id_or_file}: その要綱はありません。付属の要綱は {known} です。ほかはファイル名で指定してください。"
            )
        try:
            text = read_text(console, id_or_file)
            rules = service_of(text).load(text)
        except UnknownKind as error:
            raise CannotBeDone(f"{id_or_file}: {error}") from error
        except RulesProblem as error:
            raise CannotBeDone(_first_problem(id_or_file, error)) from error
    if kind is not None and rules.kind != kind:
        raise CannotBeDone(f"{id_or_file}: {rules.kind} の要綱です。{kind} の要綱を指定してください。")
    return rules


def _first_problem(file: str, error: RulesProblem) -> str:
    first, *others = error.problems
    more = f"ほかに {len(others)} 件あり、yui rules check {file} ですべて見られます。" if others else ""
    return f"{file}: {visible(str(first))}{more}"


def read_text(console: Console, file: str) -> str:
    try:
        return decode(console.read(file))
    except UnreadableText as error:
        raise CannotBeDone(f"{file}: {error}") from error


@click.group("rules", short_help="要綱（単価・限度・対象）を見て、確かめ、施行します。")
def rules() -> None:
    """要綱は、すべての値に出典か仮定の理由を付けた文書です。"""


@rules.command("list", short_help="付属の要綱を一覧します。")
@json_option
@click.pass_obj
def list_(invocation: Invocation, as_json: bool) -> int:
    """付属の要綱を一覧します。

    \b
    例: yui rules list
    """
    rows = [
        {
            "id": each.rules_id,
            "kind": each.kind,
            "title": each.title,
            "municipality": each.municipality,
            "versions": [version.label for version in each.versions],
        }
        for each in packaged_rules()
    ]
    if as_json:
        invocation.console.json(rows)
    else:
        for row in rows:
            invocation.console.line(f"{row['id']} ({row['kind']}, {row['municipality']}) {row['title']}")
    return DONE


@rules.command("check", short_help="要綱のファイルに直すところがないか確かめます。")
@click.argument("file")
@json_option
@click.pass_obj
def check(invocation: Invocation, file: str, as_json: bool) -> int:
    """要綱のファイルの直すところを、すべて場所とともに示します。

    \b
    例: yui rules check youkou.yaml
    """
    console = invocation.console
    text = read_text(console, file)
    try:
        problems = service_of(text).check(text)
    except UnknownKind:
        problems = SERVICES["billing"].check(text)
    if as_json:
        console.json({"problems": [problem._asdict() for problem in problems]})
    else:
        for problem in problems:
            console.line(f"{file}: {problem}")
        console.line(f"直すところが {len(problems)} 件あります。" if problems else "直すところはありません。")
    return WRONG if problems else DONE


@rules.command("enact", short_help="要綱を施行します。")
@click.argument("id_or_file")
@tenant_option
@wait_option
@store_command
def enact(session: Session, id_or_file: str, tenant: str, no_wait: bool) -> int:
    """要綱を施行します。過去の日付から施行すると、その日以後の訪問・活動はすべて計算し直されます。

    \b
    例: yui rules enact takamatsu-2016 --tenant 372013
    """
    session.known_tenant(tenant)
    rules = find_rules(session.console, id_or_file)
    enacted = enact_document(session, tenant, rules)
    code = session.settle(tenant, wait=not no_wait)
    labels = "、".join([version.label for version in rules.versions])
    session.console.line(f"{tenant}: {labels} を{'施行しました' if enacted else '施行済みです'}。")
    return code


def enact_document(session: Session, tenant: str, document: Rules) -> bool:
    """Whether the enactment is new; CannotBeDone when it is refused."""
    command = SERVICES[document.kind].enact(document.rules_id, document.effective_from, dict(document.document))
    request = Request(tenant, command, "cli", f"rules-enact:{document.label}", mint())
    match session.system.handle(document.kind, [request]):
        case [Accepted(types=types)]:
            return bool(types)
        case [Refused(refusal)]:
            raise CannotBeDone(f"{document.label}: {refusal.text}")
        case outcome:
            raise CannotBeDone(f"{document.label}: 施行できません（{outcome}）。")


@rules.command("diff", short_help="2つの要綱の違いを示します。")
@click.argument("a")
@click.argument("b")
@click.pass_obj
def diff(invocation: Invocation, a: str, b: str) -> int:
    """2つの要綱（付属の id またはファイル）の違いを、項目ごとに示します。

    \b
    例: yui rules diff takamatsu-2016 kaisei.yaml
    """
    console = invocation.console
    for line in unified_diff(_lines(console, a), _lines(console, b), a, b, lineterm=""):
        console.line(line)
    return DONE


def _lines(console: Console, id_or_file: str) -> list[str]:
    document = dict(find_rules(console, id_or_file).document)
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False).splitlines()
