"""Base and start-up amounts follow an organisation's details, the days, and the rules in force."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.billing.commands import AssessOrganisation, ReassessOrganisation
from services.billing.events import Grant, OrganisationGranted
from tests.unit.billing.visits_and_rules import (
    BILLING,
    LABEL,
    BillingLedger,
    details,
    document,
    enact,
    happened,
    ledger,
    today,
    two_versions,
)

REASSESS = ReassessOrganisation("O1")
FIRST_DAY = date(2016, 10, 1)
NOVEMBER = date(2016, 11, 5)


def grant(month: str = "2016-10", *, startup: bool = False, base: bool = True, **changed: Any) -> Grant:
    values: dict[str, Any] = {
        "organisation_id": "O1",
        "service": "visit",
        "month": month,
        "base_yen": 25_000 if base else 0,
        "startup_yen": 200_000 if startup else 0,
        "base_rule": f"{LABEL}#visit.base",
        "startup_rule": f"{LABEL}#visit.startup" if startup else None,
        "engine": 1,
    }
    return Grant(**values | changed)


def amounts(known: BillingLedger) -> dict[tuple[str, str], tuple[int, int]]:
    """(base, start-up) by (service, month)."""
    return {place: (each.base_yen, each.startup_yen) for place, each in sorted(known.grants().items())}


def test_an_organisation_of_visits_has_base_every_month_and_start_up_once() -> None:
    organisation = details(services=("visit",))
    BILLING.given(*happened(today(NOVEMBER))).when(AssessOrganisation(organisation)).then(
        OrganisationGranted(organisation=organisation, through=NOVEMBER, grants=(grant(startup=True), grant("2016-11")))
    )


def test_visits_and_day_service_count_each_for_itself() -> None:
    known = ledger(today(FIRST_DAY), AssessOrganisation(details(services=("visit", "day"))))
    assert amounts(known) == {("day", "2016-10"): (25_000, 200_000), ("visit", "2016-10"): (25_000, 200_000)}
    assert known.grants()["day", "2016-10"].base_rule == f"{LABEL}#day.base"


def test_one_active_day_makes_a_month_of_base() -> None:
    active = details(services=("visit",), active_from=date(2016, 10, 31), active_until=date(2016, 11, 1))
    known = ledger(today(date(2017, 3, 31)), AssessOrganisation(active))
    assert amounts(known) == {("visit", "2016-10"): (25_000, 200_000), ("visit", "2016-11"): (25_000, 0)}


def test_a_month_counts_from_its_first_day_on() -> None:
    known = ledger(today(date(2016, 10, 31)), AssessOrganisation(details(services=("visit",))))
    known.handle(today(date(2016, 11, 1)))
    assert known.decide(REASSESS) == [
        OrganisationGranted(
            organisation=details(services=("visit",)), through=date(2016, 11, 1), grants=(grant("2016-11"),)
        )
    ]
    known.handle(today(date(2016, 11, 2)))
    assert known.decide(REASSESS) == []


def test_an_organisation_that_begins_in_future_gets_nothing_until_the_day_comes() -> None:
    later = details(services=("visit",), active_from=date(2016, 10, 20))
    known = ledger(today(date(2016, 10, 19)), AssessOrganisation(later))
    assert amounts(known) == {}
    known.handle(today(date(2016, 10, 20)), REASSESS)
    assert amounts(known) == {("visit", "2016-10"): (25_000, 200_000)}


def test_before_the_first_day_is_known_nothing_is_granted() -> None:
    organisation = details(services=("visit",))
    BILLING.given(*happened()).when(AssessOrganisation(organisation)).then(
        OrganisationGranted(organisation=organisation, through=date.min, grants=())
    )


def test_without_any_rule_nothing_is_granted() -> None:
    known = BillingLedger().handle(today(NOVEMBER), AssessOrganisation(details()))
    assert amounts(known) == {}


def test_who_was_active_before_the_rule_gets_base_from_its_first_day_and_no_start_up() -> None:
    early = details(services=("visit",), active_from=date(2016, 4, 1))
    known = ledger(today(NOVEMBER), AssessOrganisation(early))
    assert amounts(known) == {("visit", "2016-10"): (25_000, 0), ("visit", "2016-11"): (25_000, 0)}


def test_a_rule_that_begins_in_mid_month_grants_that_month() -> None:
    early = details(services=("visit",), active_from=date(2016, 10, 1))
    known = BillingLedger().handle(enact(document(effective_from="2016-10-20")), today(NOVEMBER))
    known.handle(AssessOrganisation(early))
    assert amounts(known) == {("visit", "2016-10"): (25_000, 0), ("visit", "2016-11"): (25_000, 0)}


def test_who_ended_before_the_rule_began_gets_nothing() -> None:
    ended = details(active_from=date(2016, 4, 1), active_until=date(2016, 9, 30))
    assert amounts(ledger(today(NOVEMBER), AssessOrganisation(ended))) == {}


def test_months_after_the_end_of_the_rules_get_nothing() -> None:
    known = BillingLedger().handle(enact(document(until="2016-10-15")), today(date(2016, 12, 31)))
    known.handle(AssessOrganisation(details(services=("visit",))))
    assert amounts(known) == {("visit", "2016-10"): (25_000, 200_000)}


def test_a_month_with_two_versions_follows_the_first_in_which_the_organisation_was_active() -> None:
    both = two_versions(document(until="2016-10-15"), document(effective_from="2016-10-16", visit__base=30_000))
    known = BillingLedger().handle(enact(both), today(date(2016, 10, 31)))
    known.handle(AssessOrganisation(details(services=("visit",))))
    assert amounts(known) == {("visit", "2016-10"): (25_000, 200_000)}
    known.handle(AssessOrganisation(details(services=("visit",), active_from=date(2016, 10, 16))))
    assert amounts(known) == {("visit", "2016-10"): (30_000, 200_000)}


def test_rules_without_amounts_for_day_service_grant_it_nothing() -> None:
    bare = document()
    del bare["versions"][0]["day.base"]
    del bare["versions"][0]["day.startup"]
    known = BillingLedger().handle(enact(bare), today(NOVEMBER), AssessOrganisation(details(services=("day",))))
    assert amounts(known) == {}


def test_the_same_details_again_change_nothing() -> None:
    known = happened(today(NOVEMBER), AssessOrganisation(details()))
    BILLING.given(*known).when(AssessOrganisation(details())).unchanged()


def test_details_that_move_no_yen_are_recorded() -> None:
    renamed = details(name="木太コミュニティ協議会")
    known = happened(today(NOVEMBER), AssessOrganisation(details()))
    BILLING.given(*known).when(AssessOrganisation(renamed)).then(
        OrganisationGranted(organisation=renamed, through=NOVEMBER, grants=())
    )


def test_a_corrected_beginning_moves_the_start_up_and_takes_back_the_base() -> None:
    known = happened(today(NOVEMBER), AssessOrganisation(details(services=("visit",))))
    moved = details(services=("visit",), active_from=date(2016, 11, 1))
    BILLING.given(*known).when(AssessOrganisation(moved)).then(
        OrganisationGranted(
            organisation=moved,
            through=NOVEMBER,
            grants=(
                grant("2016-10", base=False, startup_rule=f"{LABEL}#visit.startup"),
                grant("2016-11", startup=True),
            ),
        )
    )


def test_a_corrected_end_takes_back_the_months_after_it() -> None:
    known = ledger(today(date(2016, 12, 1)), AssessOrganisation(details(services=("visit",))))
    known.handle(AssessOrganisation(details(services=("visit",), active_until=date(2016, 10, 31))))
    assert amounts(known) == {("visit", "2016-10"): (25_000, 200_000)}


def test_rules_enacted_later_grant_the_past_at_once() -> None:
    known = BillingLedger().handle(today(NOVEMBER), AssessOrganisation(details(services=("visit",))))
    known.handle(enact(), REASSESS)
    assert amounts(known) == {("visit", "2016-10"): (25_000, 200_000), ("visit", "2016-11"): (25_000, 0)}


def test_rules_enacted_backwards_change_what_was_granted() -> None:
    known = ledger(today(NOVEMBER), AssessOrganisation(details(services=("visit",))))
    known.handle(enact(document(rules_id="kaisei", effective_from="2016-11-01", visit__base=30_000)))
    (fact,) = known.decide(REASSESS)
    assert isinstance(fact, OrganisationGranted)
    assert fact.grants == (grant("2016-11", base_yen=30_000, base_rule="kaisei@2016-11-01#visit.base"),)


def test_a_reassessment_decides_to_itself_when_replayed() -> None:
    commands = [today(FIRST_DAY), AssessOrganisation(details()), today(NOVEMBER)]
    after = ledger(*commands, REASSESS).facts
    BILLING.given(*happened(*commands)).when(REASSESS).then(after[-1])


def test_an_organisation_that_never_arrived_is_refused() -> None:
    BILLING.given(*happened(today(NOVEMBER))).when(REASSESS).refused("unknown_organisation")


def test_an_older_state_does_not_see_later_grants() -> None:
    known = ledger(today(FIRST_DAY), AssessOrganisation(details(services=("visit",))))
    before = known.state("organisation-O1")
    known.handle(today(NOVEMBER), REASSESS)
    assert list(before.grants) == [("visit", "2016-10")]


DAYS = st.dates(date(2016, 8, 1), date(2017, 6, 30))


@given(active_from=DAYS, length=st.integers(0, 200) | st.none(), days=st.lists(DAYS, min_size=1), data=st.data())
def test_days_and_details_in_any_order_give_the_same_grants(
    active_from: date, length: int | None, days: list[date], data: st.DataObject
) -> None:
    until = None if length is None else date.fromordinal(active_from.toordinal() + length)
    organisation = AssessOrganisation(details(active_from=active_from, active_until=until))
    other = enact(document(rules_id="kaisei", effective_from="2017-01-01", visit__base=30_000))
    steps = data.draw(st.permutations([organisation, enact(), other, *[today(day) for day in days]]))
    slowly = BillingLedger()
    for step in steps:
        slowly.handle(step)
        if slowly.state("organisation-O1") is not None:
            slowly.handle(REASSESS)
    at_once = BillingLedger().handle(enact(), other, today(max(days)), organisation)
    assert slowly.grants() == at_once.grants()


def test_an_organisation_as_old_as_the_calendar_gets_one_base_for_each_month_with_a_rule() -> None:
    old = details(services=("visit",), active_from=date(1873, 1, 1))
    months = [month for _, month in ledger(today(date(2017, 9, 30)), AssessOrganisation(old)).grants()]
    assert (months[0], months[-1], len(months)) == ("2016-10", "2017-09", 12)
