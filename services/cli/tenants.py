"""`yui tenant`: municipalities join."""

import click

from services.cli.console import DONE, CannotBeDone
from services.cli.session import Session, beginning_command, checked, json_option, store_command
from services.coordination import views
from services.coordination.commands import BeginDay, DefineDistrict, JoinMunicipality, ProfileMunicipality
from services.coordination.events import MunicipalityProfile
from services.coordination.figures import district_names, published_profile
from shared.adapters.ids import mint
from shared.flow.handle import Accepted, Request
from shared.kernel.dates import business_date


@click.group("tenant", short_help="自治体を登録し、一覧を見ます。")
def tenant() -> None:
    """自治体（テナント）を扱います。"""


@tenant.command("add", short_help="自治体を登録します。")
@click.argument("code")
@click.argument("name")
@beginning_command
def add(session: Session, code: str, name: str) -> int:
    """自治体を全国地方公共団体コードと名前で登録します。

    \b
    例: yui tenant add 372013 高松市
    """
    checked(code)
    if not name.strip():
        raise CannotBeDone("自治体の名前を書いてください（例 yui tenant add 372013 高松市）。")
    if not name.isprintable():
        raise CannotBeDone("自治体の名前に、改行などの文字は使えません。一行で書いてください。")
    before = _known_name(session, code)
    add_municipality(session, code, name.strip())
    exit_code = session.settle(code)
    session.console.line(f"{code} {name}: {_what_was_done(before, name.strip())}")
    return exit_code


def _known_name(session: Session, code: str) -> str | None:
    with session.system.store("coordination").reading(code) as connection:
        known = views.get_municipality(connection, code)
    return None if known is None else known.name


def _what_was_done(before: str | None, name: str) -> str:
    if before is None:
        return "登録しました。"
    return "登録済みです。" if before == name else f"名前を「{before}」から改めました。"


def add_municipality(session: Session, code: str, name: str) -> None:
    """Join, with the published figures and districts where a source has them."""
    today = business_date(session.system.clock.now())
    commands: list[JoinMunicipality | ProfileMunicipality | DefineDistrict | BeginDay] = [JoinMunicipality(name, today)]
    profile: MunicipalityProfile | None = published_profile(code)
    if profile:
        commands.append(ProfileMunicipality(profile))
    commands += [DefineDistrict(district_id, district) for district_id, district in district_names(code)]
    commands.append(BeginDay(today))
    correlation = mint()
    requests = [Request(code, command, "cli", f"tenant-add:{code}", correlation) for command in commands]
    for outcome in session.system.handle("coordination", requests):
        if not isinstance(outcome, Accepted):
            raise CannotBeDone(f"{code}: 登録できません（{outcome}）。")


@tenant.command("list", short_help="登録済みの自治体を一覧します。")
@json_option
@store_command
def list_(session: Session, as_json: bool) -> int:
    """登録済みの自治体をコード順に示します。

    \b
    例: yui tenant list
    """
    store = session.system.store("coordination")
    with store.reading(*store.heads()) as connection:
        rows = views.list_municipalities(connection)
    if as_json:
        session.console.json([{"code": row.tenant, "name": row.name, "today": row.today} for row in rows])
        return DONE
    for row in rows:
        session.console.line(f"{row.tenant} {row.name}")
    if not rows:
        session.console.say("登録された自治体はありません。yui tenant add 372013 高松市 のように登録してください。")
    return DONE
