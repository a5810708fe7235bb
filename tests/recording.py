"""Ledgers of `requests` recorded by hand, one event after the other, each at an instant of its own."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from shared.kernel.contracts.requests import (
    CONTRACT,
    VisitConfirmed,
    VisitCorrected,
    VisitFacts,
    VisitPlanned,
    VisitVoided,
)
from shared.kernel.messages import START, Event, Fact, Head, chain_hash
from tests.controls import REASON_REF, TAKAMATSU, USER, visit_facts


@dataclass
class Recording:
    """The ledger of one municipality; `at` is when the next event is recorded."""

    at: datetime
    tenant: str = TAKAMATSU
    head: Head = START
    events: list[Event] = field(default_factory=list)

    def confirm(self, visit_id: str, district: str | None = "D1", served_on: date | None = None) -> VisitFacts:
        visit = visit_facts(visit_id=visit_id, district_id=district, served_on=served_on or self.at.date())
        self.add(f"visit-{visit_id}", VisitConfirmed(visit=visit))
        return visit

    def plan(self, visit_id: str) -> None:
        fact = VisitPlanned(
            visit_id=visit_id,
            organisation_id="O1",
            service="visit",
            menu=("cooking",),
            planned_on=self.at.date(),
            started_at="10:00",
            user=USER,
            helpers=(),
        )
        self.add(f"visit-{visit_id}", fact)

    def correct(self, was: VisitFacts, **changed: Any) -> VisitFacts:
        visit = msgspec.structs.replace(was, **changed)
        self.add(f"visit-{was.visit_id}", VisitCorrected(visit=visit, was=was, reason_ref=REASON_REF))
        return visit

    def void(self, was: VisitFacts) -> None:
        self.add(f"visit-{was.visit_id}", VisitVoided(was=was, reason_ref=REASON_REF))

    def add(self, stream: str, fact: Fact) -> Event:
        time = self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        data = msgspec.json.encode(fact)
        seq = self.head.seq + 1
        event = Event(
            CONTRACT.service,
            self.tenant,
            seq,
            stream,
            1,
            fact.TYPE,
            time,
            "clerk",
            "form:1",
            "trace",
            data,
            self.head.hash,
            b"",
            CONTRACT.decode,
        )
        event.hash = chain_hash(event, event.prevhash)
        self.head = event.head
        self.events.append(event)
        return event
