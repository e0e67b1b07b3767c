"""What was found and not carried over, as it never was before. Pure.

A record may be on its way to Zuora for the first time while it is changed: it is known only when it has arrived, and
the change must not be lost. So what was passed over is looked at again for a while, whether it is known by now.
"""

from __future__ import annotations

from collections.abc import Iterable

from cpqbridge.jobs.feed.sources import Found

MOST = 50_000
"""Records kept; beyond them, the oldest are given up."""


class PassedOver:
    """Changed records that were not known when the change was found.

    Args:
        keep: Seconds that each is kept.
    """

    def __init__(self, keep: float) -> None:
        self._keep = keep
        self._kept: dict[tuple[str, str], tuple[Found, float]] = {}

    def note(self, records: Iterable[Found], moment: float) -> None:
        """Keep records from a moment on, in monotonic seconds."""
        for one in records:
            self._kept.pop((one.object, one.record_id), None)
            self._kept[one.object, one.record_id] = (one, moment)
        for key in list(self._kept)[: max(0, len(self._kept) - MOST)]:
            del self._kept[key]

    def forget(self, records: Iterable[Found]) -> None:
        """Give up records that are due now."""
        for one in records:
            self._kept.pop((one.object, one.record_id), None)

    def still(self, moment: float) -> list[Found]:
        """Return the records that are kept at a moment."""
        self._kept = {key: kept for key, kept in self._kept.items() if moment - kept[1] <= self._keep}
        return [one for one, _ in self._kept.values()]
