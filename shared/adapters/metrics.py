"""Counters and histograms of the loops, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Histogram

COUNTERS = {
    "gaps_seen": "Events that were found missing",
    "gaps_healed": "Events fetched from the source's ledger",
    "duplicates_skipped": "Events that had been seen before",
    "parked": "Tenants set aside",
    "quarantined": "Messages that were no events",
}
HISTOGRAMS = {
    "batch_size": ("Events applied in one transaction", (1, 5, 20, 50, 100, 200, 500)),
    "apply_seconds": ("Seconds for one transaction of a consumer", (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)),
}


class PrometheusObserver:
    """See `shared.flow.ports.Observer`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counters = {
            name: Counter(f"yui_{name}", text, ["subscription"], registry=registry) for name, text in COUNTERS.items()
        }
        self._histograms = {
            name: Histogram(f"yui_{name}", text, ["subscription"], registry=registry, buckets=buckets)
            for name, (text, buckets) in HISTOGRAMS.items()
        }

    def count(self, name: str, amount: int = 1, **labels: str) -> None:
        self._counters[name].labels(**labels).inc(amount)

    def observe(self, name: str, value: float, **labels: str) -> None:
        self._histograms[name].labels(**labels).observe(value)
