"""What `/metrics` tells Prometheus."""

import prometheus_client as prometheus
from starlette.responses import Response

__all__ = ["Measures"]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64)


class Measures:
    """Counters of one server.

    Args:
        paths: Those that are told apart; all others are one, `"other"`, whatever strangers think up.
    """

    def __init__(self, paths: frozenset[str]):
        self._paths = paths
        self._registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=self._registry)  # memory, time of the processor, open files
        self._requests = prometheus.Counter(
            "kgan_requests",
            "Requests by path and status; 499: who asked did not wait.",
            ["path", "status"],
            registry=self._registry,
        )
        self._seconds = prometheus.Histogram(
            "kgan_request_seconds",
            "From a request to the end of its answer.",
            ["path"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._rows = prometheus.Histogram(
            "kgan_run_rows",
            "Samples, or tiles of pictures, that went through the network in one run.",
            buckets=_ROWS,
            registry=self._registry,
        )
        self.inside = prometheus.Gauge(
            "kgan_requests_inside", "Requests that are waiting or at work.", registry=self._registry
        )

    def request(self, path: str, status: int, seconds: float) -> None:
        """Counts a request."""
        path = path if path in self._paths else "other"
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def run(self, rows: int) -> None:
        """Counts a run of the network."""
        self._rows.observe(rows)

    def response(self) -> Response:
        """The answer to `GET /metrics`."""
        return Response(prometheus.generate_latest(self._registry), media_type=prometheus.CONTENT_TYPE_LATEST)
