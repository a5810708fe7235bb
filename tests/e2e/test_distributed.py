"""The distributed mode on its real processes: the same yen as the embedded mode, and what operators see."""

import json
import random
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.demo import half_year
from services.requests.entries import VisitVoidEntry
from shared.adapters.clock import SystemClock
from shared.adapters.ids import mint
from shared.adapters.metrics import HISTOGRAMS, OF_A_CONSUMER, OF_A_DESK
from shared.adapters.metrics import names as metric_names
from shared.flow.handle import Accepted, Request
from shared.flow.system import System
from tests.commands import Answer
from tests.controls import KOSAKA, TAKAMATSU
from tests.e2e.busy_office import ORGANISATIONS, busy_files, people_file, visits_file
from tests.e2e.county import County, county
from tests.e2e.office import Office, open_office

pytestmark = pytest.mark.xdist_group("fleet")

MONTHS: Final = ("2016-09", "2016-10", "2016-12", "2017-03")
BUSY: Final = busy_files(seed=4, visits=600)
DEMO: Final = half_year(KOSAKA, 2016)
PERSONAL: Final = ("name", "kana", "birth_date", "address", "phone")
WORKERS: Final = tuple(f"work-{name}" for name in ("coordination", "requests", "billing", "points", "reporting"))
RELAYS: Final = tuple(name.replace("work", "relay") for name in WORKERS)
PROCESSES: Final = (*WORKERS, *RELAYS, "watch", "live", "gateway")
ANY_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Place(Protocol):
    """Where the same commands go: to one process, or to a fleet."""

    def done(self, *arguments: str) -> Answer: ...

    def take(self, kind: str, content: str, *options: str, tenant: str = TAKAMATSU) -> Any: ...


def bring(place: Place, system: System) -> None:
    """Two municipalities; pieces out of order, corrections, voids, rules that come late."""
    rng = random.Random(7)
    place.done("tenant", "add", TAKAMATSU, "高松市")
    place.done("tenant", "add", KOSAKA, "小坂町")
    place.take("organisations", ORGANISATIONS)
    place.take("people", people_file([*BUSY.people, *BUSY.people_wrong]), "--correct", "転記誤り")
    wrong = {line.partition(",")[0]: line for line in BUSY.visits_wrong}
    lines = rng.sample(BUSY.visits, len(BUSY.visits))
    first = [wrong.get(line.partition(",")[0], line) for line in lines]
    for number in range(3):
        if number == 1:
            place.done("rules", "enact", "takamatsu-2016", "--tenant", TAKAMATSU)
        place.take("visits", visits_file(first[number::3]))
    place.take("people", people_file(BUSY.people_later))
    place.take("visits", visits_file(lines), "--correct", "確認書の転記誤り")
    void(system, [line.partition(",")[0] for line in lines[:20]])
    for kind in ("organisations", "people", "visits", "activities"):
        place.take(kind, getattr(DEMO, kind), tenant=KOSAKA)
    place.done("rules", "enact", "kosaka-2015", "--tenant", KOSAKA)


def void(system: System, visits: Sequence[str]) -> None:
    requests = [Request(TAKAMATSU, VisitVoidEntry(visit, "重複"), "clerk", "test", mint()) for visit in visits]
    assert all(isinstance(outcome, Accepted) for outcome in system.handle("requests", requests))
    assert system.settle([TAKAMATSU]) == []


@pytest.fixture(scope="module")
def distributed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    with county(tmp_path_factory.mktemp("county")) as opened:
        bring(opened, opened.running.system)
        yield opened


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(tmp_path_factory.mktemp("office"), SystemClock().now()) as opened:
        bring(opened, opened.embedded.system)
        yield opened


def chain_of(system: System, service: str, tenant: str) -> list[tuple[str, ...]]:
    """The events of a ledger; ids stand for themselves by the order in which they come, times are left out."""
    known: dict[str, str] = {}

    def named(text: str) -> str:
        return ANY_ID.sub(lambda found: known.setdefault(found[0], f"id-{len(known)}"), text)

    return [
        (str(event.seq), event.type, named(event.stream), str(event.version), event.actor, named(event.data.decode()))
        for event in system.store(service).read(tenant, 0, 100_000)
    ]


def test_the_same_files_give_the_same_assessments_byte_for_byte(distributed: County, embedded: Office) -> None:
    for month in MONTHS:
        asked = ("billing", "statement", "--tenant", TAKAMATSU, "--month", month, "--json")
        assert distributed.done(*asked).out == embedded.done(*asked).out
        assert '"reason": "paid"' in distributed.done(*asked).out or month == "2016-09"
    asked = ("points", "statement", "--tenant", KOSAKA, "--on", "2017-03-31", "--json")
    assert distributed.done(*asked).out == embedded.done(*asked).out
    assert len(json.loads(embedded.done(*asked).out)["accounts"]) > 50


def test_the_chain_of_requests_is_the_same_but_for_times_and_ids(distributed: County, embedded: Office) -> None:
    for tenant in (TAKAMATSU, KOSAKA):
        ours, theirs = (
            chain_of(system, "requests", tenant) for system in (distributed.running.system, embedded.embedded.system)
        )
        assert len(ours) > 600
        assert ours == theirs


def test_everything_can_be_verified_and_replayed_from_the_ledgers_and_from_the_topics(distributed: County) -> None:
    for tenant in (TAKAMATSU, KOSAKA):
        assert distributed.done("audit", "verify", "--tenant", tenant, "--json").json["breaks"] == []
        from_ledgers = distributed.done("audit", "replay", "--tenant", tenant, "--json").json
        from_topics = distributed.done("audit", "replay", "--tenant", tenant, "--from-bus", "--json").json
        for name in ("identical", "differences", "events", "compared_rows", "heads", "head"):
            assert from_topics[name] == from_ledgers[name]
        assert from_ledgers["identical"]


def test_the_embedded_bus_keeps_nothing_to_replay(embedded: Office) -> None:
    answer = embedded.yui("audit", "replay", "--tenant", TAKAMATSU, "--from-bus")
    assert answer.code == 2
    assert "--from-bus を付けずに" in answer.err


def test_views_built_anew_beside_the_live_ones_say_the_same(distributed: County) -> None:
    asked = ("billing", "statement", "--tenant", TAKAMATSU, "--month", "2016-10", "--json")
    before = distributed.done(*asked).out
    distributed.done("rebuild", "billing.assessments", "reporting.figures")
    assert distributed.done(*asked).out == before
    distributed.take("visits", visits_file(BUSY.visits[:1]))
    assert distributed.done("audit", "replay", "--tenant", TAKAMATSU, "--json").json["identical"]


def test_a_form_sent_twice_is_one_visit_and_the_pages_show_it(distributed: County) -> None:
    user, helper = (next(row for row in BUSY.people if row.startswith(kind)).partition(",")[0] for kind in "UH")
    visit = {
        "visit_id": "api-1", "organisation_id": "O1", "user_id": user, "helper_ids": [helper], "service": "visit",
        "menu": ["rubbish"], "served_on": "2016-11-03", "started_at": "10:00", "minutes": 30, "outcome": "done",
    }  # fmt: skip
    with httpx.Client(base_url=distributed.fleet.address, timeout=20) as client:
        sent = [
            client.post(f"/api/requests/visits?tenant={TAKAMATSU}", json=visit, headers={"Idempotency-Key": "one"})
            for _ in range(2)
        ]
        assert [answer.status_code for answer in sent] == [201, 201], sent[0].text
        assert sent[0].json() == sent[1].json()
        after = sent[0].json()["after"]
        page = client.get(f"/t/{TAKAMATSU}/visit/api-1?after={after}").raise_for_status()
        assert "api-1" in page.text
        for path in ("", f"/t/{TAKAMATSU}", f"/t/{TAKAMATSU}/live", f"/t/{KOSAKA}"):
            assert client.get(path, follow_redirects=True).status_code == 200
    assert distributed.running.system.settle([TAKAMATSU]) == []


def test_the_live_windows_reach_the_pages(distributed: County) -> None:
    with (
        httpx.Client(base_url=distributed.fleet.address, timeout=60) as client,
        client.stream("GET", f"/api/reporting/events?tenant={KOSAKA}&after=") as answer,
    ):
        told = (json.loads(line.removeprefix("data: ")) for line in answer.iter_lines() if line.startswith("data: "))
        found = next(document for document in told if document["windows"])
    assert (found["tenant"], found["windows"]["stale"]) == (KOSAKA, False)


def business_of(process: str) -> set[str]:
    """The metrics of which a process has a sample from its beginning."""
    kind = process.partition("-")[0]
    counted = {"work": (*OF_A_DESK, *OF_A_CONSUMER), "gateway": OF_A_DESK}.get(kind, ())
    endings = [f"{name}_{'count' if name in HISTOGRAMS else 'total'}" for name in counted]
    asked = {
        "work": {"consumer_lag_seconds", "parked_tenants"},
        "relay": {"relay_lag_seconds", "ledger_events_total"},
        "watch": {"invariant_violations_total", "chain_verified_seq", "chain_verified_timestamp_seconds"},
        "live": {"live_events_total", "live_lag_events"},
        "gateway": {"consumer_lag_seconds", "relay_lag_seconds", "parked_tenants"},
    }[kind]
    return {f"yui_{name}" for name in (*endings, *asked)}


def test_every_process_tells_its_metrics(distributed: County) -> None:
    told: dict[str, dict[str, float]] = {}
    families = set()
    for process in PROCESSES:
        for family in text_string_to_metric_families(distributed.metrics_of(process)):
            families |= {family.name, f"{family.name}_total"}
            for sample in family.samples:
                told.setdefault(process, {})[f"{sample.name}{sorted(sample.labels.values())}"] = sample.value
    assert metric_names() <= families
    for process in PROCESSES:
        assert business_of(process) - {name.partition("[")[0] for name in told[process]} == set(), process
    assert told["work-billing"]["yui_events_appended_total['billing']"] > 600
    assert told["work-billing"]["yui_consumer_lag_events['billing.assess_visits']"] == 0
    assert told["relay-requests"]["yui_relay_lag_events['requests']"] == 0
    assert told["relay-requests"]["yui_ledger_events_total['requests']"] > 600  # recorded by commands
    assert told["work-points"]["yui_batch_size_count['points.assess_earnings']"] > 0
    assert told["work-billing"]["yui_parked_tenants['billing.assess_visits']"] == 0


def test_the_doctor_finds_nothing(distributed: County) -> None:
    document = distributed.done("doctor", "--json").json
    assert document["versions"]["postgresql"]
    assert {row["lag"] for row in document["positions"]} == {0}
    assert document["bus"] == {"reachable": True, "fits": True, "reason": ""}
    assert document["gaps"] == []


def test_a_killed_worker_goes_on_where_it_was(distributed: County) -> None:
    starts = distributed.fleet.starts_of("work-billing")
    distributed.fleet.kill("work-billing")
    distributed.fleet.kill("relay-requests")
    lines = [line.replace("v0", "w0", 1) for line in BUSY.visits[:40]]
    distributed.take("visits", visits_file(lines))
    assert distributed.fleet.starts_of("work-billing") == starts + 1
    document = distributed.done("audit", "replay", "--tenant", TAKAMATSU, "--json").json
    assert document["identical"], document["differences"]


def test_an_error_of_the_database_tells_who_entered_it_that_there_was_one(distributed: County) -> None:
    """The logs of this are looked through below."""
    header, first, *_ = DEMO.people.splitlines()
    _, _, row = first.partition(",")
    file = distributed.file(f"{header}\nrefused,{row}\n")
    visit_id = DEMO.visits.splitlines()[1].partition(",")[0]
    with (
        distributed.refusing("requests.vault_people", "office_id <> 'refused'"),
        distributed.refusing("requests.vault_texts", f"text NOT LIKE '%{named(row)}%'"),
    ):
        refused = distributed.program("import", "people", file, "--tenant", KOSAKA, "--json")
        reason = f"{named(row)}さんの転記誤り"
        broken = distributed.program("import", "people", file, "--tenant", KOSAKA, "--check", "--correct", reason)
        answer = httpx.post(
            f"{distributed.fleet.address}/api/requests/visits/{visit_id}/void?tenant={KOSAKA}",
            json={"reason": reason},
            headers={"Idempotency-Key": "refused"},
            timeout=20,
        )
    assert (refused.code, len(refused.json["refused"]), named(row) in refused.out) == (1, 1, False)
    assert (broken.code, "command failed: import\n" in broken.err) == (1, True)
    assert answer.status_code == 500


def named(row: str) -> str:
    """The name in a row of the demo's people, from behind the number."""
    header = DEMO.people.partition("\n")[0].split(",")
    return row.split(",")[header.index("name") - 1]


def test_logs_are_structured_and_name_no_person(distributed: County) -> None:
    header, *rows = [line.split(",") for line in DEMO.people.splitlines()]
    private = {row[header.index(column)] for row in rows for column in PERSONAL} - {""}
    assert len(private) > 300
    page = httpx.get(f"{distributed.fleet.address}/t/{KOSAKA}/visits/new", timeout=20).text
    assert [value for value in private if value in page]  # the gateway has had them in its hands
    written = {path.stem: path.read_text(encoding="utf-8") for path in distributed.fleet.logs.glob("*.log")}
    assert set(written) >= {*WORKERS, *RELAYS, "gateway", "watch", "live", "kafka", "postgres", "commands"}
    for process in ("gateway", "postgres", "commands"):
        assert "violates check constraint" in written[process], process
    for name, text in written.items():
        assert [value for value in private if value in text] == [], name
    for name in (*WORKERS, *RELAYS):
        assert [json.loads(line)["level"] for line in written[name].splitlines()]
    handled = [json.loads(line) for line in written["gateway"].splitlines() if '"handled"' in line]
    assert {(line["service"], line["tenant"]) for line in handled} >= {("requests", TAKAMATSU)}
    assert all(line["correlation"] for line in handled)
