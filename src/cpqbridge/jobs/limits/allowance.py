"""The arithmetic of the daily budget: how many calls may be taken now, and otherwise when.

Calls are counted by the hour in which they were taken. An hour counts until its last call is a day old and a little
more, so that calls of any 24 hours together stay within the budget, wherever those begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cpqbridge.settings.limits import SalesforceLimits
from cpqbridge.transport.lanes import LIVE

HOUR = timedelta(hours=1)

COUNTED = timedelta(hours=25, minutes=5)
"""How long an hour's calls count, from its beginning: its last call is a day old then, and clocks may differ."""

SMALLEST_ALLOCATION = 1_000
"""Calls of 24 hours that every org has at least: what is gone by until the org has told its own number."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Calls taken in one hour; `allocation` is the org's number as it was told then."""

    hour: datetime
    calls: int
    allocation: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a request for calls was given.

    Attributes:
        calls: How many may be made; 0 when the budget is used up.
        seconds: For how long they may be made; with 0 calls, after how long there are some again.
        used: Calls that count now, with these.
        budget: Most calls in 24 hours.
    """

    calls: int
    seconds: float
    used: int
    budget: int


def hour_of(now: datetime) -> datetime:
    """Return the beginning of the hour, in UTC."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def budget_of(limits: SalesforceLimits, allocation: int | None, lane: int = LIVE) -> int:
    """Return the most calls of 24 hours after which a lane waits."""
    whole = limits.daily_calls
    if whole is None:
        whole = int((allocation or SMALLEST_ALLOCATION) * limits.daily_share)
    return whole if lane == LIVE else int(whole * limits.backfill_share)


def last_allocation(taken: Sequence[Taken]) -> int | None:
    """Return the org's number that was told last."""
    told = [one for one in taken if one.allocation is not None]
    return max(told, key=lambda one: one.hour).allocation if told else None


def grant(taken: Sequence[Taken], now: datetime, budget: int, wanted: int) -> Grant:
    """Decide on a request for calls; towards the end of the budget parcels grow small, so that all get some.

    Args:
        taken: What was taken, by the hour; older hours do no harm.
        now: The time.
        budget: Most calls in 24 hours.
        wanted: Calls asked for.
    """
    counted = sorted((one for one in taken if one.hour > now - COUNTED and one.calls), key=lambda one: one.hour)
    used = sum(one.calls for one in counted)
    left = budget - used
    if left <= 0:
        return Grant(0, _until_free(counted, now, 1 - left), used, budget)
    calls = min(wanted, left, max(1, left // 4))
    return Grant(calls, (hour_of(now) + HOUR - now).total_seconds(), used + calls, budget)


def _until_free(counted: Sequence[Taken], now: datetime, needed: int) -> float:
    """Return the seconds until so many calls no longer count."""
    freed = 0
    for one in counted:
        freed += one.calls
        if freed >= needed:
            return (one.hour + COUNTED - now).total_seconds()
    return COUNTED.total_seconds()
