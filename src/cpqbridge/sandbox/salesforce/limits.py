"""How many API calls were made, and the `limits` resource."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import Any, Final

from cpqbridge.sandbox.salesforce.rest import Answer, Call

_WINDOW: Final = timedelta(hours=24)
_BUCKET: Final = timedelta(minutes=10)

# Names and maxima of a developer org, other than the daily API calls, which are counted.
_ALLOCATIONS: Final[dict[str, int]] = {
    "DailyBulkApiBatches": 15_000,
    "DailyBulkV2QueryFileStorageMB": 976_562,
    "DailyBulkV2QueryJobs": 10_000,
    "DailyAsyncApexExecutions": 250_000,
    "DailyStandardVolumePlatformEvents": 10_000,
    "DailyStreamingApiEvents": 10_000,
    "DailyWorkflowEmails": 100_000,
    "DataStorageMB": 5,
    "DurableStreamingApiConcurrentClients": 20,
    "FileStorageMB": 20,
    "HourlyPublishedPlatformEvents": 50_000,
    "MassEmail": 10,
    "MonthlyPlatformEvents": 10_000,
    "SingleEmail": 15,
    "StreamingApiConcurrentClients": 20,
}


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


def limits(call: Call) -> Answer:
    """Answer `GET limits`."""
    org = call.org
    maximum = org.settings.max_daily_api_requests
    body: dict[str, Any] = {name: {"Max": size, "Remaining": size} for name, size in _ALLOCATIONS.items()}
    body["DailyApiRequests"] = {"Max": maximum, "Remaining": max(0, maximum - org.usage.used(org.clock()))}
    return Answer(body=dict(sorted(body.items())))
