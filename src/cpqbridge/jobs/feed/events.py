"""The feed of events: makes the poll look at once when Salesforce tells of a change, and never stands in its way."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol

import structlog

from cpqbridge.errors import CpqBridgeError, FixConfiguration
from cpqbridge.jobs.feed.event_follower import Counts, Follower, Pauses, Voice
from cpqbridge.jobs.feed.event_teller import Cursors, Rhythm, Teller
from cpqbridge.jobs.feed.hints import Hint
from cpqbridge.jobs.feed.pace import pace
from cpqbridge.transport.clock import Clock

if TYPE_CHECKING:
    from cpqbridge.salesforce.client import SalesforceClient
    from cpqbridge.salesforce.events.client import EventClient
    from cpqbridge.salesforce.events.endpoint import Endpoint
    from cpqbridge.settings.settings import Settings

log = structlog.get_logger(__name__)

ASK_AGAIN = 3600.0
"""Seconds after which the org is asked again about topics that it did not offer."""


class _Clients(Protocol):
    @property
    def salesforce(self) -> SalesforceClient: ...


class Followed(Protocol):
    """What the feed needs of a connection."""

    @property
    def settings(self) -> Settings:
        """All settings."""
        ...

    @property
    def clients(self) -> _Clients:
        """The systems."""
        ...

    @property
    def due(self) -> Cursors:
        """Where positions are kept."""
        ...


class EventFeed:
    """Follows the topics of one org.

    Args:
        connection: The org, the settings and the store of positions.
        hint: The poll.
        own_fields: Fields that the connector itself writes onto records, in any case.
        rhythm: How often the poll is told.
        pauses: Between two attempts at a stream.
        clock: Time and chance.

    Attributes:
        counts: What has come in.
    """

    def __init__(
        self,
        connection: Followed,
        hint: Hint,
        *,
        own_fields: Collection[str] = (),
        rhythm: Rhythm | None = None,
        pauses: Pauses | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._settings = connection.settings
        self._salesforce = connection.clients.salesforce
        self._own_fields = frozenset(name.lower() for name in own_fields)
        self._pauses = pauses or Pauses()
        self._clock = clock or Clock()
        self._voice = Voice()
        self.counts = Counts()
        self.teller = Teller(hint, connection.due, rhythm or Rhythm(), self._clock, self._stretch)

    def _stretch(self, seconds: float) -> float:
        return pace(seconds, self._salesforce.api_usage)

    async def run(self) -> None:
        """Follow the topics until cancelled; without events, do nothing until cancelled.

        Raises:
            CpqBridgeError: The settings are wrong, or the database cannot be read.
        """
        endpoint = endpoint_or_why(self._settings)
        if isinstance(endpoint, str):
            log.info(f"events are not used ({endpoint}); the poll works alone")
            await asyncio.get_running_loop().create_future()
            return
        from cpqbridge.salesforce.events.client import EventClient

        async with EventClient(self._salesforce, endpoint) as client:
            await self._follow(client, self._settings.auto_sync.events.topics)

    async def _follow(self, client: EventClient, topics: Collection[str]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.teller.run())
                missing: Mapping[str, str] = dict.fromkeys(topics, "")
                while missing:
                    before, missing = missing, await self._survey(client, missing)
                    for topic in before:
                        if topic not in missing:
                            group.create_task(self._follower(topic, client).run())
                    _tell([topic for topic in before if topic not in missing], before, missing)
                    await self._clock.sleep(ASK_AGAIN if missing else 0)
        except* CpqBridgeError as failed:
            raise _first(failed) from failed

    def _follower(self, topic: str, client: EventClient) -> Follower:
        return Follower(
            topic, client, self.teller, self._own_fields, self.counts, self._voice, self._pauses, self._clock
        )

    async def _survey(self, client: EventClient, topics: Collection[str]) -> dict[str, str]:
        """Return which topics cannot be followed, and why; waits until the org can say so."""
        failures = 0
        while True:
            try:
                missing = await not_offered(client, topics)
            except CpqBridgeError as error:
                failures += 1
                self._voice.trouble("", error, failures)
                await self._clock.sleep(self._pauses.after(error, failures, self._clock.jitter()))
            else:
                self._voice.well("")
                return missing


def endpoint_or_why(settings: Settings) -> Endpoint | str:
    """Return where the events of an org come from, or why none are used.

    Raises:
        FixConfiguration: CPQ-301, the file of certificates cannot be read.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # gRPC writes on standard error what is an error here anyway
    from cpqbridge.salesforce.events.endpoint import endpoint_of

    chosen = settings.auto_sync.events
    if chosen.mode == "off" or not chosen.topics:
        return "turned off"
    return endpoint_of(chosen, settings.salesforce.login_url) or "no address is set for an org like this"


async def not_offered(client: EventClient, topics: Collection[str]) -> dict[str, str]:
    """Return which topics an org does not let be followed, and why.

    Raises:
        CpqBridgeError: The org does not say.
    """
    missing: dict[str, str] = {}
    for name in topics:
        try:
            topic = await client.topic(name)
        except FixConfiguration as error:
            if error.code != "CPQ-303" or error.field is not None:
                raise
            missing[name] = error.message
        else:
            if not topic.can_subscribe:
                missing[name] = "the integration user may not subscribe to it"
    return missing


def _tell(found: Collection[str], before: Mapping[str, str], missing: Mapping[str, str]) -> None:
    """Say in one line what is followed and what is not; nothing where nothing has changed."""
    if found or dict(before) != dict(missing):
        names = ", ".join(found) or "none, the poll works alone"
        log.info(f"events: following {names}", **({"not_offered": dict(missing)} if missing else {}))


def _first(group: BaseExceptionGroup[CpqBridgeError]) -> CpqBridgeError:
    """Return one of the errors that a group holds."""
    found = group.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
