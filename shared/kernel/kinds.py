"""The four kinds of CSV files that Yui reads: their columns, the Japanese words for them, and rows as typed values."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, Final, TypeVar

import msgspec

from shared.kernel.cells import (
    one_of,
    parse_id,
    parse_ids,
    parse_items,
    parse_minutes,
    parse_text,
    parse_time_of_day,
    some_of,
)
from shared.kernel.contracts.requests import Outcome, Service
from shared.kernel.csv_reading import BadRow, Column, Kind, read_rows
from shared.kernel.dates import parse_date
from shared.kernel.standing import CareLevel, Period, Role

JA: Final[dict[str, str]] = {
    "activity_id": "活動番号",
    "active_from": "活動開始日",
    "active_until": "活動終了日",
    "address": "住所",
    "birth_date": "生年月日",
    "care_from": "区分開始日",
    "care_level": "介護区分",
    "care_until": "区分終了日",
    "district_id": "地区番号",
    "done_on": "活動日",
    "group_id": "グループ番号",
    "helper_ids": "提供者番号",
    "kana": "フリガナ",
    "kind": "活動種別",
    "menu": "支援内容",
    "minutes": "分数",
    "name": "名前",
    "organisation_id": "団体番号",
    "outcome": "結果",
    "person_id": "対象者番号",
    "phone": "電話番号",
    "postal_code": "郵便番号",
    "registered_on": "登録日",
    "relatives": "親族番号",
    "roles": "役割",
    "served_on": "提供日",
    "service": "サービス種別",
    "services": "実施サービス",
    "slip_no": "確認書番号",
    "started_at": "開始時刻",
    "trained_on": "研修修了日",
    "user_id": "利用者番号",
    "venue_id": "会場番号",
    "visit_id": "訪問番号",
}
"""The Japanese word of every column, as it may stand in a header; docs/glossary.yaml holds the same words."""

SERVICE_JA: Final[dict[Service, str]] = {"visit": "訪問", "day": "通所"}
ROLE_JA: Final[dict[Role, str]] = {"user": "利用者", "helper": "提供者"}
CARE_LEVEL_JA: Final[dict[CareLevel, str]] = {
    "none": "なし",
    "checklist": "事業対象者",
    "support1": "要支援1",
    "support2": "要支援2",
    "care1": "要介護1",
    "care2": "要介護2",
    "care3": "要介護3",
    "care4": "要介護4",
    "care5": "要介護5",
}
OUTCOME_JA: Final[dict[Outcome, str]] = {
    "done": "実施",
    "cancelled_before": "事前取消",
    "cancelled_same_day": "当日取消",
    "no_show": "不在",
    "not_needed": "不要",
    "stopped": "中断",
}


class OrganisationRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    organisation_id: str
    name: str
    services: tuple[Service, ...]
    district_id: str | None
    active_from: date
    active_until: date | None


class PersonRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person as of `care_from`. No `care_level`: the row says nothing about care, and has no care dates either."""

    person_id: str
    roles: tuple[Role, ...]
    name: str
    kana: str | None
    birth_date: date
    postal_code: str | None
    address: str | None
    phone: str | None
    district_id: str | None
    care_level: CareLevel | None
    care_from: date | None
    care_until: date | None
    registered_on: date | None
    trained_on: date | None
    relatives: tuple[str, ...]

    def period(self, relatives: tuple[str, ...]) -> Period:
        """What the row says from `care_from` on, its relatives under the ids that are given."""
        return Period(
            care_level=self.care_level or "none",
            care_from=self.care_from,
            care_until=self.care_until,
            district_id=self.district_id,
            relatives=relatives,
        )


class VisitRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`started_at` is HH:MM; `menu` holds items as written, by id or Japanese name: the rules resolve them."""

    visit_id: str
    organisation_id: str
    user_id: str
    helper_ids: tuple[str, ...]
    service: Service
    menu: tuple[str, ...]
    served_on: date
    started_at: str
    minutes: int
    outcome: Outcome
    slip_no: str | None


class ActivityRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`kind` is as written: the points rules name the kinds."""

    activity_id: str
    person_id: str
    kind: str
    done_on: date
    started_at: str | None
    minutes: int
    group_id: str | None
    venue_id: str | None


_SERVICE_ALSO = {"訪問型": "visit", "通所型": "day"}
_CARE_LEVEL_ALSO = {"非該当": "none", "自立": "none"}


def _must(name: str, parse: Callable[[str], object], *also: str) -> Column:
    return Column(name, required=True, parse=parse, ja=JA[name], also=also)


def _may(name: str, parse: Callable[[str], object], empty: object = None) -> Column:
    return Column(name, required=False, parse=parse, ja=JA[name], empty=empty)


def _nothing_to_check(_values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return iter(())


def _order(values: Mapping[str, Any], first: str, last: str) -> Iterator[tuple[str, str]]:
    begins, ends = values[first], values[last]
    if begins is not None and ends is not None and ends < begins:
        yield last, f"{JA[last]}({ends})が{JA[first]}({begins})より前です。どちらかの日付を直してください。"


def _check_organisation(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return _order(values, "active_from", "active_until")


def _check_person(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if values["care_level"] is None and (values["care_from"] or values["care_until"]):
        yield "care_level", f"{JA['care_level']}が空なのに期間の日付があります。区分を書くか、日付を消してください。"
    yield from _order(values, "care_from", "care_until")


ORGANISATIONS: Final = Kind(
    "organisations",
    (
        _must("organisation_id", parse_id),
        _must("name", parse_text, "団体名"),
        _must("services", some_of(SERVICE_JA, _SERVICE_ALSO)),
        _may("district_id", parse_id),
        _must("active_from", parse_date),
        _may("active_until", parse_date),
    ),
    _check_organisation,
)
PEOPLE: Final = Kind(
    "people",
    (
        _must("person_id", parse_id),
        _must("roles", some_of(ROLE_JA, {})),
        _must("name", parse_text, "氏名"),
        _may("kana", parse_text),
        _must("birth_date", parse_date),
        _may("postal_code", parse_text),
        _may("address", parse_text),
        _may("phone", parse_text),
        _may("district_id", parse_id),
        _may("care_level", one_of(CARE_LEVEL_JA, _CARE_LEVEL_ALSO)),
        _may("care_from", parse_date),
        _may("care_until", parse_date),
        _may("registered_on", parse_date),
        _may("trained_on", parse_date),
        _may("relatives", parse_ids, empty=()),
    ),
    _check_person,
)
VISITS: Final = Kind(
    "visits",
    (
        _must("visit_id", parse_id),
        _must("organisation_id", parse_id),
        _must("user_id", parse_id),
        _must("helper_ids", parse_ids),
        _must("service", one_of(SERVICE_JA, _SERVICE_ALSO)),
        _must("menu", parse_items),
        _must("served_on", parse_date),
        _must("started_at", parse_time_of_day),
        _must("minutes", parse_minutes),
        _must("outcome", one_of(OUTCOME_JA, {})),
        _may("slip_no", parse_id),
    ),
    _nothing_to_check,
)
ACTIVITIES: Final = Kind(
    "activities",
    (
        _must("activity_id", parse_id),
        _must("person_id", parse_id),
        _must("kind", parse_text),
        _must("done_on", parse_date),
        _may("started_at", parse_time_of_day),
        _must("minutes", parse_minutes),
        _may("group_id", parse_id),
        _may("venue_id", parse_id),
    ),
    _nothing_to_check,
)
KINDS: Final[dict[str, Kind]] = {kind.name: kind for kind in (ORGANISATIONS, PEOPLE, VISITS, ACTIVITIES)}

T = TypeVar("T")


def parse_organisations(text: str) -> Iterator[tuple[int, OrganisationRow] | BadRow]:
    """Line and row of each good row, a BadRow for each bad cell; BadHeader as `read_rows`."""
    return _typed(text, ORGANISATIONS, OrganisationRow)


def parse_people(text: str) -> Iterator[tuple[int, PersonRow] | BadRow]:
    """Line and row of each good row, a BadRow for each bad cell; BadHeader as `read_rows`."""
    return _typed(text, PEOPLE, PersonRow)


def parse_visits(text: str) -> Iterator[tuple[int, VisitRow] | BadRow]:
    """Line and row of each good row, a BadRow for each bad cell; BadHeader as `read_rows`."""
    return _typed(text, VISITS, VisitRow)


def parse_activities(text: str) -> Iterator[tuple[int, ActivityRow] | BadRow]:
    """Line and row of each good row, a BadRow for each bad cell; BadHeader as `read_rows`."""
    return _typed(text, ACTIVITIES, ActivityRow)


def _typed(text: str, kind: Kind, row_type: type[T]) -> Iterator[tuple[int, T] | BadRow]:
    rows = read_rows(text, kind)
    return (row if isinstance(row, BadRow) else (row.line, row_type(**row.values)) for row in rows)
