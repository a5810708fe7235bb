from datetime import date
from typing import get_args

import pytest

from shared.kernel.contracts.requests import Outcome, Service
from shared.kernel.csv_reading import BadHeader, BadRow
from shared.kernel.kinds import (
    CARE_LEVEL_JA,
    JA,
    KINDS,
    OUTCOME_JA,
    ROLE_JA,
    SERVICE_JA,
    ActivityRow,
    OrganisationRow,
    PersonRow,
    VisitRow,
    parse_activities,
    parse_organisations,
    parse_people,
    parse_visits,
)
from shared.kernel.standing import CareLevel, Role

VISIT = {
    "visit_id": "V1",
    "organisation_id": "O1",
    "user_id": "U1",
    "helper_ids": "H1;H2",
    "service": "visit",
    "menu": "ゴミ出し;安否確認",
    "served_on": "2016-10-03",
    "started_at": "9:05",
    "minutes": "45",
    "outcome": "done",
    "slip_no": "S1",
}
VISIT_ROW = VisitRow(
    visit_id="V1",
    organisation_id="O1",
    user_id="U1",
    helper_ids=("H1", "H2"),
    service="visit",
    menu=("ゴミ出し", "安否確認"),
    served_on=date(2016, 10, 3),
    started_at="09:05",
    minutes=45,
    outcome="done",
    slip_no="S1",
)
PERSON = {
    "person_id": "P1",
    "roles": "user+helper",
    "name": "結 花子",
    "kana": "ユイ ハナコ",
    "birth_date": "S16.4.1",
    "postal_code": "760-8571",
    "address": "高松市番町一丁目",
    "phone": "087-000-0000",
    "district_id": "D1",
    "care_level": "support1",
    "care_from": "2016-10-01",
    "care_until": "2017-03-31",
    "registered_on": "2016-09-01",
    "trained_on": "2016-09-10",
    "relatives": "P2;P3",
}


def file_of(*rows: dict[str, str]) -> str:
    return "\n".join([",".join(rows[0]), *(",".join(row.values()) for row in rows)])


def in_japanese(row: dict[str, str]) -> dict[str, str]:
    return {JA[column]: cell for column, cell in row.items()}


# ---- the four kinds of interfaces


def test_the_kinds_have_the_promised_columns_and_required_ones() -> None:
    promised = {
        "organisations": "organisation_id* name* services* district_id active_from* active_until",
        "people": "person_id* roles* name* kana birth_date* postal_code address phone district_id care_level care_from "
        "care_until registered_on trained_on relatives",
        "visits": "visit_id* organisation_id* user_id* helper_ids* service* menu* served_on* started_at* minutes* "
        "outcome* slip_no",
        "activities": "activity_id* person_id* kind* done_on* started_at minutes* group_id venue_id",
    }
    columns = {
        name: " ".join(column.id + "*" * column.required for column in kind.columns) for name, kind in KINDS.items()
    }
    assert columns == promised


def test_every_column_has_one_japanese_word_and_no_word_is_spare() -> None:
    assert {column.id: column.ja for kind in KINDS.values() for column in kind.columns} == JA
    assert len(set(JA.values())) == len(JA)


def test_the_words_cover_every_member_of_their_sets() -> None:
    assert tuple(SERVICE_JA) == get_args(Service)
    assert tuple(OUTCOME_JA) == get_args(Outcome)
    assert tuple(CARE_LEVEL_JA) == get_args(CareLevel)
    assert tuple(ROLE_JA) == get_args(Role)


# ---- visits


def test_a_visit_is_read_with_its_line() -> None:
    assert list(parse_visits(file_of(VISIT))) == [(2, VISIT_ROW)]


def test_a_visit_wholly_in_japanese_is_the_same_visit() -> None:
    japanese = in_japanese(VISIT) | {"サービス種別": "訪問", "提供日": "平成28年10月3日", "結果": "実施"}
    assert list(parse_visits(file_of(japanese))) == [(2, VISIT_ROW)]


def test_an_empty_slip_number_is_none() -> None:
    [(_, visit)] = [row for row in parse_visits(file_of(VISIT | {"slip_no": ""})) if not isinstance(row, BadRow)]
    assert visit.slip_no is None


@pytest.mark.parametrize(("name", "word"), OUTCOME_JA.items())
def test_an_outcome_is_read_by_id_and_in_japanese(name: str, word: str) -> None:
    rows = list(parse_visits(file_of(VISIT | {"outcome": name}, VISIT | {"outcome": word})))
    assert [row[1].outcome for row in rows if not isinstance(row, BadRow)] == [name, name]


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("visit_id", "", "訪問番号が空です"),
        ("helper_ids", "H1;H1", "同じ番号が2回"),
        ("service", "taxi", "visit(訪問)、day(通所)"),
        ("menu", ";", "項目がありません"),
        ("served_on", "2016-13-01", "提供日「2016-13-01」という日はありません"),
        ("started_at", "25:00", "時刻として読めません"),
        ("minutes", "-5", "分数「-5」は分数として読めません"),
        ("outcome", "finished", "done(実施)"),
    ],
)
def test_a_wrong_cell_of_a_visit_is_refused_with_its_reason(column: str, cell: str, reason: str) -> None:
    [bad, following] = parse_visits(file_of(VISIT | {column: cell}, VISIT))
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.column) == (2, column)
    assert reason in bad.reason
    assert following == (3, VISIT_ROW)


def test_a_misspelt_column_is_refused_before_any_row_is_read() -> None:
    with pytest.raises(BadHeader, match="「served_on」の書き間違い"):
        parse_visits(file_of({("served_onn" if key == "served_on" else key): cell for key, cell in VISIT.items()}))


# ---- people


def test_a_person_is_read() -> None:
    assert list(parse_people(file_of(PERSON))) == [
        (
            2,
            PersonRow(
                person_id="P1",
                roles=("user", "helper"),
                name="結 花子",
                kana="ユイ ハナコ",
                birth_date=date(1941, 4, 1),
                postal_code="760-8571",
                address="高松市番町一丁目",
                phone="087-000-0000",
                district_id="D1",
                care_level="support1",
                care_from=date(2016, 10, 1),
                care_until=date(2017, 3, 31),
                registered_on=date(2016, 9, 1),
                trained_on=date(2016, 9, 10),
                relatives=("P2", "P3"),
            ),
        )
    ]


def test_a_person_in_japanese_is_the_same_person() -> None:
    japanese = in_japanese(PERSON) | {"役割": "提供者＋利用者", "介護区分": "要支援１"}
    renamed = {("氏名" if word == "名前" else word): cell for word, cell in japanese.items()}
    assert list(parse_people(file_of(renamed))) == list(parse_people(file_of(PERSON)))


def test_a_person_needs_only_number_roles_name_and_birth_date() -> None:
    few = {column: PERSON[column] for column in ("person_id", "roles", "name", "birth_date")}
    [row] = parse_people(file_of(few))
    assert not isinstance(row, BadRow)
    assert (row[1].care_level, row[1].care_from, row[1].relatives) == (None, None, ())


def test_a_care_period_that_ends_before_it_begins_is_refused() -> None:
    [bad] = parse_people(file_of(PERSON | {"care_until": "2016-09-30"}))
    reason = "区分終了日(2016-09-30)が区分開始日(2016-10-01)より前です。どちらかの日付を直してください。"
    assert bad == BadRow(2, "care_until", reason)


@pytest.mark.parametrize("column", ["care_from", "care_until"])
def test_a_care_date_without_a_level_is_refused(column: str) -> None:
    [bad] = parse_people(file_of(PERSON | {"care_level": "", "care_from": "", "care_until": "", column: "2016-10-01"}))
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.column) == (2, "care_level")


def test_a_care_period_may_last_one_day() -> None:
    [row] = parse_people(file_of(PERSON | {"care_until": "2016-10-01"}))
    assert not isinstance(row, BadRow)


# ---- organisations

ORGANISATION = {
    "organisation_id": "O1",
    "name": "番町地区コミュニティ協議会",
    "services": "visit+day",
    "district_id": "D1",
    "active_from": "2016-10-01",
    "active_until": "2017-03-31",
}


def test_an_organisation_is_read() -> None:
    assert list(parse_organisations(file_of(ORGANISATION))) == [
        (
            2,
            OrganisationRow(
                organisation_id="O1",
                name="番町地区コミュニティ協議会",
                services=("visit", "day"),
                district_id="D1",
                active_from=date(2016, 10, 1),
                active_until=date(2017, 3, 31),
            ),
        )
    ]


def test_an_organisation_in_japanese_is_the_same_organisation() -> None:
    japanese = in_japanese(ORGANISATION) | {"実施サービス": "通所型+訪問型"}
    assert list(parse_organisations(file_of(japanese))) == list(parse_organisations(file_of(ORGANISATION)))


def test_an_organisation_that_ends_before_it_begins_is_refused() -> None:
    [bad] = parse_organisations(file_of(ORGANISATION | {"active_until": "2016-09-30"}))
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.column) == (2, "active_until")


def test_an_organisation_without_an_end_goes_on() -> None:
    [row] = parse_organisations(file_of(ORGANISATION | {"active_until": ""}))
    assert not isinstance(row, BadRow)
    assert row[1].active_until is None


# ---- activities


def test_an_activity_is_read() -> None:
    activity = {"activity_id": "A1", "person_id": "P1", "kind": "体操教室", "done_on": "H28.10.3", "minutes": "90"}
    assert list(parse_activities(file_of(activity))) == [
        (
            2,
            ActivityRow(
                activity_id="A1",
                person_id="P1",
                kind="体操教室",
                done_on=date(2016, 10, 3),
                started_at=None,
                minutes=90,
                group_id=None,
                venue_id=None,
            ),
        )
    ]
