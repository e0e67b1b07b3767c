"""How often the org is asked for changes. Pure."""

from __future__ import annotations

from collections.abc import Callable

from cpqbridge.salesforce.dialect import ApiUsage

Pace = Callable[[float, ApiUsage | None], float]
"""Gives the seconds until the next poll from those of the settings and the org's use of its daily API calls."""

STEPS = ((0.05, 20.0), (0.1, 8.0), (0.2, 4.0), (0.3, 2.0))
"""Share of the day's calls that is left, and how many times longer the pauses are below it; the first that holds."""

LONGEST = 600.0
"""Seconds that a pause is at most made longer to."""


def pace(interval: float, usage: ApiUsage | None) -> float:
    """Return the seconds until the next poll: longer when the org's day is short of calls.

    Args:
        interval: Seconds of the settings.
        usage: Calls that all clients of the org made in the last 24 hours; None while it is unknown.
    """
    if usage is None or usage.limit <= 0:
        return interval
    left = 1 - usage.used / usage.limit
    times = next((times for share, times in STEPS if left < share), 1.0)
    return max(interval, min(interval * times, LONGEST))
