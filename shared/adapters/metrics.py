"""What the loops tell of themselves, and how far they are behind, for Prometheus."""

import logging
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.flow.lags import Lag
from shared.flow.ports import Unavailable

log = logging.getLogger("yui.metrics")

COUNTERS = {
    "events_appended": ("Events recorded", "service"),
    "refusals": ("Commands refused", "service", "reason"),
    "gaps_seen": ("Gaps found in what arrived from a ledger", "subscription"),
    "gaps_healed": ("Gaps closed by what the source's ledger says", "subscription"),
    "duplicates_skipped": ("Events that had been seen before", "subscription"),
    "parked": ("Tenants set aside", "subscription"),
    "quarantined": ("Messages that were no events", "subscription"),
    "live_events": ("Events taken into the live windows, also when they are read again", "service"),
    "invariant_violations": ("Invariants found not to hold", "service", "invariant"),
}
GAUGES = {
    "live_lag_events": ("Events that the live windows have not come to", "service"),
    "chain_verified_seq": ("Events whose chain has been verified, of all tenants", "service"),
    "chain_verified_timestamp_seconds": ("When all chains were last verified to their heads", "service"),
}
OF_A_DESK = ("events_appended", "handle_seconds")
OF_A_CONSUMER = (
    "gaps_seen", "gaps_healed", "duplicates_skipped", "parked", "quarantined", "batch_size", "apply_seconds",
)  # fmt: skip
SHORT_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1)
HISTOGRAMS = {
    "batch_size": ("Events applied in one transaction", "subscription", (1, 5, 20, 50, 100, 200, 500, 1_000, 2_000)),
    "apply_seconds": ("Seconds for one transaction of a consumer", "subscription", SHORT_SECONDS),
    "handle_seconds": ("Seconds for one transaction of commands", "service", SHORT_SECONDS),
}
LAGS = {
    "relay": ("service", "past the relay's checkpoint"),
    "consumer": ("subscription", "that the subscription has not come to; parked tenants do not count"),
}
PARKED = "parked_tenants"
LEDGER = "ledger_events"
"""Also what commands recorded, whose own counters end with them."""


def names() -> set[str]:
    """Every metric as Prometheus knows it; of a histogram the name without `_bucket`, `_sum`, `_count`."""
    counters = {f"yui_{name}_total" for name in COUNTERS}
    lags = {f"yui_{kind}_lag_{unit}" for kind in LAGS for unit in ("events", "seconds")}
    return counters | lags | {f"yui_{name}" for name in (*GAUGES, *HISTOGRAMS, PARKED)} | {f"yui_{LEDGER}_total"}


class PrometheusObserver:
    """See `shared.flow.ports.Observer`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counters = {
            name: Counter(f"yui_{name}", text, labels, registry=registry) for name, (text, *labels) in COUNTERS.items()
        }
        self._gauges = {
            name: Gauge(f"yui_{name}", text, labels, registry=registry) for name, (text, *labels) in GAUGES.items()
        }
        self._histograms = {
            name: Histogram(f"yui_{name}", text, [label], registry=registry, buckets=buckets)
            for name, (text, label, buckets) in HISTOGRAMS.items()
        }

    def begin(self, metrics: Iterable[str], **labels: Iterable[str]) -> None:
        """Tell 0 of these from now on, for every value of their one label: what never happens has a sample, too."""
        ((label, values),) = labels.items()
        for name in metrics:
            family = self._counters.get(name) or self._histograms[name]
            for value in values:
                family.labels(**{label: value})

    def count(self, name: str, amount: int = 1, **labels: str) -> None:
        self._counters[name].labels(**labels).inc(amount)

    def observe(self, name: str, value: float, **labels: str) -> None:
        self._histograms[name].labels(**labels).observe(value)

    def set(self, name: str, value: float, **labels: str) -> None:
        self._gauges[name].labels(**labels).set(value)


class LagCollector(Collector):
    """Asks how far everything is behind when Prometheus asks."""

    def __init__(self, lags: Callable[[], Iterable[Lag]], parked: Callable[[], dict[str, int]]) -> None:
        self._lags = lags
        self._parked = parked

    def describe(self) -> Iterator[Metric]:
        """Nothing is asked before somebody wants to know."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Nothing while a store is away: the other metrics are told all the same."""
        try:
            yield from list(self._families())
        except Unavailable as error:
            log.warning("lags are not known: %s", error)

    def _families(self) -> Iterator[Metric]:
        families = {
            (kind, unit): GaugeMetricFamily(f"yui_{kind}_lag_{unit}", f"{unit.title()} {text}", labels=[label])
            for kind, (label, text) in LAGS.items()
            for unit in ("events", "seconds")
        }
        ledger = CounterMetricFamily(f"yui_{LEDGER}", "Events in the ledger, of all tenants", labels=["service"])
        for lag in self._lags():
            if lag.kind == "relay":
                ledger.add_metric([lag.name], lag.total)
            families[lag.kind, "events"].add_metric([lag.name], lag.events)
            families[lag.kind, "seconds"].add_metric([lag.name], lag.seconds)
        yield from families.values()
        yield ledger
        parked = GaugeMetricFamily(
            f"yui_{PARKED}", "Tenants that a subscription has set aside", labels=["subscription"]
        )
        for name, count in self._parked().items():
            parked.add_metric([name], count)
        yield parked
