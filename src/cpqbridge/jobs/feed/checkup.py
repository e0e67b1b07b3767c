"""The lines of `cpqbridge doctor` about what the service finds: the conditions, the events and their topics.

A condition that the org does not take keeps the poll from looking at all. Events only make it look at once, so what is
wrong with them for a while stops no sync.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection

from cpqbridge.errors import CpqBridgeError, RetryLater
from cpqbridge.jobs.feed.admission import check_conditions
from cpqbridge.jobs.feed.events import endpoint_or_why, not_offered
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.checkup.finding import Finding, Grade, optional, problem

CONDITIONS = "conditions"
NAME = "events"
ALONE = "the poll works alone"
TOPICS = "auto_sync.events.topics"


async def check_filters(settings: Settings, salesforce: SalesforceClient) -> AsyncIterator[Finding]:
    """Yield whether the org takes the conditions of the settings, where there are any; each is read once."""
    chosen = settings.connections.get(settings.name)
    if not settings.auto_sync.conditions and not (chosen and chosen.when):
        return
    try:
        await check_conditions(salesforce, settings)
    except CpqBridgeError as error:
        yield problem(CONDITIONS, error)
    else:
        yield Finding(CONDITIONS, Grade.OK, "the org takes them")


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
