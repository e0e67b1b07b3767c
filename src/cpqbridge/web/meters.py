"""What one process counts of its own work. Labels are few and never name a record."""

from __future__ import annotations

import platform
from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

import cpqbridge
from cpqbridge.jobs.due import Settled
from cpqbridge.transport.exchange import Exchange

UNTIL_OUTCOME = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600, 14_400, 86_400)
"""Seconds from due to outcome: from a single order to a back-fill."""

CALL = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
"""Seconds of a call; Zuora's gateway gives up after 120."""

LATER = "later"
"""The outcome of a record that has come to none yet and is tried again."""

SIGN_IN = ("/oauth/token", "/services/oauth2/token")
"""Where sessions come from."""


_plain: Callable[[], None] = disable_created_metrics
"""Leaves out a second series for each counter, with the time of its first value."""


class Meters:
    """Counters and histograms of one process, in a registry of their own.

    Attributes:
        registry: All of them.
    """

    def __init__(self) -> None:
        _plain()
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        info = Info("cpqbridge_build", "Which cpqbridge this is", registry=self.registry)
        info.info({"version": cpqbridge.__version__, "python": platform.python_version()})
        self._outcomes = Counter(
            "cpqbridge_outcomes",
            "Records that were due and were looked at; outcome `later` for those that are tried again",
            ("connection", "object", "outcome", "code"),
            registry=self.registry,
        )
        self._until = Histogram(
            "cpqbridge_due_to_outcome_seconds",
            "Seconds from when a record was due to its outcome",
            ("connection", "lane"),
            buckets=UNTIL_OUTCOME,
            registry=self.registry,
        )
        self._calls = Counter(
            "cpqbridge_http_requests",
            "HTTP calls; status `none` for those without an answer",
            ("connection", "system", "class", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "cpqbridge_http_request_seconds",
            "Seconds of HTTP calls",
            ("connection", "system", "class"),
            buckets=CALL,
            registry=self.registry,
        )
        self._retries = Counter(
            "cpqbridge_http_retries",
            "HTTP calls that were repetitions",
            ("connection", "system"),
            registry=self.registry,
        )

    def call(self, connection: str, exchange: Exchange) -> None:
        """Count an HTTP call."""
        kind = call_class(exchange)
        self._calls.labels(connection, exchange.system, kind, str(exchange.status or "none")).inc()
        self._seconds.labels(connection, exchange.system, kind).observe(exchange.elapsed)
        if exchange.attempt > 1:
            self._retries.labels(connection, exchange.system).inc()

    def settled(self, connection: str, settled: Settled, seconds: float) -> None:
        """Count what became of a record that was due."""
        wanted = settled.due.wanted
        outcome = settled.outcome.value if settled.outcome else LATER
        self._outcomes.labels(connection, wanted.object, outcome, settled.code or "").inc()
        if settled.outcome is not None:
            self._until.labels(connection, wanted.lane.name.lower()).observe(max(0.0, seconds))


def call_class(exchange: Exchange) -> str:
    """Return what kind of call it was: `sign-in`, `read` or `write`."""
    if exchange.path.endswith(SIGN_IN):
        return "sign-in"
    return "read" if exchange.reads else "write"
