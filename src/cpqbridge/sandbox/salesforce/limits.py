"""The `limits` resource: what the org may use, and what is left of it."""

from __future__ import annotations

from typing import Any, Final

from cpqbridge.sandbox.salesforce.rest import Answer, Call, Resource

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


def limits(call: Call) -> Answer:
    """Answer `GET limits`."""
    org = call.org
    maximum = org.settings.max_daily_api_requests
    body: dict[str, Any] = {name: {"Max": size, "Remaining": size} for name, size in _ALLOCATIONS.items()}
    body["DailyApiRequests"] = {"Max": maximum, "Remaining": max(0, maximum - org.usage.used(org.clock()))}
    return Answer(body=dict(sorted(body.items())))


RESOURCES: Final = (Resource("limits", {"GET": limits}),)
