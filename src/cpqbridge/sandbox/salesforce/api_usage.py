"""How many API calls were made in the last 24 hours."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Final

_WINDOW: Final = timedelta(hours=24)
_BUCKET: Final = timedelta(minutes=10)


class ApiUsage:
    """API calls of the last 24 hours, counted in slices of ten minutes."""

    def __init__(self) -> None:
        self._slices: deque[tuple[datetime, int]] = deque()
        self._total = 0

    def count(self, now: datetime) -> int:
        """Note one call and return the calls of the last 24 hours."""
        if self._slices and now - self._slices[-1][0] < _BUCKET:
            start, calls = self._slices.pop()
            self._slices.append((start, calls + 1))
        else:
            self._slices.append((now, 1))
        self._total += 1
        return self.used(now)

    def used(self, now: datetime) -> int:
        """Return the calls of the last 24 hours."""
        while self._slices and now - self._slices[0][0] >= _WINDOW:
            self._total -= self._slices.popleft()[1]
        return self._total
