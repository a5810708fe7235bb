"""The HTTP interface: problems, idempotency, versions, cursors, events, and who is let in."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.controls import TAKAMATSU
from tests.e2e.site import MONTH, Site

OF_TOWN = {"tenant": TAKAMATSU}
VISIT: dict[str, Any] = {
    "visit_id": "api-1",
    "organisation_id": "o03",
    "user_id": "u0019",
    "helper_ids": ["h0013"],
    "service": "visit",
    "menu": ["ゴミ出し", "safety_check"],
    "served_on": "2016-11-08",
    "started_at": "9:30",
    "minutes": 30,
    "outcome": "done",
}


def post(client: httpx.Client, path: str, body: Any, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(f"/api/requests/{path}", params=OF_TOWN, json=body, headers=named)


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["type"] == f"urn:yui:problem:{code}"
    assert document["status"] == status
    assert document["detail"]
    return document


def test_a_visit_is_recorded_read_corrected_and_voided(client: httpx.Client) -> None:
    made = post(client, "visits", VISIT, Idempotency_Key="api-1")
    assert made.status_code == 201
    assert made.headers["etag"] == '"1"'
    after = made.json()["after"]
    read = client.get("/api/requests/visits/api-1", params=OF_TOWN | {"after": after})
    assert read.headers["etag"] == '"1"'
    assert read.json()["menu"] == ["rubbish", "safety_check"]
    assert read.json()["user_id"] == "u0019"
    right = {**VISIT, "minutes": 35, "reason": "写し間違い"}
    corrected = post(client, "visits/api-1/correct", right, Idempotency_Key="api-2", If_Match=read.headers["etag"])
    assert corrected.json()["version"] == 2
    voided = post(client, "visits/api-1/void", {"reason": "重複"}, Idempotency_Key="api-3", If_Match='"2"')
    assert voided.status_code == 201
    document = client.get("/api/requests/visits/api-1", params=OF_TOWN | {"after": voided.json()["after"]}).json()
    assert (document["status"], document["minutes"]) == ("void", 35)


def test_a_reason_with_a_nul_is_refused_in_json_and_in_a_form(client: httpx.Client) -> None:
    answer = post(client, "visits/api-1/void", {"reason": "重\0複"}, Idempotency_Key="nul", If_Match='"2"')
    assert "NUL" in assert_problem(answer, 422, "invalid")["errors"][0]["reason"]
    form = client.post(f"/t/{TAKAMATSU}/void/api-1", data={"reason": "重\0複"})
    assert (form.status_code, "NUL" in form.text) == (422, True)


def test_half_a_character_is_refused(client: httpx.Client) -> None:
    body = json.dumps({**VISIT, "visit_id": "api-\ud800"})
    headers = {"Idempotency-Key": "half", "Content-Type": "application/json"}
    answer = client.post("/api/requests/visits", params=OF_TOWN, content=body, headers=headers)
    assert assert_problem(answer, 422, "invalid")["errors"][0]["field"] == "visit_id"


@pytest.mark.parametrize("number", [".", ".."])
def test_a_number_whose_page_cannot_be_opened_is_refused_in_json_and_in_a_form(
    client: httpx.Client, number: str
) -> None:
    answer = post(client, "visits", {**VISIT, "visit_id": number}, Idempotency_Key=f"dots{number}")
    assert "番号に使えません" in assert_problem(answer, 422, "invalid")["errors"][0]["reason"]
    form = client.post(f"/t/{TAKAMATSU}/visits/new", data={**VISIT, "visit_id": number})
    assert (form.status_code, "番号に使えません" in form.text) == (422, True)


def test_a_post_needs_an_idempotency_key(client: httpx.Client) -> None:
    assert_problem(post(client, "visits", VISIT), 400, "idempotency_key_required")


def test_the_same_key_gets_the_same_answer_and_never_another_body(client: httpx.Client) -> None:
    body = {**VISIT, "visit_id": "api-again"}
    first = post(client, "visits", body, Idempotency_Key="again")
    second = post(client, "visits", body, Idempotency_Key="again")
    assert first.json() == second.json()
    other = post(client, "visits", {**body, "minutes": 10}, Idempotency_Key="again")
    assert_problem(other, 422, "idempotency_key_reused")


def test_a_correction_needs_the_version_that_was_seen(client: httpx.Client) -> None:
    body = {**VISIT, "visit_id": "api-seen"}
    post(client, "visits", body, Idempotency_Key="seen-1")
    right = {**body, "minutes": 20, "reason": "写し間違い"}
    assert_problem(post(client, "visits/api-seen/correct", right, Idempotency_Key="s"), 428, "if_match_required")
    stale = post(client, "visits/api-seen/correct", right, Idempotency_Key="s", If_Match='"7"')
    assert_problem(stale, 412, "stale")
    odd = post(client, "visits/api-seen/correct", right, Idempotency_Key="s", If_Match="latest")
    assert_problem(odd, 422, "invalid")


def agreed_record(client: httpx.Client, visit_id: str, after: str) -> bool:
    answer = client.get(f"/api/requests/visits/{visit_id}", params=OF_TOWN | {"after": after})
    held: bool = answer.json()["agreed_record"]
    return held


def test_a_correction_sent_again_is_answered_as_before_though_a_record_was_agreed_since(
    client: httpx.Client, site: Site
) -> None:
    body = {**VISIT, "visit_id": "api-retry", "user_id": "u0021"}
    post(client, "visits", body, Idempotency_Key="retry-1")
    right = {**body, "minutes": 20, "reason": "写し間違い"}
    first = post(client, "visits/api-retry/correct", right, Idempotency_Key="retry-2", If_Match='"1"')
    post(client, "people/u0021/care-records", {"agreed_on": "2016-11-01"}, Idempotency_Key="retry-3")
    site.settle()
    assert agreed_record(client, "api-retry", first.json()["after"])
    second = post(client, "visits/api-retry/correct", right, Idempotency_Key="retry-2", If_Match='"1"')
    assert (second.status_code, second.json()) == (first.status_code, first.json())


@pytest.mark.parametrize(
    ("change", "holds"),
    [({"minutes": 20}, True), ({"served_on": "2016-10-20"}, False), ({"user_id": "u0023"}, False)],
)
def test_a_correction_keeps_the_agreed_record_of_its_user_and_day_only(
    client: httpx.Client, change: dict[str, Any], holds: bool
) -> None:
    number = f"api-{next(iter(change))}"
    body = {**VISIT, "visit_id": number, "user_id": "u0022"}
    post(client, "people/u0022/care-records", {"agreed_on": "2016-11-01"}, Idempotency_Key="agreed")
    made = post(client, "visits", body, Idempotency_Key=f"{number}-1")
    assert agreed_record(client, number, made.json()["after"])
    right = {**body, **change, "reason": "写し間違い"}
    corrected = post(client, f"visits/{number}/correct", right, Idempotency_Key=f"{number}-2", If_Match='"1"')
    assert agreed_record(client, number, corrected.json()["after"]) == holds


def test_a_correction_on_a_page_keeps_the_agreed_record_of_its_user_only(client: httpx.Client) -> None:
    body = {**VISIT, "visit_id": "api-page", "user_id": "u0022"}
    post(client, "people/u0022/care-records", {"agreed_on": "2016-11-01"}, Idempotency_Key="agreed")
    post(client, "visits", body, Idempotency_Key="page-1")
    cells = {**body, "user_id": "u0023", "helper_ids": "h0013", "reason": "写し間違い", "version": "1"}
    answer = client.post(f"/t/{TAKAMATSU}/correct/api-page", data=cells)
    assert answer.status_code == 303, answer.text
    assert not agreed_record(client, "api-page", answer.headers["location"].partition("after=")[2])


@pytest.mark.parametrize(
    ("change", "status", "code", "field"),
    [
        ({"user_id": "u9999"}, 422, "unknown_user_id", "user_id"),
        ({"served_on": "2016-12-24"}, 422, "in_future", "served_on"),
        ({"minutes": -5}, 422, "invalid", "minutes"),
        ({"started_at": "25:00"}, 422, "invalid", "started_at"),
        ({"served_on": "2016-13-01"}, 422, "invalid", "served_on"),
        ({"colour": "red"}, 422, "invalid", "colour"),
    ],
)
def test_wrong_input_names_its_field(
    client: httpx.Client, change: dict[str, Any], status: int, code: str, field: str
) -> None:
    answer = post(client, "visits", {**VISIT, "visit_id": "api-wrong", **change}, Idempotency_Key="wrong")
    document = assert_problem(answer, status, code)
    assert [error["field"] for error in document["errors"]] == [field]


def test_an_unknown_municipality_is_said(client: httpx.Client) -> None:
    for path in ("requests/visits", "reporting/figures", "billing/statement", "points/statement"):
        wanted = {"tenant": "131016", "first": MONTH, "last": MONTH, "month": MONTH, "on": "2016-11-01"}
        assert_problem(client.get(f"/api/{path}", params=wanted), 404, "unknown_tenant")


def test_a_list_is_read_page_by_page_without_gaps(client: httpx.Client) -> None:
    wanted: dict[str, Any] = OF_TOWN | {"month": MONTH, "limit": 100}
    numbers: list[str] = []
    while True:
        document = client.get("/api/requests/visits", params=wanted).json()
        assert len(document["visits"]) <= 100
        numbers += [row["visit_id"] for row in document["visits"]]
        if document["next"] is None:
            break
        wanted["cursor"] = document["next"]
    assert len(numbers) == len(set(numbers)) > 200
    assert_problem(client.get("/api/requests/visits", params=OF_TOWN | {"limit": 201}), 422, "invalid")
    assert_problem(client.get("/api/requests/visits", params=OF_TOWN | {"cursor": "%%"}), 422, "invalid")


def test_figures_statement_and_visits_agree(client: httpx.Client, site: Site) -> None:
    site.settle()
    statement: dict[str, Any] = {}
    visits: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while not statement or statement["next"]:
        statement = client.get("/api/billing/statement", params=OF_TOWN | {"month": MONTH} | cursor).json()
        visits += statement["visits"]
        cursor = {"cursor": statement["next"]} if statement["next"] else {}
    assert sum(row["subsidy_yen"] for row in visits) == sum(row["per_visit_yen"] for row in statement["months"])
    for by in ("month", "organisation_id", "district_id"):
        document = client.get(
            "/api/reporting/figures", params=OF_TOWN | {"first": MONTH, "last": MONTH, "by": by}
        ).json()
        assert document["total"]["total_yen"] == statement["total_yen"]
        assert sum(row["total_yen"] for row in document["rows"]) == statement["total_yen"]
        assert sum(row["visits"] for row in document["rows"]) == document["total"]["visits"]


def test_the_yen_of_a_visit_are_explained(client: httpx.Client) -> None:
    document = client.get("/api/billing/visits/v00001/explanation", params=OF_TOWN).json()
    assert document["visit_id"] == "v00001"
    assert document["history"]
    assert document["text"][0].startswith("訪問 v00001")
    assert_problem(client.get("/api/billing/visits/nosuch/explanation", params=OF_TOWN), 404, "not_found")


def test_accounts_are_listed_by_person(client: httpx.Client) -> None:
    wanted = {"tenant": "053031", "on": "2016-11-01"}
    document = client.get("/api/points/statement", params=wanted).json()
    assert document["accounts"]
    person = document["accounts"][0]["person_id"]
    assert client.get("/api/points/statement", params=wanted | {"person": person}).json()["accounts"]
    assert_problem(client.get("/api/points/statement", params=wanted | {"person": "nobody"}), 404, "not_found")


def _messages(answer: httpx.Response) -> Iterator[tuple[str, Any]]:
    place = ""
    for line in answer.iter_lines():
        if line.startswith("id: "):
            place = line.removeprefix("id: ")
        if line.startswith("data: "):
            yield place, json.loads(line.removeprefix("data: "))


def test_the_ledger_is_followed_as_events_and_taken_up_again_where_it_was_left(client: httpx.Client) -> None:
    with client.stream("GET", "/api/requests/events", params=OF_TOWN | {"after": 0}) as answer:
        events = _messages(answer)
        first = [next(events) for _ in range(3)]
    assert [place for place, _ in first] == ["1", "2", "3"]
    assert first[0][1]["id"] == f"{TAKAMATSU}-1"
    assert first[1][1]["prevhash"] == first[0][1]["hash"]
    with client.stream("GET", "/api/requests/events", params=OF_TOWN, headers={"Last-Event-ID": "3"}) as answer:
        assert next(_messages(answer))[0] == "4"


def test_a_new_visit_wakes_the_followers_of_the_figures(client: httpx.Client, site: Site) -> None:
    with client.stream("GET", "/api/reporting/events", params=OF_TOWN) as answer:
        changes = _messages(answer)
        next(changes)
        with httpx.Client(base_url=site.address) as other:
            post(other, "visits", {**VISIT, "visit_id": "api-woken"}, Idempotency_Key="woken")
        for _, document in changes:
            if document["recent"][0]["visit_id"] == "api-woken" and document["recent"][0]["reason"]:
                break
        assert document["recent"][0]["status"] == "confirmed"


def test_every_service_describes_itself(client: httpx.Client) -> None:
    for service in ("requests", "billing", "points", "coordination", "reporting"):
        document = client.get(f"/api/{service}/openapi.json").json()
        assert document["openapi"].startswith("3.")
        assert document["paths"]
        for operation in (each["post"] for each in document["paths"].values() if "post" in each):
            keys = [each for each in operation["parameters"] if each["name"] == "Idempotency-Key"]
            assert [key["required"] for key in keys] == [True]
            assert "tenant" in [each["name"] for each in operation["parameters"]]


def test_municipalities_and_districts_are_listed(client: httpx.Client) -> None:
    towns = client.get("/api/coordination/municipalities").json()["municipalities"]
    assert [row["tenant"] for row in towns] == ["053031", "372013"]
    districts = client.get("/api/coordination/districts", params=OF_TOWN).json()["districts"]
    assert len(districts) == 44


def test_other_sites_and_other_hosts_are_kept_out(client: httpx.Client) -> None:
    assert client.get("/", headers={"Host": "yui.example"}).status_code == 403
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://evil.example"}, {"Origin": "null"}):
        answer = client.post(f"/t/{TAKAMATSU}/audit/verify", headers=headers)
        assert answer.status_code == 403, headers
    assert client.post(f"/t/{TAKAMATSU}/audit/nothing").status_code == 404


def test_a_body_that_is_too_large_is_refused(client: httpx.Client) -> None:
    answer = client.post("/api/requests/visits", params=OF_TOWN, content=b" " * 1_100_000)
    assert answer.status_code == 413


def test_probes_and_metrics_answer(client: httpx.Client) -> None:
    assert client.get("/healthz").text == "ok"
    assert client.get("/readyz").json()["failures"] == {}
    assert "yui_" in client.get("/metrics").text


def test_an_address_under_api_that_is_none_is_a_problem_too(client: httpx.Client) -> None:
    assert_problem(client.get("/api/nope/x"), 404, "not_found")
