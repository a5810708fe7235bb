"""Every measure runs, on a few visits, and gives figures of both sides. What they are worth only `make bench` says."""

from benchmarks import auditing, fairness, handling, live_page, memory, whole_path
from benchmarks.ratios import Ratio
from benchmarks.worlds import TAKAMATSU, settle_in, take_visits_in_turn, tenant_codes, world
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
    assert has_figures(whole_path.measure_tenants(VISITS, 4))


def test_verify_and_replay_are_compared_with_reading_the_same_rows() -> None:
    assert all(has_figures(ratio) for ratio in auditing.measure(VISITS))


def test_a_write_is_timed_beside_an_import() -> None:
    assert has_figures(fairness.measure(VISITS))


def test_a_visit_is_timed_to_the_live_page() -> None:
    assert has_figures(live_page.measure(3))


def test_a_long_import_tells_its_memory_and_the_cost_of_its_first_and_last_stretch() -> None:
    figures = memory.run(VISITS)

    assert set(figures) == {"first_us", "last_us", "peak_mb"}
    assert min(figures.values()) > 0


def test_codes_of_municipalities_are_valid_and_all_different() -> None:
    codes = tenant_codes(100)

    assert codes[0] == TAKAMATSU
    assert len({check_tenant_code(code) for code in codes}) == 100


def test_visits_of_several_municipalities_are_taken_in_turn() -> None:
    with world() as session:
        files = settle_in(session, tenant_codes(3), 3 * VISITS)
        take_visits_in_turn(session, files)
        parked = session.system.settle([code for code, _ in files])
        events = session.system.store("requests").read
        recorded = [[event.type for event in events(code, 0, 1_000)].count(VisitConfirmed.TYPE) for code, _ in files]

    assert parked == []
    assert recorded == [VISITS] * 3
