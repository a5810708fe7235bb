"""What never happens is told as 0."""

from prometheus_client import CollectorRegistry

from shared.adapters.metrics import OF_A_CONSUMER, OF_A_DESK, PrometheusObserver


def test_what_a_process_counts_has_a_sample_from_the_beginning() -> None:
    registry = CollectorRegistry()
    observer = PrometheusObserver(registry)
    observer.begin(OF_A_CONSUMER, subscription=["one", "two"])
    observer.begin(OF_A_DESK, service=["three"])
    for name in ("gaps_seen_total", "quarantined_total", "duplicates_skipped_total", "apply_seconds_count"):
        for subscription in ("one", "two"):
            assert registry.get_sample_value(f"yui_{name}", {"subscription": subscription}) == 0
    assert registry.get_sample_value("yui_events_appended_total", {"service": "three"}) == 0
    assert registry.get_sample_value("yui_refusals_total", {"service": "three", "reason": "short"}) is None
