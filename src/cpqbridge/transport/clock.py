"""Time and chance, in one place, so that tests can hold them still."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """What waits and measures.

    Attributes:
        monotonic: Seconds that never go back.
        now: The time of day, with its zone.
        sleep: Waits for seconds.
        jitter: A number from 0 to 1, different each time.
    """

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _now
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random
