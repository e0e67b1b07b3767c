"""How many calls run at once, and pauses for which a system has asked."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cpqbridge.errors import RetryLater
from cpqbridge.transport.clock import Clock


class Limiter:
    """A semaphore whose size follows what the system says is left, and that can be shut for a while.

    Args:
        system: Name for errors.
        most: Calls at once when nothing is known.
        share: Part of the system's concurrency limit that this client takes.
        longest_wait: Seconds of pause that callers sit out; for more they get an error at once.
        clock: Time.
    """

    def __init__(self, system: str, most: int, *, share: float, longest_wait: float, clock: Clock) -> None:
        self._system = system
        self._most = most
        self._share = share
        self._longest_wait = longest_wait
        self._clock = clock
        self._sizes: dict[str, int] = {}
        self._running = 0
        self._open_at = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def size(self) -> int:
        """How many calls may run at once now."""
        return max(1, min([self._most, *self._sizes.values()]))

    @property
    def running(self) -> int:
        """How many calls run now."""
        return self._running

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one of the places.

        Raises:
            RetryLater: CPQ-103, the system asked for a pause that is too long to sit out.
        """
        await self._enter()
        try:
            await self._sit_out()
            yield
        finally:
            self._leave()

    async def _enter(self) -> None:
        if self._running < self.size and not self._waiting:
            self._running += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting = deque(other for other in self._waiting if other is not turn)
            else:  # the place was given in the same moment
                self._leave()
            raise

    def _leave(self) -> None:
        self._running -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._running < self.size:
            turn = self._waiting.popleft()
            if not turn.done():
                self._running += 1
                turn.set_result(None)

    async def _sit_out(self) -> None:
        while (left := self._open_at - self._clock.monotonic()) > 0:
            if left > self._longest_wait:
                message = f"{self._system} asked to be left alone for {left:.0f} more seconds"
                raise RetryLater("CPQ-103", message, retry_after=left)
            await self._clock.sleep(left)

    def pause(self, seconds: float) -> None:
        """Let nothing through for some seconds."""
        self._open_at = max(self._open_at, self._clock.monotonic() + seconds)

    def spare(self, remaining: int, reset: float) -> None:
        """Learn a rate limit, and pause before it is hit.

        Args:
            remaining: Calls left in the window that is nearest to its end, for all clients.
            reset: Seconds until that window starts anew.
        """
        if remaining == 0 or (remaining < self._running and reset <= self._longest_wait):
            self.pause(reset)

    def follow(self, kind: str, limit: int, remaining: int) -> None:
        """Learn a concurrency limit.

        Args:
            kind: The class of calls that it counts.
            limit: How many calls of that class the system takes at once, from all its clients.
            remaining: How many more it would have taken when it answered.
        """
        own = max(1, self._running)
        others = max(0, limit - remaining - own)
        self._sizes[kind] = max(1, min(int(limit * self._share), limit - others - 1))
        self._admit()
