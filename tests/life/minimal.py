"""Makes a life that fails smaller, by leaving out steps and order lines as long as it fails in the same way.

Every step fits any state of a life (it picks by counting round), so steps can be left out freely. This takes seconds
where Hypothesis, which knows nothing of that, takes minutes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

Step = tuple[str, Mapping[str, Any]]
"""Name of a rule, and its arguments."""

Replay = Callable[[list[Step]], str | None]
"""Plays steps anew; returns what went wrong, or None."""

SECONDS: Final = 60
"""Longest that is looked for something smaller."""


def smallest(steps: list[Step], failure: str, replay: Replay) -> tuple[list[Step], str]:
    """Return the smallest steps found that fail in the same way, and how they fail.

    Args:
        steps: The first one begins a life.
        failure: What went wrong with them.
        replay: Plays steps.
    """
    until = time.monotonic() + SECONDS
    wanted, again = _kind(failure), True
    while again and time.monotonic() < until:
        again = False
        for fewer in _smaller(steps):
            found = replay(fewer) if time.monotonic() < until else None
            if found and _kind(found) == wanted:
                steps, failure, again = fewer, found, True
                break
    return steps, failure


def _kind(failure: str) -> str:
    """Return the first thing that is wrong, without the numbers and names in it."""
    lines = [line for line in failure.splitlines() if line and not line.isupper()]
    return re.sub(r"[\d.,×/-]+|\([A-Z]\w*\)", "#", lines[0] if lines else "")[:60]


def _smaller(steps: list[Step]) -> Iterator[list[Step]]:
    """Yield steps with some left out: half of them, a quarter …, one; then with one order line or choice left out."""
    size = len(steps) // 2
    while size:
        for start in range(len(steps) - size, 0, -size):
            yield steps[:start] + steps[start + size :]
        size //= 2
    for place, (name, given) in enumerate(steps):
        for argument, value in given.items():
            if isinstance(value, list) and len(value) > (argument != "trouble"):
                for index in range(len(value)):
                    fewer = {**given, argument: value[:index] + value[index + 1 :]}
                    yield [*steps[:place], (name, fewer), *steps[place + 1 :]]
