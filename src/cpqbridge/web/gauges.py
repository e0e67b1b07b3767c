"""Gauges: what stands in the database, and what this process knows at the moment of being asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from cpqbridge.jobs.due import Lane
from cpqbridge.jobs.engine import Engine
from cpqbridge.jobs.feed.events import EventFeed
from cpqbridge.jobs.leader import Leader
from cpqbridge.jobs.limits.upstream import UpstreamState
from cpqbridge.web.standing import Standing

Sample = tuple[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Observed:
    """What gauges are made of.

    Attributes:
        engine: The engine.
        leaders: By connection, whether this process leads; empty for a mere worker.
        feeds: By connection, the events that come in.
    """

    engine: Engine
    leaders: Mapping[str, Leader]
    feeds: Mapping[str, EventFeed]

    def by_lane(self, found: Mapping[tuple[str, Lane], float]) -> Iterator[Sample]:
        """Give what is known by scope and lane, for every connection and lane."""
        for one in self.engine.connections:
            for lane in Lane:
                yield (one.name, lane.name.lower()), found.get((one.scope, lane), 0)

    def jobs(self, standing: Standing, status: str) -> Iterator[Sample]:
        """Give the jobs of each connection."""
        for one in self.engine.connections:
            yield (one.name,), standing.jobs.get((one.queue, status), 0)

    def read(self, standing: Standing) -> Iterator[Sample]:
        """Give since when each object was last read."""
        names = {one.scope: one.name for one in self.engine.connections}
        for (scope, kind), age in standing.read.items():
            if scope in names:
                yield (names[scope], kind), age

    def written_back(self, standing: Standing, place: int) -> Iterator[Sample]:
        """Give what is waiting (0), or given up (1)."""
        for one in self.engine.connections:
            yield (one.name,), standing.write_back.get(one.scope, (0, 0))[place]

    def upstreams(self, value: Callable[[UpstreamState], float | None]) -> Iterator[Sample]:
        """Give a value of each system, where there is one."""
        for state in self.engine.limits.states():
            if (found := value(state)) is not None:
                yield (state.system, state.upstream), found


@dataclass(frozen=True, slots=True)
class Gauge:
    """One metric.

    Attributes:
        name: Its name, without `cpqbridge_`.
        help: What it says.
        labels: The names of its labels.
        samples: Gives its values.
        counter: Whether it only grows.
    """

    name: str
    help: str
    labels: tuple[str, ...]
    samples: Callable[[Observed, Standing], Iterable[Sample]]
    counter: bool = False


ALONE: tuple[str, ...] = ()
CONNECTION = ("connection",)
LANE = ("connection", "lane")
UPSTREAM = ("system", "upstream")

EVENTS = {
    "received": "Events that came in",
    "own": "Events that were echoes of own writes",
    "gaps": "Events in which Salesforce could not say what has changed",
    "unreadable": "Events that could not be read; the poll finds the change",
    "breaks": "Streams of events that ended and were begun again",
    "lost": "Positions in streams that were not known any more; the poll finds the changes",
}
"""What is counted of events."""


def _events(name: str, observed: Observed, _standing: Standing) -> Iterator[Sample]:
    for connection, feed in observed.feeds.items():
        counts = feed.counts
        yield (connection,), counts.events if name == "received" else getattr(counts, name)


PROCESS = (
    Gauge("database_up", "1 while the database answers", ALONE, lambda _, it: [((), it.reachable)]),
    Gauge(
        "database_errors",
        "How often the database has failed",
        ALONE,
        lambda one, _: [((), one.engine.database.errors)],
        counter=True,
    ),
    Gauge(
        "leads",
        "1 where this process polls, listens and writes back for a connection",
        CONNECTION,
        lambda one, _: [((name,), leader.leads) for name, leader in one.leaders.items()],
    ),
    Gauge("calls_running", "Calls on their way", UPSTREAM, lambda one, _: one.upstreams(lambda it: it.running)),
    Gauge("calls_waiting", "Calls waiting for a place", UPSTREAM, lambda one, _: one.upstreams(lambda it: it.waiting)),
    Gauge(
        "calls_at_once",
        "Most calls at once of this process",
        UPSTREAM,
        lambda one, _: one.upstreams(lambda it: it.size),
    ),
    Gauge(
        "paused_seconds",
        "Seconds for which a system asked to be left alone",
        UPSTREAM,
        lambda one, _: one.upstreams(lambda it: it.paused),
    ),
    Gauge(
        "circuit_open",
        "1 while a system is taken to be down",
        UPSTREAM,
        lambda one, _: one.upstreams(lambda it: it.open),
    ),
    Gauge(
        "daily_calls_used",
        "Calls of 24 hours of all cpqbridge processes",
        UPSTREAM,
        lambda one, _: one.upstreams(lambda it: it.budget_used),
    ),
    Gauge(
        "daily_calls_limit",
        "Most calls of 24 hours of all cpqbridge processes",
        UPSTREAM,
        lambda one, _: one.upstreams(lambda it: it.budget),
    ),
    Gauge(
        "org_daily_calls_used",
        "Calls of 24 hours of all the org's clients, as the org says it",
        UPSTREAM,
        lambda one, _: one.upstreams(lambda it: it.daily.used if it.daily else None),
    ),
    Gauge(
        "org_daily_calls_limit",
        "The org's calls of 24 hours, as it says it",
        UPSTREAM,
        lambda one, _: one.upstreams(lambda it: it.daily.limit if it.daily else None),
    ),
    *(Gauge(f"events_{name}", text, CONNECTION, partial(_events, name), counter=True) for name, text in EVENTS.items()),
)
"""What this process knows by itself."""

SHARED = (
    Gauge("processes", "Processes that live on this database", ALONE, lambda _, it: [((), it.processes)]),
    Gauge("clock_skew_seconds", "Seconds that the database's clock is ahead", ALONE, lambda _, it: [((), it.skew)]),
    Gauge("due_records", "Records that are due now", LANE, lambda one, it: one.by_lane(it.due)),
    Gauge(
        "due_oldest_seconds",
        "Seconds for which the oldest record has been due",
        LANE,
        lambda one, it: one.by_lane(it.oldest),
    ),
    Gauge("later_records", "Records that are looked at later", LANE, lambda one, it: one.by_lane(it.later)),
    Gauge("jobs_running", "Accounts that are worked on", CONNECTION, lambda one, it: one.jobs(it, "doing")),
    Gauge("jobs_waiting", "Accounts that wait for a worker", CONNECTION, lambda one, it: one.jobs(it, "todo")),
    Gauge(
        "poll_age_seconds",
        "Seconds since the changes of an object were last read",
        ("connection", "object"),
        lambda one, it: one.read(it),
    ),
    Gauge(
        "write_back_waiting",
        "Records of Salesforce that are still to be written back",
        CONNECTION,
        lambda one, it: one.written_back(it, 0),
    ),
    Gauge(
        "write_back_given_up",
        "Records of Salesforce whose write-back was given up",
        CONNECTION,
        lambda one, it: one.written_back(it, 1),
    ),
)
"""What stands in the database, alike for all processes; absent while it does not answer."""


class Gauges(Collector):
    """Gives all gauges; `standing` is set before each scrape."""

    def __init__(self, observed: Observed) -> None:
        self._observed = observed
        self.standing = Standing(reachable=False)

    def collect(self) -> Iterator[Metric]:
        """Give the gauges, those of the database only while it answers."""
        for gauge in (*PROCESS, *(SHARED if self.standing.reachable else ())):
            family = CounterMetricFamily if gauge.counter else GaugeMetricFamily
            metric = family(f"cpqbridge_{gauge.name}", gauge.help, labels=gauge.labels)
            for labels, value in gauge.samples(self._observed, self.standing):
                metric.add_metric(labels, float(value))
            yield metric
