"""Calls taken from the daily budget of an org, by all processes together, through crashes and restarts.

A process takes calls in parcels and gives nothing back: what a crash or the end of an hour leaves over is lost, so that
never more calls are made than were counted. The first parcel is one call, later ones grow.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from cpqbridge.errors import RetryLater, lasting
from cpqbridge.history.database import Database
from cpqbridge.jobs.limits import statements
from cpqbridge.jobs.limits.allowance import COUNTED, Grant, Taken, budget_of, grant, hour_of, last_allocation
from cpqbridge.settings.limits import SalesforceLimits
from cpqbridge.transport.lanes import LIVE
from cpqbridge.transport.limiter import DailyUse

LARGEST_PARCEL = 25

KEPT = timedelta(days=14)
"""How long the hours are kept."""

ASK_AGAIN = 30.0
"""Most seconds for which a budget that is used up is not asked again."""

LOOK_AGAIN = 600.0
"""Seconds after which one call looks whether others have left the org's calls alone."""

GOES_ON = "The service goes on by itself then; run any other command again then."
"""What comes after a wait, for people."""


@dataclass
class _Pot:
    """Calls in hand for one lane."""

    calls: int = 0
    until: float = 0.0
    parcel: int = 1
    refused: Grant | None = None
    refused_at: float = 0.0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Budget:
    """The daily budget of one org as one process draws on it.

    Args:
        database: Where the calls are counted.
        upstream: The org's name there.
        limits: How many calls there may be.
        monotonic: Seconds that never go back.
        now: The time of day; None takes the database's, which is the same for all processes.
    """

    def __init__(
        self,
        database: Database,
        upstream: str,
        limits: SalesforceLimits,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._database = database
        self._upstream = upstream
        self._limits = limits
        self._monotonic = monotonic
        self._now = now
        self._pots = {True: _Pot(), False: _Pot()}
        self._daily: DailyUse | None = None
        self._told_at = 0.0
        self._tidied = False
        self.last: Grant | None = None

    def tell(self, daily: DailyUse) -> None:
        """Learn what the org says of all its clients' calls."""
        self._daily, self._told_at = daily, self._monotonic()

    async def take(self, lane: int) -> None:
        """Take one call.

        Raises:
            RetryLater: CPQ-110, the budget is used up, with the seconds until there are calls again; CPQ-101, the
                database has gone away.
        """
        self._leave_others_theirs()
        live = lane == LIVE
        pot = self._pots[live]
        if self._draw(pot) or (live and self._draw(self._pots[False])):
            return
        async with pot.turn:
            if not self._draw(pot):
                await self._fill(pot, lane)
                pot.calls -= 1

    async def read(self) -> Grant:
        """Return how many calls count now and how many there may be, without taking one."""

        def work(connection: Connection) -> Grant:
            now = self._now() if self._now else connection.scalar(statements.NOW)
            taken = read_calls(connection, self._upstream, now)
            return grant(taken, now, self._size(taken, LIVE), 0)

        self.last = await self._database.run(work)
        return self.last

    def refusal(self, lane: int) -> RetryLater | None:
        """Return why a lane would get no call, as far as is known without asking; None when it may get one."""
        return self._refused(self._pots[lane == LIVE], lane) or self._others_need()

    def _refused(self, pot: _Pot, lane: int) -> RetryLater | None:
        since = self._monotonic() - pot.refused_at
        if pot.refused is None or since >= min(pot.refused.seconds, ASK_AGAIN):
            return None
        return _used_up(pot.refused, lane, since)

    def _draw(self, pot: _Pot) -> bool:
        if pot.calls > 0 and self._monotonic() < pot.until:
            pot.calls -= 1
            return True
        return False

    async def _fill(self, pot: _Pot, lane: int) -> None:
        refused = self._refused(pot, lane)
        if refused is not None:
            raise refused
        began = self._monotonic()
        given = await self._database.run(lambda connection: self._take(connection, pot.parcel, lane))
        self.last = given
        if not given.calls:
            pot.refused, pot.refused_at = given, began
            raise _used_up(given, lane)
        pot.calls, pot.until, pot.refused = given.calls, began + given.seconds, None
        pot.parcel = min(2 * pot.parcel, LARGEST_PARCEL)

    def _take(self, connection: Connection, wanted: int, lane: int) -> Grant:
        settled = connection.execution_options(isolation_level="READ COMMITTED")
        with settled.begin():
            locked = settled.execute(statements.LOCK_CALLS, {"upstream": self._upstream}).one()
            now = self._now() if self._now else locked.now
            told = self._daily.limit if self._daily else None
            taken = read_calls(settled, self._upstream, now)
            given = grant(taken, now, self._size(taken, lane), wanted)
            if given.calls:
                row = {"upstream": self._upstream, "hour": hour_of(now), "calls": given.calls, "allocation": told}
                settled.execute(statements.ADD_CALLS, row)
            if not self._tidied:
                settled.execute(statements.FORGET_CALLS, {"upstream": self._upstream, "before": now - KEPT})
                self._tidied = True
        return given

    def _size(self, taken: Sequence[Taken], lane: int) -> int:
        told = self._daily.limit if self._daily else None
        return budget_of(self._limits, told or last_allocation(taken), lane)

    def _leave_others_theirs(self) -> None:
        """Refuse while the org has too little left; now and then one call looks whether that is still so."""
        refused = self._others_need()
        if refused is not None:
            raise refused
        if self._daily is not None and self._short(self._daily):
            self._told_at = self._monotonic()

    def _others_need(self) -> RetryLater | None:
        daily = self._daily
        left = self._told_at + LOOK_AGAIN - self._monotonic()
        if daily is None or not self._short(daily) or left <= 0:
            return None
        message = (
            f"The org has {max(0, daily.limit - daily.used):,} of its {daily.limit:,} calls of 24 hours left, "
            "which are kept for its other clients"
        )
        remedy = f"Wait: in {lasting(left)} it is looked whether they have left more. {GOES_ON}"
        return RetryLater("CPQ-110", message, retry_after=left, field="limits.salesforce.keep_free", remedy=remedy)

    def _short(self, daily: DailyUse) -> bool:
        return daily.limit - daily.used <= daily.limit * self._limits.keep_free


def read_calls(connection: Connection, upstream: str, now: datetime) -> list[Taken]:
    """Return the calls that count now, by the hour."""
    rows = connection.execute(statements.CALLS, {"upstream": upstream, "since": now - COUNTED})
    return [Taken(row.hour, row.calls, row.allocation) for row in rows]


def _used_up(given: Grant, lane: int, since: float = 0) -> RetryLater:
    whose = "" if lane == LIVE else " for back-fills"
    message = f"The budget of {given.budget:,} Salesforce calls in 24 hours{whose} is used up ({given.used:,} made)"
    left = given.seconds - since
    remedy = f"Wait: there are calls again in {lasting(left)}; or raise the budget. {GOES_ON}"
    return RetryLater("CPQ-110", message, retry_after=left, field="limits.salesforce", remedy=remedy)
