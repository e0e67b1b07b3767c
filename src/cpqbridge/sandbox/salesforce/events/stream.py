"""One subscription: what the client has asked for, and the answers it gets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from cpqbridge.eventbus.pubsub_pb2 import (
    CUSTOM,
    EARLIEST,
    ConsumerEvent,
    FetchRequest,
    FetchResponse,
    ProducerEvent,
)
from cpqbridge.sandbox.salesforce.events import refusals
from cpqbridge.sandbox.salesforce.events.refusals import Refusal

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.events.bus import Topic
    from cpqbridge.sandbox.salesforce.events.journal import Kept
    from cpqbridge.sandbox.salesforce.org import Org

MOST_REQUESTED: Final = 100
"""Events that one request may ask for."""

LARGEST_RESPONSE: Final = 3_000_000
"""Bytes of events in one answer; a client takes 4 MB."""


class Subscription:
    """A stream of one topic's events.

    Attributes:
        pending: Events asked for and not sent yet.
    """

    def __init__(self, org: Org, first: FetchRequest, admit: Callable[[], object], rpc_id: str) -> None:
        """Check the first request.

        Args:
            org: The org.
            first: The first request: topic, where to start, how many.
            admit: Raises `Refusal` when the session is over.
            rpc_id: Id of the remote call.

        Raises:
            Refusal: The topic, the starting point or the number is refused.
        """
        self._org = org
        self._admit = admit
        self._rpc_id = rpc_id
        self._topic = _topic(org, first.topic_name)
        self._position = _start(org, first)
        self.pending = 0
        self._refusal: Refusal | None = None
        self._ended = False
        self._breaks = org.events.breaks
        self._wake = asyncio.Event()
        self._ask(first)

    async def responses(self, requests: AsyncIterator[FetchRequest]) -> AsyncGenerator[FetchResponse, None]:
        """Yield answers until the client or the org ends the stream.

        Raises:
            Refusal: The org ends it, or a later request is refused.
        """
        loop = asyncio.get_running_loop()
        stop = self._org.events.listen(partial(loop.call_soon_threadsafe, self._wake.set))
        reading = asyncio.create_task(self._read(requests))
        self._org.events.subscribers += 1
        try:
            async with contextlib.aclosing(self._answers()) as answers:
                async for response in answers:
                    yield response
        finally:
            self._org.events.subscribers -= 1
            stop()
            reading.cancel()

    async def _read(self, requests: AsyncIterator[FetchRequest]) -> None:
        try:
            async for request in requests:
                self._admit()
                self._ask(request)
                self._wake.set()
        except Refusal as refusal:
            self._refusal = refusal
        finally:
            self._ended = True
            self._wake.set()

    async def _answers(self) -> AsyncGenerator[FetchResponse, None]:
        while True:
            self._wake.clear()
            self._check()
            if response := self._batch():
                if self._org.events.delay_ms:
                    await asyncio.sleep(self._org.events.delay_ms / 1000)
                    self._check()
                yield response
            elif self._ended and not self.pending:
                return
            else:
                heard = False
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._org.settings.event_keep_alive_ms / 1000):
                        heard = await self._wake.wait()
                if not heard:
                    self._check()
                    yield self._response([])

    def _ask(self, request: FetchRequest) -> None:
        if request.topic_name not in {"", self._topic.name}:
            raise refusals.other_topic()
        if not 0 < request.num_requested <= MOST_REQUESTED:
            raise refusals.wrong_count(request.num_requested, MOST_REQUESTED)
        self.pending += request.num_requested

    def _check(self) -> None:
        if self._refusal:
            raise self._refusal
        if self._breaks != self._org.events.breaks:
            raise refusals.unavailable()
        self._admit()

    def _batch(self) -> FetchResponse | None:
        if not self.pending:
            return None
        bus = self._org.events
        newest = bus.journal.last
        found = bus.journal.after(self._position, self._topic.sources, min(self.pending, MOST_REQUESTED))
        if not found:
            self._position = max(self._position, newest)
            return None
        if bus.deliveries.used(self._org.clock()) >= self._org.settings.max_daily_event_deliveries:
            raise refusals.too_many_events()
        events: list[ConsumerEvent] = []
        size = 0
        for kept in found:
            event = self._event(kept)
            size += event.ByteSize()
            if events and size > LARGEST_RESPONSE:
                break
            events.append(event)
            self._position = kept.number
            bus.deliveries.count(self._org.clock())
        self.pending -= len(events)
        return self._response(events)

    def _event(self, kept: Kept) -> ConsumerEvent:
        event_id, schema_id, payload = self._org.events.written(kept)
        event = ProducerEvent(id=event_id, schema_id=schema_id, payload=payload)
        return ConsumerEvent(event=event, replay_id=self._org.events.journal.replay_id(kept.number))

    def _response(self, events: list[ConsumerEvent]) -> FetchResponse:
        latest = events[-1].replay_id if events else self._org.events.journal.replay_id(self._position)
        return FetchResponse(
            events=events, latest_replay_id=latest, rpc_id=self._rpc_id, pending_num_requested=self.pending
        )


def _topic(org: Org, name: str) -> Topic:
    topic = org.events.topic(name)
    if topic is None:
        raise refusals.no_topic(name, org.organization_id)
    return topic


def _start(org: Org, first: FetchRequest) -> int:
    """Return the number after which a subscription starts."""
    journal = org.events.journal
    if first.replay_preset == EARLIEST:
        return journal.floor
    if first.replay_preset != CUSTOM:
        return journal.last
    if not first.replay_id:
        raise refusals.no_replay_id()
    number = journal.number_of(first.replay_id)
    if number is None:
        raise refusals.stale_replay_id()
    return number
