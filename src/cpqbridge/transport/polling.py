"""Waiting for the end of a job in another system, with looks at it that grow rarer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from cpqbridge.transport.clock import Clock

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Polling:
    """How the end of an asynchronous job is waited for.

    Attributes:
        first: Seconds before the second look; the first one is at once.
        growth: Each further pause is this much longer.
        longest: Most seconds between two looks.
        most: Seconds in all.
    """

    first: float = 0.5
    growth: float = 1.6
    longest: float = 10
    most: float = 600


BULK = Polling(first=0.3, longest=20, most=4 * 3600)
"""For queries of very many rows: both systems may take hours for one, with their own repetitions."""


async def until(look: Callable[[], Awaitable[T | None]], polling: Polling, clock: Clock) -> T | None:
    """Look until something is seen, and return it; None when it was not seen in time."""
    deadline = clock.monotonic() + polling.most
    pause = polling.first
    while (seen := await look()) is None:
        if clock.monotonic() + pause > deadline:
            return None
        await clock.sleep(pause)
        pause = min(pause * polling.growth, polling.longest)
    return seen
