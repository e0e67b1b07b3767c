"""The client of the Pub/Sub API. Importing it loads gRPC, so it is imported where events are used."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

import grpc

from cpqbridge.errors import CpqBridgeError, RetryLater, SignInRefused
from cpqbridge.eventbus.pubsub_pb2 import ProducerEvent, SchemaInfo, SchemaRequest, TopicInfo, TopicRequest
from cpqbridge.eventbus.service import PubSubStub
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.events.endpoint import Endpoint, open_channel
from cpqbridge.salesforce.events.event import Batch, Event, read_event
from cpqbridge.salesforce.events.refusals import refusal
from cpqbridge.salesforce.events.schema import EventSchema
from cpqbridge.salesforce.events.stream import Metadata, Stream
from cpqbridge.salesforce.events.weight import BadSchema
from cpqbridge.salesforce.organization import organization
from cpqbridge.transport.closing import AsyncClosing
from cpqbridge.transport.session import Session, Unauthorized

T = TypeVar("T")

ANSWER_SECONDS = 30.0
"""Seconds that one answer may take."""

ASK_AGAIN = 60.0
"""Seconds after which a schema that could not be used is asked for again."""

MOST_SCHEMAS = 1_000
"""Schemas that are kept; an org gives a topic a new one when a field is added."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of the org, and whether this user may subscribe to it."""

    name: str
    can_subscribe: bool


class EventClient(AsyncClosing):
    """Speaks to the Pub/Sub API with the session of the org's client. Use it as an async context manager.

    Args:
        salesforce: The org.
        endpoint: Where the Pub/Sub API is.
        silence: Seconds without any sign of life after which a stream is taken to be lost.
    """

    def __init__(self, salesforce: SalesforceClient, endpoint: Endpoint, *, silence: float = 300.0) -> None:
        self._salesforce = salesforce
        self._address = endpoint.address
        self._silence = silence
        self._channel = open_channel(endpoint)
        self._stub = PubSubStub(self._channel)
        self._tenant: str | None = None
        self._schemas: dict[str, EventSchema] = {}
        self._bad: dict[str, tuple[float, str]] = {}
        self._reading_schema = asyncio.Lock()

    async def aclose(self) -> None:
        """Close the connection."""
        await self._channel.close()

    async def topic(self, name: str) -> Topic:
        """Return what the org says about a topic.

        Raises:
            FixConfiguration: CPQ-303, there is none, or the user may not see it.
            CpqBridgeError: Any other refusal.
        """
        request = TopicRequest(topic_name=name)

        def ask(metadata: Metadata) -> Awaitable[TopicInfo]:
            return self._stub.get_topic(request, metadata=metadata, timeout=ANSWER_SECONDS)

        found = await self._call(ask)
        return Topic(found.topic_name or name, found.can_subscribe)

    async def schema(self, schema_id: str) -> EventSchema:
        """Return a schema; each is asked for once, since the schema of an id never changes.

        Raises:
            BadSchema: The org has none with this id, or it is one that nothing is read by.
            CpqBridgeError: It cannot be had now.
        """
        async with self._reading_schema:
            if found := self._schemas.get(schema_id):
                return found
            now = asyncio.get_running_loop().time()
            since, why = self._bad.get(schema_id, (0.0, ""))
            if why and now < since + ASK_AGAIN:
                raise BadSchema(why)
            try:
                found = EventSchema(await self._schema_json(schema_id))
            except BadSchema as error:
                _keep(self._bad, schema_id, (now, str(error)))
                raise
            _keep(self._schemas, schema_id, found)
            return found

    async def subscribe(self, topic: str, after: bytes | None) -> AsyncGenerator[Batch]:
        """Give what comes in on a topic, until it fails. A session that has ended is renewed on the way.

        Args:
            topic: Such as `/data/OrderChangeEvent`.
            after: Go on after this place; None begins with what is published from now on.

        Raises:
            RetryLater: CPQ-112, the place is not known any more; other codes, the stream has ended.
            CpqBridgeError: Any other refusal.
        """
        stale: Session | None = None
        while True:
            session = await self._salesforce.session(stale)
            stream = Stream(self._stub, topic, self._address, self._silence)
            try:
                async with aclosing(stream.run(await self._metadata(session), after)) as responses:
                    if after is None:
                        yield Batch(newest=True)
                    async for response in responses:
                        stale = None
                        events = [await self._event(one.replay_id, one.event) for one in response.events]
                        after = (events[-1].replay_id if events else response.latest_replay_id) or after
                        yield Batch(tuple(events), after)
            except Unauthorized as error:
                if stale is not None:
                    raise _twice(error) from error
                stale = session
            except RetryLater as error:
                if error.detail.get("status") != "INTERNAL" or not await self._was_session(session, topic):
                    raise

    async def _was_session(self, session: Session, topic: str) -> bool:
        """Tell whether a stream broke because of its session, which is another one then.

        gRPC for asyncio loses the reason of a refusal that overtakes the first request (`Internal error from Core`).
        Asking for the topic brings it to light.
        """
        await self.topic(topic)
        return await self._salesforce.session() is not session

    async def _event(self, replay_id: bytes, event: ProducerEvent) -> Event:
        try:
            schema = await self.schema(event.schema_id)
        except BadSchema as error:
            return Event(replay_id, problem=f"the schema {event.schema_id[:80]} cannot be used: {error}")
        return read_event(replay_id, event.payload, schema)

    async def _schema_json(self, schema_id: str) -> str:
        request = SchemaRequest(schema_id=schema_id)

        def ask(metadata: Metadata) -> Awaitable[SchemaInfo]:
            return self._stub.get_schema(request, metadata=metadata, timeout=ANSWER_SECONDS)

        try:
            return (await self._call(ask)).schema_json
        except (RetryLater, SignInRefused):
            raise
        except CpqBridgeError as error:
            raise BadSchema(error.message) from error

    async def _call(self, ask: Callable[[Metadata], Awaitable[T]]) -> T:
        """Ask once, and once more with a new session when the first is refused."""
        session = await self._salesforce.session()
        try:
            return await self._once(ask, session)
        except Unauthorized:
            session = await self._salesforce.session(session)
        try:
            return await self._once(ask, session)
        except Unauthorized as error:
            raise _twice(error) from error

    async def _once(self, ask: Callable[[Metadata], Awaitable[T]], session: Session) -> T:
        try:
            return await ask(await self._metadata(session))
        except grpc.aio.AioRpcError as error:
            raise refusal(error, self._address) from error

    async def _metadata(self, session: Session) -> Metadata:
        if self._tenant is None:
            self._tenant = str((await organization(self._salesforce))["Id"])
        return (
            ("accesstoken", session.token),
            ("instanceurl", session.base_url),
            ("tenantid", self._tenant),
        )


def _keep(cache: dict[str, T], key: str, value: T) -> None:
    """Keep a value; a cache that grows without end is begun anew."""
    if len(cache) >= MOST_SCHEMAS:
        cache.clear()
    cache[key] = value


def _twice(error: Unauthorized) -> SignInRefused:
    message = "Salesforce's events: the session was refused after a new sign-in"
    return SignInRefused("CPQ-202", message, detail={"said": str(error)})
