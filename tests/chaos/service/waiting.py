"""Waiting for what must come about."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LONGEST = 120.0
PAUSE = 0.05


def wait_for(condition: Callable[[], T | None], seconds: float = LONGEST, what: str = "") -> T:
    """Wait until a condition gives something true, and return that.

    Raises:
        TimeoutError: It has not come about.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:.0f} s: {what or condition}")
        time.sleep(PAUSE)
    return found
