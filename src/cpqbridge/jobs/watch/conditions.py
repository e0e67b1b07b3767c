"""What facts mean: for each thing that people should know of, whether it is so, is not, or cannot be said. Pure.

What has begun only ends when the fact has gone well below the threshold, so that nothing is told back and forth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cpqbridge.settings.alerts import AlertKind, AlertSettings

CALM = 0.5
"""The part of a threshold below which a thing is over."""

CALM_BUDGET = 0.9
"""The same for the budget, which goes down slowly."""


@dataclass(frozen=True, slots=True)
class Down:
    """A system that is taken to be down."""

    system: str
    since: datetime
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Facts:
    """How things stand with one connection.

    Attributes:
        now: The time.
        clear_since: Since when work could go on: no system down, nobody asking for a pause, budget left; None while
            it cannot.
        systems: The systems that there are.
        down: Those of them that are taken to be down.
        oldest_due: Since when the live record that waits longest has been due.
        records: Records that came to an outcome lately.
        troubles: Those of them that failed or are held.
        read_at: When Salesforce was last read for changes; None where it is not to be read.
        budget: Calls of 24 hours that are used, and how many there may be; None without a budget.
        given_up: Records whose outcome could not be written back; None while nothing is written back.
        given_up_because: Why not, of one of them.
        heard: When each stream of events was last heard of.
    """

    now: datetime
    clear_since: datetime | None
    systems: Sequence[str] = ("Salesforce", "Zuora")
    down: Sequence[Down] = ()
    oldest_due: datetime | None = None
    records: int = 0
    troubles: int = 0
    read_at: datetime | None = None
    budget: tuple[int, int] | None = None
    given_up: int | None = None
    given_up_because: str | None = None
    heard: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that people should know of.

    Attributes:
        kind: What it is.
        key: Which of its kind.
        holds: Whether it is so; None where it stays as it was.
        detail: What is known of it, as a JSON document.
    """

    kind: AlertKind
    key: str
    holds: bool | None
    detail: Mapping[str, Any] = field(default_factory=dict)


def judge(facts: Facts, settings: AlertSettings) -> list[Condition]:
    """Return everything that people might have to know of, and whether it is so."""
    return [condition for rule in _RULES for condition in rule(facts, settings)]


def _down(facts: Facts, settings: AlertSettings) -> Iterator[Condition]:
    down = {one.system: one for one in facts.down}
    for system in facts.systems:
        one = down.get(system)
        if one is None:
            yield Condition("upstream_down", system, holds=False)
            continue
        long = facts.now - one.since > timedelta(seconds=settings.down_seconds)
        detail = {"system": system, "since": one.since.isoformat(), "cause": one.cause, "remedy": one.remedy}
        yield Condition("upstream_down", system, True if long else None, detail)


def _budget(facts: Facts, settings: AlertSettings) -> Iterator[Condition]:
    if facts.budget is None:
        return
    used, budget = facts.budget
    detail = {"used": used, "budget": budget}
    exhausted = _holds(used, budget, CALM_BUDGET)
    # what is used up is not told besides as nearly used up, where it came to both at once
    nearly = None if exhausted else _holds(used, settings.budget_share * budget, CALM_BUDGET)
    yield Condition("budget_low", "nearly used up", nearly, detail)
    yield Condition("budget_low", "used up", exhausted, detail)


def _queue(facts: Facts, settings: AlertSettings) -> Iterator[Condition]:
    if facts.clear_since is None:  # why nothing goes on is told already
        yield Condition("queue_age", "live", None)
        return
    waits_since = max(facts.oldest_due or facts.now, facts.clear_since)
    minutes = (facts.now - waits_since) / timedelta(minutes=1)
    yield Condition("queue_age", "live", _holds(minutes, settings.queue_age_minutes), {"minutes": int(minutes)})


def _share(facts: Facts, settings: AlertSettings) -> Iterator[Condition]:
    share = facts.troubles / facts.records if facts.records else 0.0
    holds = _holds(share, settings.failure_share) if facts.records >= settings.failure_least else False
    yield Condition("failure_share", "hour", holds, {"records": facts.records, "troubles": facts.troubles})


def _read(facts: Facts, settings: AlertSettings) -> Iterator[Condition]:
    if facts.read_at is None:
        return
    if facts.clear_since is None:
        yield Condition("not_read", "poll", None)
        return
    minutes = (facts.now - max(facts.read_at, facts.clear_since)) / timedelta(minutes=1)
    holds = _holds(minutes, settings.not_read_minutes)
    yield Condition("not_read", "poll", holds, {"minutes": int(minutes), "read_at": facts.read_at.isoformat()})


def _write_back(facts: Facts, _settings: AlertSettings) -> Iterator[Condition]:
    if facts.given_up is not None:
        detail = {"records": facts.given_up, "message": facts.given_up_because}
        yield Condition("write_back", "given up", facts.given_up > 0, detail)


def _events(facts: Facts, settings: AlertSettings) -> Iterator[Condition]:
    since = facts.clear_since
    if not facts.heard or since is None:
        yield Condition("events_lost", "events", False if not facts.heard else None)
        return
    minutes = {topic: (facts.now - max(at, since)) / timedelta(minutes=1) for topic, at in facts.heard.items()}
    silent = sorted(topic for topic, long in minutes.items() if long >= settings.events_minutes)
    holds = _holds(max(minutes.values()), settings.events_minutes)
    yield Condition("events_lost", "events", holds, {"topics": silent})


_RULES: tuple[Callable[[Facts, AlertSettings], Iterator[Condition]], ...] = (
    _down,
    _budget,
    _queue,
    _share,
    _read,
    _write_back,
    _events,
)


def _holds(value: float, threshold: float, calm: float = CALM) -> bool | None:
    """Return whether a value has reached a threshold; None between that and where it is calm."""
    if value >= threshold:
        return True
    return False if value < threshold * calm else None


@dataclass(frozen=True, slots=True)
class Standing:
    """An incident that goes on, as the database has it."""

    id: int
    kind: str
    key: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changes:
    """What becomes of incidents.

    Attributes:
        begun: Conditions that are new.
        changed: Those that go on, and are known in another detail now.
        ended: Those that are over.
    """

    begun: Sequence[Condition]
    changed: Sequence[Standing]
    ended: Sequence[Standing]


def changes(standing: Sequence[Standing], conditions: Sequence[Condition]) -> Changes:
    """Return what becomes of incidents; one that nothing is said of any more, by other settings, is over."""
    now: dict[tuple[str, str], Condition] = {(one.kind, one.key): one for one in conditions}
    known = {(one.kind, one.key) for one in standing}
    begun = [one for key, one in now.items() if one.holds and key not in known]
    changed, ended = [], []
    for one in standing:
        condition = now.get((one.kind, one.key))
        if condition is None or condition.holds is False:
            ended.append(one)
        elif condition.holds and condition.detail != one.detail:
            changed.append(Standing(one.id, one.kind, one.key, condition.detail))
    return Changes(begun, changed, ended)
