"""The lines of `cpqbridge doctor` about events: whether they are used, and which topics the org lets be followed.

Events only make the poll look at once, so what is wrong with them for a while stops no sync.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection

from cpqbridge.errors import CpqBridgeError, RetryLater
from cpqbridge.jobs.feed.events import endpoint_or_why, not_offered
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.checkup.finding import Finding, Grade, optional, problem

NAME = "events"
ALONE = "the poll works alone"
TOPICS = "auto_sync.events.topics"


async def check_events(settings: Settings, salesforce: SalesforceClient) -> AsyncIterator[Finding]:
    """Yield what there is to say about events, with one call for each topic; nothing is subscribed to."""
    if not settings.auto_sync.enabled:
        yield optional(NAME, "not used: the automatic sync is turned off", field="auto_sync.enabled")
        return
    try:
        endpoint = endpoint_or_why(settings)
        if isinstance(endpoint, str):
            yield optional(NAME, f"not used ({endpoint}): {ALONE}", field="auto_sync.events")
            return
        from cpqbridge.salesforce.events.client import EventClient
        from cpqbridge.salesforce.events.refusals import TOPIC_REMEDY

        async with EventClient(salesforce, endpoint) as client:
            missing = await not_offered(client, settings.auto_sync.events.topics)
    except RetryLater as error:
        yield Finding(
            NAME, Grade.OPTIONAL, f"{error.message}; {ALONE} meanwhile", error.code, error.field, error.remedy
        )
    except CpqBridgeError as error:
        yield problem(NAME, error)
    else:
        yield _followed(endpoint.address, [one for one in settings.auto_sync.events.topics if one not in missing])
        for topic, why in missing.items():
            yield optional(f"{NAME} of {topic}", why, TOPIC_REMEDY, TOPICS)


def _followed(address: str, topics: Collection[str]) -> Finding:
    if not topics:
        return optional(NAME, f"{address} answers, and lets no topic be followed: {ALONE}")
    return Finding(NAME, Grade.OK, f"{address} answers, and lets these be followed: {', '.join(topics)}")
