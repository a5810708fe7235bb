"""Public events of `requests` (依頼・訪問・活動): organisations, people's standing, visits and activities.

People appear under random ids only; names, birth dates, office numbers and free text stay in the vault of `requests`.
Visits and activities carry the facts of their day, so that nobody who decides about them has to ask (decision 10).
"""

from datetime import date
from typing import ClassVar, Literal

from shared.kernel.ages import Ages
from shared.kernel.former_standing import RegisterV1
from shared.kernel.messages import Fact, Former, Part, contract
from shared.kernel.standing import Category, Register

Service = Literal["visit", "day"]
Outcome = Literal["done", "cancelled_before", "cancelled_same_day", "no_show", "not_needed", "stopped"]


class OrganisationDetails(Part, frozen=True):
    """A provider organisation (提供団体). `active_until` is its last active day; None while it goes on."""

    organisation_id: str
    name: str
    services: tuple[Service, ...]
    district_id: str | None
    active_from: date
    active_until: date | None


class UserOnDay(Part, frozen=True):
    """The user of a visit as of its day. `ages` is None when the birth date is not known (erased)."""

    person: str
    category: Category
    ages: Ages | None


class HelperOnDay(Part, frozen=True):
    """A helper of a visit as of its day; `relative` says whether the two are relatives."""

    person: str
    registered: bool
    trained: bool
    relative: bool
    ages: Ages | None


class VisitFacts(Part, frozen=True):
    """One visit with the facts of its day. `started_at` is HH:MM, `visit_id` the office's own number."""

    visit_id: str
    organisation_id: str
    district_id: str | None
    service: Service
    menu: tuple[str, ...]
    served_on: date
    started_at: str
    minutes: int
    outcome: Outcome
    slip_no: str | None
    user: UserOnDay
    helpers: tuple[HelperOnDay, ...]
    agreed_record: bool


class ActivityFacts(Part, frozen=True):
    """One volunteer-point activity with the facts of its day. `activity_id` is the office's own number."""

    activity_id: str
    person: str
    kind: str
    done_on: date
    started_at: str | None
    minutes: int
    group_id: str | None
    venue_id: str | None
    ages: Ages | None


class OrganisationRegistered(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.requests.organisation_registered.v1"

    organisation: OrganisationDetails


class OrganisationCorrected(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.requests.organisation_corrected.v1"

    organisation: OrganisationDetails
    was: OrganisationDetails
    reason_ref: str


class RestatingAdvanced(Fact, frozen=True):
    """Progress of stating the visits of an organisation anew after its district was corrected: `after` is the number
    of the last one done. Those that come behind it follow.
    """

    TYPE: ClassVar[str] = "yui.requests.restating_advanced.v1"

    organisation_id: str
    after: str


class PersonRegisteredV1(Former, frozen=True):
    TYPE: ClassVar[str] = "yui.requests.person_registered.v1"

    person: str
    register: RegisterV1

    def upcast(self) -> "PersonRegistered":
        return PersonRegistered(person=self.person, register=self.register.upcast())


class PersonRegistered(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.requests.person_registered.v2"
    FORMER = (PersonRegisteredV1,)

    person: str
    register: Register


class CareStandingRecordedV1(Former, frozen=True):
    TYPE: ClassVar[str] = "yui.requests.care_standing_recorded.v1"

    person: str
    register: RegisterV1
    was: RegisterV1

    def upcast(self) -> "CareStandingRecorded":
        return CareStandingRecorded(person=self.person, register=self.register.upcast(), was=self.was.upcast())


class CareStandingRecorded(Fact, frozen=True):
    """From a later day on the person's standing is another one; what was before stays."""

    TYPE: ClassVar[str] = "yui.requests.care_standing_recorded.v2"
    FORMER = (CareStandingRecordedV1,)

    person: str
    register: Register
    was: Register


class PersonCorrectedV1(Former, frozen=True):
    TYPE: ClassVar[str] = "yui.requests.person_corrected.v1"

    person: str
    register: RegisterV1
    was: RegisterV1
    reason_ref: str

    def upcast(self) -> "PersonCorrected":
        register, was = self.register.upcast(), self.was.upcast()
        return PersonCorrected(person=self.person, register=register, was=was, reason_ref=self.reason_ref)


class PersonCorrected(Fact, frozen=True):
    """The register (or the vault alone: then `register` is as it was) was wrong and is corrected."""

    TYPE: ClassVar[str] = "yui.requests.person_corrected.v2"
    FORMER = (PersonCorrectedV1,)

    person: str
    register: Register
    was: Register
    reason_ref: str


class CareRecordAgreed(Fact, frozen=True):
    """The care-management result record (結果記録票) was agreed by the user (000, step ⑥)."""

    TYPE: ClassVar[str] = "yui.requests.care_record_agreed.v1"

    person: str
    agreed_on: date


class VisitPlanned(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.requests.visit_planned.v1"

    visit_id: str
    organisation_id: str
    service: Service
    menu: tuple[str, ...]
    planned_on: date
    started_at: str
    user: str
    helpers: tuple[str, ...]


class VisitConfirmed(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.requests.visit_confirmed.v1"

    visit: VisitFacts


class VisitCorrected(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.requests.visit_corrected.v1"

    visit: VisitFacts
    was: VisitFacts
    reason_ref: str


class VisitRestated(Fact, frozen=True):
    """The register was corrected, or an import brought the agreed record: the facts of this visit's day are others."""

    TYPE: ClassVar[str] = "yui.requests.visit_restated.v1"

    visit: VisitFacts
    was: VisitFacts


class VisitVoided(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.requests.visit_voided.v1"

    was: VisitFacts
    reason_ref: str


class ActivityRecorded(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.requests.activity_recorded.v1"

    activity: ActivityFacts


class ActivityCorrected(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.requests.activity_corrected.v1"

    activity: ActivityFacts
    was: ActivityFacts
    reason_ref: str


class ActivityRestated(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.requests.activity_restated.v1"

    activity: ActivityFacts
    was: ActivityFacts


class ActivityVoided(Fact, frozen=True):
    TYPE: ClassVar[str] = "yui.requests.activity_voided.v1"

    was: ActivityFacts
    reason_ref: str


CONTRACT = contract(
    "requests",
    (
        OrganisationRegistered,
        OrganisationCorrected,
        RestatingAdvanced,
        PersonRegistered,
        CareStandingRecorded,
        PersonCorrected,
        CareRecordAgreed,
        VisitPlanned,
        VisitConfirmed,
        VisitCorrected,
        VisitRestated,
        VisitVoided,
        ActivityRecorded,
        ActivityCorrected,
        ActivityRestated,
        ActivityVoided,
    ),
)
