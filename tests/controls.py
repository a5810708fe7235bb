"""Example values: municipalities, organisations, people, visits, activities — as rows, as commands, as facts."""

from datetime import date
from typing import Any, Final

from msgspec.structs import replace

from services.requests.commands import RecordActivity, RecordVisit, RegisterOrganisation, RegisterPerson, Someone
from services.requests.events import (
    ActivityFacts,
    ActivityRecorded,
    HelperOnDay,
    OrganisationDetails,
    OrganisationRegistered,
    PersonRegistered,
    UserOnDay,
    VisitConfirmed,
    VisitFacts,
)
from shared.kernel.ages import Ages, ages_on
from shared.kernel.kinds import ActivityRow, OrganisationRow, PersonRow, VisitRow
from shared.kernel.standing import Period, Register

TAKAMATSU: Final = "372013"
MATSUDO: Final = "122076"
MUSASHINO: Final = "132039"
KOSAKA: Final = "053031"
TENANTS: Final = (TAKAMATSU, MATSUDO, MUSASHINO, KOSAKA)

TODAY: Final = date(2016, 11, 1)
SERVED_ON: Final = date(2016, 10, 3)
USER_BORN: Final = date(1936, 5, 1)
HELPER_BORN: Final = date(1950, 2, 1)
REASON_REF: Final = "0192a000-0000-7000-8000-00000000000r"

# ------------------------------------------------------------------------------------------ rows of an office's files

ORGANISATION_ROW: Final = OrganisationRow(
    organisation_id="O1",
    name="太田コミュニティ協議会",
    services=("visit", "day"),
    district_id="D1",
    active_from=date(2016, 10, 1),
    active_until=None,
)
USER_ROW: Final = PersonRow(
    person_id="U1",
    roles=("user",),
    name="高松 花子",
    kana="タカマツ ハナコ",
    birth_date=USER_BORN,
    postal_code="760-0000",
    address="高松市",
    phone="087-000-0000",
    district_id="D2",
    care_level="support1",
    care_from=date(2016, 4, 1),
    care_until=None,
    registered_on=None,
    trained_on=None,
    relatives=(),
)
HELPER_ROW: Final = PersonRow(
    person_id="H1",
    roles=("helper",),
    name="讃岐 太郎",
    kana=None,
    birth_date=HELPER_BORN,
    postal_code=None,
    address=None,
    phone=None,
    district_id=None,
    care_level=None,
    care_from=None,
    care_until=None,
    registered_on=date(2016, 9, 1),
    trained_on=date(2016, 9, 20),
    relatives=(),
)
VISIT_ROW: Final = VisitRow(
    visit_id="V1",
    organisation_id="O1",
    user_id="U1",
    helper_ids=("H1",),
    service="visit",
    menu=("cooking",),
    served_on=SERVED_ON,
    started_at="10:00",
    minutes=60,
    outcome="done",
    slip_no="S1",
)
ACTIVITY_ROW: Final = ActivityRow(
    activity_id="A1",
    person_id="H1",
    kind="salon",
    done_on=SERVED_ON,
    started_at="13:00",
    minutes=90,
    group_id=None,
    venue_id="K1",
)

# ------------------------------------------------------------------------------------------ facts

USER: Final = "0192a000-0000-7000-8000-0000000000a1"
HELPER: Final = "0192a000-0000-7000-8000-0000000000b1"

ORGANISATION: Final = OrganisationDetails(
    organisation_id="O1",
    name="太田コミュニティ協議会",
    services=("visit", "day"),
    district_id="D1",
    active_from=date(2016, 10, 1),
    active_until=None,
)
SUPPORT1: Final = Period(
    care_level="support1", care_from=date(2016, 4, 1), care_until=None, district_id="D2", relatives=()
)
NO_CARE: Final = Period(care_level="none", care_from=None, care_until=None, district_id=None, relatives=())
USER_REGISTER: Final = Register(roles=("user",), registered_on=None, trained_on=None, periods=(SUPPORT1,))
HELPER_REGISTER: Final = Register(
    roles=("helper",), registered_on=date(2016, 9, 1), trained_on=date(2016, 9, 20), periods=(NO_CARE,)
)
USER_AGES: Final = ages_on(USER_BORN, SERVED_ON)
HELPER_AGES: Final = ages_on(HELPER_BORN, SERVED_ON)
VISIT: Final = VisitFacts(
    visit_id="V1",
    organisation_id="O1",
    district_id="D2",
    service="visit",
    menu=("cooking",),
    served_on=SERVED_ON,
    started_at="10:00",
    minutes=60,
    outcome="done",
    slip_no="S1",
    user=UserOnDay(person=USER, category="support1", ages=USER_AGES),
    helpers=(HelperOnDay(person=HELPER, registered=True, trained=True, relative=False, ages=HELPER_AGES),),
    agreed_record=True,
)
ACTIVITY: Final = ActivityFacts(
    activity_id="A1",
    person=HELPER,
    kind="salon",
    done_on=SERVED_ON,
    started_at="13:00",
    minutes=90,
    group_id=None,
    venue_id="K1",
    ages=HELPER_AGES,
)

ORGANISATION_KNOWN: Final = OrganisationRegistered(organisation=ORGANISATION)
USER_KNOWN: Final = PersonRegistered(person=USER, register=USER_REGISTER)
HELPER_KNOWN: Final = PersonRegistered(person=HELPER, register=HELPER_REGISTER)
VISIT_CONFIRMED: Final = VisitConfirmed(visit=VISIT)
ACTIVITY_RECORDED: Final = ActivityRecorded(activity=ACTIVITY)


def visit_facts(**changed: Any) -> VisitFacts:
    return replace(VISIT, **changed)


def activity_facts(**changed: Any) -> ActivityFacts:
    return replace(ACTIVITY, **changed)


# ------------------------------------------------------------------------------------------ commands


def the_user(day: date = SERVED_ON, person: str = USER) -> Someone:
    return Someone("U1", person, ages_on(USER_BORN, day), dated=True)


def the_helper(day: date = SERVED_ON, person: str = HELPER) -> Someone:
    return Someone("H1", person, ages_on(HELPER_BORN, day), dated=True)


def nobody(office_id: str) -> Someone:
    return Someone(office_id, "")


def register_organisation(**changed: Any) -> RegisterOrganisation:
    """The command that makes ORGANISATION_KNOWN, or another one."""
    values: dict[str, Any] = {
        "organisation_id": "O1",
        "name": "太田コミュニティ協議会",
        "services": ("visit", "day"),
        "district_id": "D1",
        "active_from": date(2016, 10, 1),
        "active_until": None,
        "correction": None,
    }
    return RegisterOrganisation(**values | changed)


def register_person(**changed: Any) -> RegisterPerson:
    """The command that makes USER_KNOWN, or another one."""
    values: dict[str, Any] = {
        "person": USER,
        "roles": ("user",),
        "registered_on": None,
        "trained_on": None,
        "period": SUPPORT1,
        "row_known": False,
        "row_equal": False,
        "unborn": False,
        "correction": None,
    }
    return RegisterPerson(**values | changed)


def record_visit(**changed: Any) -> RecordVisit:
    """The command that makes VISIT_CONFIRMED, or another one."""
    values: dict[str, Any] = {
        "visit_id": "V1",
        "organisation_id": "O1",
        "service": "visit",
        "menu": ("cooking",),
        "served_on": SERVED_ON,
        "started_at": "10:00",
        "minutes": 60,
        "outcome": "done",
        "slip_no": "S1",
        "user": the_user(),
        "helpers": (the_helper(),),
        "today": TODAY,
        "brings_agreed_record": True,
        "correction": None,
    }
    return RecordVisit(**values | changed)


def record_activity(**changed: Any) -> RecordActivity:
    """The command that makes ACTIVITY_RECORDED, or another one."""
    values: dict[str, Any] = {
        "activity_id": "A1",
        "person": the_helper(),
        "kind": "salon",
        "done_on": SERVED_ON,
        "started_at": "13:00",
        "minutes": 90,
        "group_id": None,
        "venue_id": "K1",
        "today": TODAY,
        "correction": None,
    }
    return RecordActivity(**values | changed)


def older(ages: Ages, years: int) -> Ages:
    return Ages(**{name: getattr(ages, name) + years for name in ages.__struct_fields__})
