"""Follows one topic for ever: goes on where it was after a break, and at the newest end when its place is lost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from cpqbridge.errors import CpqBridgeError, RetryLater
from cpqbridge.jobs.feed.event_meaning import EVERYTHING, meaning
from cpqbridge.jobs.feed.event_teller import Teller
from cpqbridge.jobs.supervise import doubled
from cpqbridge.transport.clock import Clock

if TYPE_CHECKING:
    from cpqbridge.salesforce.events.client import EventClient
    from cpqbridge.salesforce.events.event import Batch, Event

log = structlog.get_logger(__name__)

LOST = "CPQ-112"


@dataclass(slots=True)
class Counts:
    """What has come in since the service began.

    Attributes:
        events: All of them.
        own: Echoes of the connector's own writes.
        gaps: Where Salesforce could not say what has changed.
        unreadable: Those that could not be read.
        breaks: Streams that ended and were begun again.
        lost: Positions that were not known any more.
    """

    events: int = 0
    own: int = 0
    gaps: int = 0
    unreadable: int = 0
    breaks: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Pauses:
    """Seconds between two attempts at a stream, doubled from the first to the longest.

    Attributes:
        first: After a failure that passes.
        longest: Most of those.
        mend: After one that a person must mend.
        longest_mend: Most of those.
    """

    first: float = 0.5
    longest: float = 60
    mend: float = 60
    longest_mend: float = 3600

    def after(self, error: CpqBridgeError, failures: int, jitter: float) -> float:
        """Return the seconds to wait, between half and all of what is due, but never less than a system asks for."""
        passing = isinstance(error, RetryLater)
        first, longest = (self.first, self.longest) if passing else (self.mend, self.longest_mend)
        due = doubled(first, failures - 1, longest) * (0.5 + jitter / 2)
        return max(due, error.retry_after or 0) if isinstance(error, RetryLater) else due


BEARABLE = 2
"""Breaks in a row that nobody is told of: streams are cut now and then, and are back at once."""


class Voice:
    """Says what is wrong with the streams of an org: each thing once, however many streams have it."""

    def __init__(self) -> None:
        self._troubled: dict[str, str] = {}
        self._said: set[str] = set()

    def trouble(self, topic: str, error: CpqBridgeError, failures: int) -> None:
        """Take in that a stream has failed, so many times in a row."""
        self._troubled[topic] = error.code
        if error.code in self._said or (failures <= BEARABLE and isinstance(error, RetryLater)):
            return
        self._said.add(error.code)
        text = f"{error.message}; the poll works alone meanwhile"
        log.warning(text, topic=topic, code=error.code, remedy=error.remedy)

    def well(self, topic: str) -> None:
        """Take in that a stream goes on."""
        if self._troubled.pop(topic, None) and not self._troubled and self._said:
            self._said.clear()
            log.info("events are back")


class Follower:
    """Follows one topic.

    Args:
        topic: Its name.
        client: The Pub/Sub API.
        teller: Told of all that comes in.
        own_fields: Fields that the connector itself writes onto records.
        counts: Counts all that comes in.
        voice: Says what is wrong.
        pauses: Between two attempts.
        clock: Time and chance.
    """

    def __init__(
        self,
        topic: str,
        client: EventClient,
        teller: Teller,
        own_fields: Collection[str],
        counts: Counts,
        voice: Voice,
        pauses: Pauses,
        clock: Clock,
    ) -> None:
        self._topic = topic
        self._client = client
        self._teller = teller
        self._own_fields = own_fields
        self._counts = counts
        self._voice = voice
        self._pauses = pauses
        self._clock = clock
        self._position: bytes | None = None
        self._failures = 0

    async def run(self) -> None:
        """Follow the topic until cancelled.

        Raises:
            CpqBridgeError: The position cannot be read from the database.
        """
        self._position = await self._teller.position(self._topic)
        while True:
            try:
                async for batch in self._client.subscribe(self._topic, self._position):
                    self._take(batch)
            except CpqBridgeError as error:
                await self._pause(error)

    def _take(self, batch: Batch) -> None:
        if batch.newest:
            self._teller.heard(self._topic, EVERYTHING, None)
            return
        self._failures = 0
        self._voice.well(self._topic)
        self._counts.events += len(batch.events)
        for event in batch.events:
            self._hear(event)
        self._position = batch.position or self._position
        self._teller.heard(self._topic, None, self._position)

    def _hear(self, event: Event) -> None:
        said = meaning(event, self._own_fields)
        if event.problem is not None:
            self._counts.unreadable += 1
            replay_id = event.replay_id.hex()[:64]
            log.warning("an event cannot be read", topic=self._topic, replay_id=replay_id, said=event.problem)
        elif event.change is not None and event.change.gap:
            self._counts.gaps += 1
            log.info("a gap in the events", topic=self._topic, kind=event.change.kind, entity=event.change.entity)
        self._counts.own += said is None
        if said is not None:
            self._teller.heard(self._topic, said, None)

    async def _pause(self, error: CpqBridgeError) -> None:
        self._failures += 1
        if error.code == LOST and self._position is not None:
            self._counts.lost += 1
            replay_id = self._position.hex()[:64]
            log.warning(
                "the position in the events is lost; the poll finds what they would have told",
                topic=self._topic,
                code=LOST,
                replay_id=replay_id,
                said=error.message,
            )
            self._position = None
            self._teller.forget(self._topic)
            return
        self._counts.breaks += 1
        self._voice.trouble(self._topic, error, self._failures)
        await self._clock.sleep(self._pauses.after(error, self._failures, self._clock.jitter()))
