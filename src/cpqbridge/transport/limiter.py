"""How many calls run at once, who goes first, and pauses for which a system has asked."""

from __future__ import annotations

import asyncio
import math
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cpqbridge.errors import RetryLater
from cpqbridge.transport.clock import Clock
from cpqbridge.transport.lanes import LANE, LIVE

PAUSE_WITHOUT_WORD = 2.0
"""Seconds of the first pause when a limit was hit and the system did not say for how long; each further one doubles."""

LONGEST_WITHOUT_WORD = 60.0
"""Most seconds of such a pause."""

LONGEST_ASKED = 3600.0
"""Most seconds for which a system is left alone, or a record, whatever was asked for: then one call looks again.

A limit may be raised at any time, and a gateway may name an absurd time: neither shall stop all work for days.
"""

LIVE_SECONDS = 5.0
"""How long after the last live call back-fill still leaves places free."""


@dataclass(frozen=True, slots=True)
class Sizing:
    """How many calls may run at once.

    Attributes:
        most: Calls at once, whatever the system would take.
        share: Part of the system's concurrency limits that is taken; the rest is left to others.
        reserve: Part of the places that back-fill leaves free while there is live work.
    """

    most: int
    share: float = 1
    reserve: float = 0


@dataclass(frozen=True, slots=True)
class DailyUse:
    """Calls of the last 24 hours, from all clients of the system, and how many there may be."""

    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class _Told:
    limit: int
    others: int


@dataclass(frozen=True, slots=True)
class _Turn:
    number: int
    admitted: asyncio.Future[None]


class Limiter:
    """A semaphore for each class of calls, whose sizes follow what the system says is left, and that can be shut.

    Args:
        system: Name for errors.
        sizing: How many calls may run at once.
        kinds: The classes in which the system counts calls, with the limits by its manual: until it tells its own,
            others are taken to use half of them. A class that it tells beside these holds for all calls together.
        longest_wait: Seconds of pause that callers sit out; for more they get an error at once.
        grows: Whether a pause of a given length is a guess and doubles with each refusal that follows it.
        clock: Time.

    Attributes:
        on_pause: Told of each pause that the system asked for, in seconds.
        daily: Calls of the last 24 hours, when the system tells them.
        on_daily: Told of them.
    """

    def __init__(
        self,
        system: str,
        sizing: Sizing,
        *,
        longest_wait: float,
        clock: Clock,
        kinds: Mapping[str, int] | None = None,
        grows: bool = False,
    ) -> None:
        self._system = system
        self._sizing = sizing
        self._longest_wait = longest_wait
        self._grows = grows
        self._clock = clock
        self._kinds = frozenset(kinds or ())
        self._told = {kind: _Told(limit, limit // 2) for kind, limit in (kinds or {}).items()}
        self._processes = 1
        self._running: Counter[str] = Counter()
        self._open_at = 0.0
        self._refusals = 0
        self._live_at = -math.inf
        self._turns = 0
        self._waiting: dict[tuple[int, str], deque[_Turn]] = {}
        self.on_pause: Callable[[float], None] | None = None
        self.daily: DailyUse | None = None
        self.on_daily: Callable[[DailyUse], None] | None = None

    @property
    def size(self) -> int:
        """How many calls of all classes may run at once now."""
        beside = [self._part(told) for kind, told in self._told.items() if kind not in self._kinds]
        return max(1, min([self._sizing.most // self._processes, *beside]))

    @property
    def running(self) -> int:
        """How many calls run now."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """How many calls wait for a place."""
        return sum(len(turns) for turns in self._waiting.values())

    @property
    def paused(self) -> float:
        """Seconds for which nothing goes through."""
        return max(0.0, self._open_at - self._clock.monotonic())

    @property
    def limits(self) -> dict[str, int]:
        """The system's limits of calls at once, by class: as it told them, else by its manual."""
        return {kind: told.limit for kind, told in self._told.items()}

    def size_of(self, kind: str) -> int:
        """Return how many calls of a class may run at once now."""
        told = self._told.get(kind)
        return self.size if told is None else max(1, min(self.size, self._part(told)))

    def _part(self, told: _Told) -> int:
        return min(int(told.limit * self._sizing.share / self._processes), told.limit - told.others - 1)

    @asynccontextmanager
    async def slot(self, kind: str = "") -> AsyncIterator[int]:
        """Hold one of the places, in the lane of the present task; gives how many of the class run now, with this one.

        Args:
            kind: The class in which the system counts the call.

        Raises:
            RetryLater: CPQ-103, the system asked for a pause that is too long to sit out.
        """
        await self._enter(kind, LANE.get())
        try:
            await self._sit_out()
            yield self._running[kind]
        finally:
            self._leave(kind)

    async def _enter(self, kind: str, lane: int) -> None:
        self._turns += 1
        turn = _Turn(self._turns, asyncio.get_running_loop().create_future())
        self._waiting.setdefault((lane, kind), deque()).append(turn)
        if lane == LIVE:
            self._live_at = self._clock.monotonic()
        self._admit()
        if turn.admitted.done():
            return
        try:
            await turn.admitted
        except asyncio.CancelledError:
            if turn.admitted.cancelled():
                self._waiting[lane, kind].remove(turn)
            else:  # the place was given in the same moment
                self._leave(kind)
            raise

    def _leave(self, kind: str) -> None:
        self._running[kind] -= 1
        self._admit()

    def _admit(self) -> None:
        while (chosen := self._next()) is not None:
            turn = self._waiting[chosen].popleft()
            if not turn.admitted.done():
                self._running[chosen[1]] += 1
                turn.admitted.set_result(None)
        self._waiting = {key: turns for key, turns in self._waiting.items() if turns}

    def _next(self) -> tuple[int, str] | None:
        """Return the queue whose first caller has a place: the better lane, then who came first."""
        fitting = [key for key, turns in self._waiting.items() if turns and self._fits(*key)]
        return min(fitting, key=lambda key: (key[0], self._waiting[key][0].number), default=None)

    def _fits(self, lane: int, kind: str) -> bool:
        live = self._clock.monotonic() - self._live_at < LIVE_SECONDS
        part = 1 - self._sizing.reserve if lane != LIVE and live else 1
        return self.running < max(1, int(self.size * part)) and self._running[kind] < max(
            1, int(self.size_of(kind) * part)
        )

    async def _sit_out(self) -> None:
        while (left := self.paused) > 0:
            if left > self._longest_wait:
                message = f"{self._system} asked to be left alone for {left:.0f} more seconds"
                raise RetryLater("CPQ-103", message, retry_after=left)
            await self._clock.sleep(left)

    def pause(self, seconds: float) -> None:
        """Let nothing through for some seconds."""
        self._open_at = max(self._open_at, self._clock.monotonic() + seconds)

    def _asked(self, seconds: float) -> None:
        """Pause because the system asked for it, and tell the others when it is longer than they know."""
        seconds = min(LONGEST_ASKED, seconds)
        longer = seconds > self.paused
        self.pause(seconds)
        if longer and self.on_pause:
            self.on_pause(seconds)

    def refused(self, seconds: float | None) -> None:
        """Learn that a call was refused because a limit was hit.

        Refusals of calls that were on their way together count as one.

        Args:
            seconds: For how long to pause; None when the system did not say.
        """
        if not self.paused:
            self._refusals += 1
        longer = 2.0 ** (min(self._refusals, 12) - 1)
        if seconds is None:
            seconds = min(PAUSE_WITHOUT_WORD * longer, LONGEST_WITHOUT_WORD)
        elif self._grows:
            seconds *= longer
        self._asked(seconds)

    def accepted(self) -> None:
        """Learn that a call was not refused."""
        if not self.paused:
            self._refusals = 0

    def spare(self, remaining: int, reset: float) -> None:
        """Learn a rate limit, and pause before it is hit.

        Args:
            remaining: Calls left in the window that is nearest to its end, for all clients.
            reset: Seconds until that window starts anew.
        """
        if remaining == 0 or (remaining < self.running and reset <= self._longest_wait):
            self._asked(reset)

    def follow(self, kind: str, limit: int, remaining: int, own: int) -> None:
        """Learn a concurrency limit.

        Args:
            kind: The class of calls that it counts.
            limit: How many calls of that class the system takes at once, from all its clients.
            remaining: How many more it would have taken.
            own: How many calls of this client it counted: those that ran when this one was sent.
        """
        self._told[kind] = _Told(limit, max(0, limit - remaining - max(1, own)))
        self._admit()

    def divide(self, processes: int) -> None:
        """Learn among how many processes the share is divided."""
        self._processes = max(1, processes)
        self._admit()

    def spent(self, used: int, limit: int) -> None:
        """Learn how many calls all clients have made in the last 24 hours, and how many there may be."""
        self.daily = DailyUse(used, limit)
        if self.on_daily:
            self.on_daily(self.daily)
