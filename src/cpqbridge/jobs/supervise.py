"""Keeps what goes on for ever going: a loop that ends with an error begins again after a pause, and says so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from cpqbridge.errors import CpqBridgeError
from cpqbridge.transport.clock import Clock

log = structlog.get_logger(__name__)

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds before a loop begins again: doubled with each failure, and back to the first after a while without one."""

BRIEF_PAUSE = 5.0
"""The longest pause of loops that need nothing but the database: asking after it costs nobody anything."""

WELL = 300.0
"""Seconds that a loop must have gone on for the next failure to count as the first."""


def doubled(first: float, times: int, longest: float) -> float:
    """Return a pause in seconds that was doubled so many times, from the first to the longest."""
    return min(longest, first * float(2 ** min(times, 20)))


async def keep_going(
    name: str, run: Callable[[], Awaitable[None]], clock: Clock | None = None, longest: float = LONGEST_PAUSE
) -> None:
    """Run a loop for ever; whatever ends it but cancellation is said, and it begins again.

    Args:
        name: What people call the loop.
        run: The loop.
        clock: Time and chance.
        longest: Seconds of the longest pause.
    """
    clock = clock or Clock()
    failures = 0
    while True:
        began = clock.monotonic()
        try:
            await run()
        except asyncio.CancelledError:
            raise
        except CpqBridgeError as error:
            said = {"code": error.code}
            if not error.retryable:  # the remedy of what may pass, to run the same again, is what follows by itself
                said["remedy"] = error.remedy
            message = error.message
        except Exception as fault:
            said = {"code": "CPQ-902"}
            message = f"{type(fault).__name__} in the loop"
            log.debug("fault", loop=name, exc_info=True)
        else:
            said, message = {}, "it ended"
        if _is_cancelled():
            raise asyncio.CancelledError
        failures = 1 if clock.monotonic() - began > WELL else failures + 1
        pause = doubled(FIRST_PAUSE, failures - 1, longest) * (0.5 + clock.jitter() / 2)
        log.warning(f"{name}: {message}; again in {pause:.0f} s", loop=name, **said)
        await clock.sleep(pause)


def _is_cancelled() -> bool:
    """Say whether the present task was told to end, also where what it waited for has made an error of that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
