"""What pages say, as they are sent: seen without a browser."""

from typing import Any

import httpx

from shared.adapters.ids import mint
from tests.controls import KOSAKA, TAKAMATSU
from tests.e2e.site import Site

VISIT: dict[str, Any] = {
    "visit_id": "page-1",
    "organisation_id": "o03",
    "user_id": "u0019",
    "helper_ids": ["h0013"],
    "service": "visit",
    "menu": ["safety_check"],
    "served_on": "2016-11-08",
    "started_at": "9:30",
    "minutes": 30,
    "outcome": "done",
}


def post(client: httpx.Client, path: str, body: Any) -> httpx.Response:
    headers = {"Idempotency-Key": mint()}
    return client.post(f"/api/requests/{path}", params={"tenant": TAKAMATSU}, json=body, headers=headers)


def test_a_form_is_told_at_once_what_cannot_be_read_and_what_the_register_says(client: httpx.Client) -> None:
    wrong = {"user_id": "u9999", "helper_ids": ["h9998", "h9999"], "organisation_id": "o99", "served_on": "2016-12-24"}
    reasons = {
        "user_id": "利用者番号「u9999」は登録されていません",
        "helper_ids": "提供者番号「h9998」は登録されていません",
        "organisation_id": "団体番号「o99」は登録されていません",
        "served_on": "2016-12-24 は未来の日付です",
    }
    for minutes, unread in (("-5", {"minutes": "分数「-5」は分数として読めません"}), ("30", {})):
        form = client.post(f"/t/{TAKAMATSU}/visits/new", data={**VISIT, **wrong, "minutes": minutes})
        assert form.status_code == 422
        for field, reason in (reasons | unread).items():
            assert form.text.count(f'id="e-{field}">{reason}') == 1, field
    plan = client.post(f"/t/{TAKAMATSU}/visits/plan", data={**VISIT, **wrong})
    assert ("o99」は登録されていません" in plan.text, "未来の日付です" in plan.text) == (True, False)


def test_a_visit_without_yen_is_told_from_one_that_nobody_knows(client: httpx.Client) -> None:
    plan = {name: VISIT[name] for name in VISIT if name not in {"minutes", "outcome"}}
    planned = post(client, "plans", {**plan, "visit_id": "page-plan"})
    assert planned.status_code == 201
    for tenant, number, said in (
        (TAKAMATSU, "F1", "訪問番号「F1」は登録されていません"),
        (KOSAKA, "page-plan", "訪問番号「page-plan」は登録されていません"),
        (TAKAMATSU, "page-plan", "訪問番号「page-plan」はまだ予定です"),
    ):
        page = client.get(f"/t/{tenant}/explanation/{number}")
        assert (page.status_code, said in page.text) == (404, True), number


def test_organisations_of_one_name_stand_with_their_numbers_in_the_order_of_these(
    client: httpx.Client, site: Site
) -> None:
    for number in ("same-10", "same-2"):
        body = {"organisation_id": number, "name": "団体", "services": ["visit"], "active_from": "2016-11-01"}
        assert post(client, "organisations", body).status_code == 201
    site.settle()
    named = '団体 <span class="code">{}</span>'
    for path, shown in (
        ("", named),
        ("statement?month=2016-11", named),
        ("visits", "団体 ({})"),
        ("visits/new", "団体 ({})"),
        ("organisations", '<span class="code">{}</span>'),
    ):
        text = client.get(f"/t/{TAKAMATSU}/{path}").text
        assert -1 < text.find(shown.format("same-2")) < text.find(shown.format("same-10")), path
