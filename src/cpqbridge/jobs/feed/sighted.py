"""What was seen already of one object, so that what is read again in the overlap is not looked at again. Pure.

Salesforce's stamps are whole seconds: a record that was changed again in the same second looks the same as before. So
a record that was seen shortly after its stamp is looked at once more when the second is safely past.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cpqbridge.jobs.feed.position import Key, earlier

MOST = 100_000
"""Records remembered of each object; what was forgotten is looked at once more, which does no harm."""

SETTLED = 10
"""Seconds after which no further change with the same stamp comes: it would have to be in a transaction that began to
write in that second, wrote to the record after another had ended, and has not ended since."""


class Sight(NamedTuple):
    """How a record was seen: its stamp, and whether a further change would surely have another one."""

    stamp: str
    settled: bool


class Sighted:
    """The records of one object that were seen since the floor."""

    def __init__(self) -> None:
        self._seen: dict[str, Sight] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def news(self, keys: Iterable[Key], now: str) -> dict[str, Sight]:
        """Return how those records are seen now that are to be looked at.

        Args:
            keys: The records as they were read.
            now: The org's time when they were read, or earlier.
        """
        safe = earlier(now, SETTLED)
        sights = {key.id: Sight(key.stamp, key.stamp < safe or not key.stamp.endswith(".000Z")) for key in keys}
        return {name: sight for name, sight in sights.items() if self._is_news(name, sight)}

    def remember(self, sights: Mapping[str, Sight]) -> None:
        """Remember records that are due now; beyond `MOST`, those seen first are forgotten."""
        for name, sight in sights.items():
            self._seen.pop(name, None)
            self._seen[name] = sight
        for name in list(self._seen)[: max(0, len(self._seen) - MOST)]:
            del self._seen[name]

    def forget(self, floor: str) -> None:
        """Forget what will not be read again."""
        self._seen = {name: sight for name, sight in self._seen.items() if sight.stamp >= floor}

    def _is_news(self, name: str, sight: Sight) -> bool:
        before = self._seen.get(name)
        return before is None or before.stamp != sight.stamp or (sight.settled and not before.settled)
