"""The demo brings its data once: what people have changed since stays as it is when it is started again."""

from datetime import UTC, datetime
from pathlib import Path

from services.cli.console import Console
from services.cli.demo import SEED, load_demo
from services.cli.session import Session
from services.demo import half_year
from tests.controls import KOSAKA
from tests.e2e.office import Office, open_office

APRIL = datetime(2017, 4, 3, 1, 0, tzinfo=UTC)


def first_rows(text: str, count: int) -> list[str]:
    return text.splitlines(keepends=True)[: count + 1]


def corrected(office: Office, kind: str, was: str, now: str) -> None:
    """The first row of a file of the demo, corrected."""
    header, row = first_rows(getattr(half_year(KOSAKA, SEED), kind), 1)
    assert was in row
    answer = office.take(kind, header + row.replace(was, now, 1), "--correct", "転記誤り", tenant=KOSAKA)
    assert answer.json["corrected"] == 1


def test_a_demo_started_again_leaves_alone_and_does_not_speak_of_what_was_corrected(tmp_path: Path) -> None:
    with open_office(tmp_path, APRIL) as office:
        said: list[str] = []
        session = Session(office.running, Console(said.append, said.append, tmp_path, terminal=False))
        load_demo(session, [KOSAKA])
        assert said == []
        office.done("tenant", "add", KOSAKA, "こさか町")
        corrected(office, "organisations", "第1組", "第一組")
        corrected(office, "people", "1947-11-13", "1947-11-12")
        corrected(office, "visits", ",50,", ",40,")
        corrected(office, "activities", ",90,", ",80,")
        office.void("v00001", tenant=KOSAKA)
        before = {
            service: office.running.system.store(service).head(KOSAKA) for service in ("requests", "coordination")
        }
        load_demo(session, [KOSAKA])
        assert said == []
        assert {service: office.running.system.store(service).head(KOSAKA) for service in before} == before
        assert office.done("tenant", "list").out == f"{KOSAKA} こさか町\n"
