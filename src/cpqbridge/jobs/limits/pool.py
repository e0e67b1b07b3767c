"""What all clients of one system share in this process: places, the daily budget, pauses."""

from __future__ import annotations

from collections.abc import Callable

from cpqbridge.jobs.limits.budget import Budget
from cpqbridge.transport.limiter import Limiter, Sizing


class Pool:
    """The limits of a system, which it sets for all of its clients together.

    Args:
        key: The system's name in the shared tables.
        system: Its name for people.
        sizing: How many calls may run at once, in all processes together.
        budget: The daily budget, where there is one.
        wake: Called when there is something to tell the other processes.

    Attributes:
        pause_seconds: For how long it asked to be left alone, as of the last look at the shared tables.
    """

    def __init__(self, key: str, system: str, sizing: Sizing, budget: Budget | None, wake: Callable[[], None]) -> None:
        self.key = key
        self.system = system
        self.sizing = sizing
        self.budget = budget
        self.pause_seconds = 0.0
        self._wake = wake
        self._limiters: list[Limiter] = []
        self._processes = 1
        self._asked = 0.0

    @property
    def paused(self) -> float:
        """Seconds for which nothing goes through."""
        return max((limiter.paused for limiter in self._limiters), default=0.0)

    def join(self, limiter: Limiter) -> None:
        """Take a client's limiter in; several clients of this process divide its part."""
        self._limiters.append(limiter)
        limiter.on_pause = self._paused
        limiter.on_daily = self.budget.tell if self.budget else None
        self.divide(self._processes)

    def divide(self, processes: int) -> None:
        """Learn among how many processes the places are divided."""
        self._processes = processes
        for limiter in self._limiters:
            limiter.divide(processes * len(self._limiters))

    def pause(self, seconds: float) -> None:
        """Take over a pause for which another process was asked."""
        self.pause_seconds = seconds
        for limiter in self._limiters:
            limiter.pause(seconds)

    def asked_pause(self) -> float:
        """Return, once, the seconds of pause that the others are still to be told of."""
        asked, self._asked = self._asked, 0.0
        return asked

    def _paused(self, seconds: float) -> None:
        self._asked = max(self._asked, seconds)
        self.pause(seconds)
        self._wake()
