"""Every measure runs, on a few visits, and gives figures of both sides. What they are worth only `make bench` says."""

import pytest

from benchmarks import auditing, fairness, handling, live_page, memory, municipalities, whole_path
from benchmarks.ratios import Ratio
from benchmarks.worlds import TAKAMATSU, settle_in, take_requests, tenant_codes, visits_in_turn, world
from shared.kernel.contracts.requests import VisitConfirmed
from shared.kernel.tenants import check_tenant_code

VISITS = 40


def has_figures(ratio: Ratio) -> bool:
    return ratio.ours > 0 and ratio.theirs > 0


def test_handling_compares_batches_with_single_commands() -> None:
    assert has_figures(handling.measure(VISITS))


def test_the_whole_path_is_compared_with_the_rows_it_has_written() -> None:
    assert has_figures(whole_path.measure(VISITS))


def test_many_municipalities_are_compared_with_one() -> None:
    assert has_figures(municipalities.measure(2 * VISITS, 4))


def test_what_cannot_be_taken_in_equal_rounds_is_not_measured() -> None:
    with pytest.raises(ValueError, match="42 cannot be taken in 16 equal parts"):
        municipalities.measure(42, 4)
    with pytest.raises(ValueError, match="2 cannot be taken in 4 equal parts"):
        memory.measure(2)


def test_verify_and_replay_are_compared_with_reading_the_same_rows() -> None:
    assert all(has_figures(ratio) for ratio in auditing.measure(VISITS))


def test_a_write_is_timed_beside_an_import() -> None:
    assert has_figures(fairness.measure(VISITS))


def test_a_visit_is_timed_to_the_live_page() -> None:
    assert has_figures(live_page.measure(3))


def test_a_long_import_tells_its_memory_and_the_cost_of_its_first_and_last_stretch() -> None:
    assert all(has_figures(ratio) for ratio in memory.measure(VISITS))


def test_codes_of_municipalities_are_valid_and_all_different() -> None:
    codes = tenant_codes(100)

    assert codes[0] == TAKAMATSU
    assert len({check_tenant_code(code) for code in codes}) == 100


def test_visits_of_several_municipalities_are_taken_in_turn() -> None:
    with world() as session:
        files = settle_in(session, tenant_codes(3), 3 * VISITS)
        take_requests(session, visits_in_turn(files))
        parked = session.system.settle([code for code, _ in files])
        events = session.system.store("requests").read
        recorded = [[event.type for event in events(code, 0, 1_000)].count(VisitConfirmed.TYPE) for code, _ in files]

    assert parked == []
    assert recorded == [VISITS] * 3
