"""The remote calls of the Pub/Sub API for one org."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, Never, TypeVar
from urllib.parse import urlsplit

from grpc import aio

from cpqbridge.eventbus.pubsub_pb2 import (
    FetchRequest,
    FetchResponse,
    ManagedFetchRequest,
    ManagedFetchResponse,
    PublishRequest,
    PublishResponse,
    SchemaInfo,
    SchemaRequest,
    TopicInfo,
    TopicRequest,
)
from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.events import refusals
from cpqbridge.sandbox.salesforce.events.publishing import published
from cpqbridge.sandbox.salesforce.events.refusals import Refusal
from cpqbridge.sandbox.salesforce.events.stream import Subscription
from cpqbridge.sandbox.salesforce.org import Org

Context = aio.ServicerContext[Any, Any]
Answer = TypeVar("Answer")

PUBLISH_IDLE_SECONDS = 70.0
"""Seconds after which a publish stream without a request is closed."""


class PubSubService:
    """Answers the remote calls; another org may take the org's place between two calls."""

    def __init__(self, org: Callable[[], Org], publish_idle_seconds: float = PUBLISH_IDLE_SECONDS) -> None:
        """Make the service.

        Args:
            org: Returns the org as it is now.
            publish_idle_seconds: Seconds that a publish stream may be silent.
        """
        self._org = org
        self._publish_idle = publish_idle_seconds

    async def subscribe(
        self, requests: AsyncIterator[FetchRequest], context: Context, /
    ) -> AsyncIterator[FetchResponse]:
        """Send events of the topic that the first request names."""
        rpc_id = str(uuid.uuid4())
        try:
            # who is refused before the request is read may see a broken write instead of the refusal
            async for first in requests:
                org, admit = self._admitted(context)
                if org.events.subscribers >= org.settings.max_event_subscribers:
                    raise refusals.too_many_clients()
                subscription = Subscription(org, first, admit, rpc_id)
                await context.send_initial_metadata(())  # a client learns that it stands before there is an event
                async with aclosing(subscription.responses(requests)) as responses:
                    async for response in responses:
                        yield response
                return
        except Refusal as refusal:
            await _refuse(context, refusal, rpc_id)

    async def get_schema(self, request: SchemaRequest, context: Context, /) -> SchemaInfo:
        """Return a schema by its id."""

        async def answer(org: Org, rpc_id: str) -> SchemaInfo:
            schema = org.events.schema(request.schema_id)
            if schema is None:
                raise refusals.no_schema(request.schema_id)
            return SchemaInfo(schema_json=schema.json, schema_id=schema.id, rpc_id=rpc_id)

        return await self._answered(context, answer)

    async def get_topic(self, request: TopicRequest, context: Context, /) -> TopicInfo:
        """Return what may be done with a topic."""

        async def answer(org: Org, rpc_id: str) -> TopicInfo:
            topic = org.events.topic(request.topic_name)
            if topic is None:
                raise refusals.no_topic(request.topic_name, org.organization_id)
            return TopicInfo(
                topic_name=topic.name,
                tenant_guid=f"CORE/prod/{org.organization_id}",
                can_publish=topic.can_publish,
                can_subscribe=True,
                schema_id=topic.schema.id if topic.schema else "",
                rpc_id=rpc_id,
            )

        return await self._answered(context, answer)

    async def publish(self, request: PublishRequest, context: Context, /) -> PublishResponse:
        """Publish a batch of events."""

        async def answer(org: Org, rpc_id: str) -> PublishResponse:
            return published(org, request, rpc_id)

        return await self._answered(context, answer)

    async def publish_stream(
        self, requests: AsyncIterator[PublishRequest], context: Context, /
    ) -> AsyncIterator[PublishResponse]:
        """Publish batches of events until the client ends the stream or is silent for too long."""
        rpc_id, topic = str(uuid.uuid4()), ""
        try:
            while request := await self._next(requests):
                org, _ = self._admitted(context)
                if topic and request.topic_name not in {"", topic}:
                    raise refusals.other_topic()
                topic = topic or request.topic_name
                request.topic_name = topic
                yield published(org, request, rpc_id)
        except Refusal as refusal:
            await _refuse(context, refusal, rpc_id)

    async def managed_subscribe(
        self, requests: AsyncIterator[ManagedFetchRequest], context: Context, /
    ) -> AsyncIterator[ManagedFetchResponse]:
        """Refuse: this org has no managed subscription."""
        rpc_id = str(uuid.uuid4())
        try:
            async for first in requests:
                self._admitted(context)
                raise refusals.no_managed_subscription(first.developer_name or first.subscription_id)
            none: tuple[ManagedFetchResponse, ...] = ()
            for response in none:
                yield response
        except Refusal as refusal:
            await _refuse(context, refusal, rpc_id)

    async def _next(self, requests: AsyncIterator[PublishRequest]) -> PublishRequest | None:
        try:
            async with asyncio.timeout(self._publish_idle):
                return await anext(requests, None)
        except TimeoutError as error:
            raise refusals.idle_publisher(self._publish_idle) from error

    async def _answered(self, context: Context, answer: Callable[[Org, str], Awaitable[Answer]]) -> Answer:
        rpc_id = str(uuid.uuid4())
        try:
            org, _ = self._admitted(context)
            return await answer(org, rpc_id)
        except Refusal as refusal:
            await _refuse(context, refusal, rpc_id)

    def _admitted(self, context: Context) -> tuple[Org, Callable[[], Org]]:
        """Return the org that a call is for, and what checks again that its session lives.

        Raises:
            Refusal: The metadata names no live session of this org.
        """
        given = {str(key): str(value) for key, value in context.invocation_metadata() or ()}
        for name in ("accesstoken", "instanceurl", "tenantid"):
            if not given.get(name):
                raise refusals.not_signed_in(f"The {name} metadata header is missing or empty.")
        address = urlsplit(given["instanceurl"])
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise refusals.not_signed_in("The instanceurl metadata header is no address of an org.")

        def admit() -> Org:
            org = self._org()
            if given["tenantid"][:15] != org.organization_id[:15]:
                raise refusals.not_signed_in("The tenantid metadata header is not the org of the access token.")
            try:
                org.sessions.find(given["accesstoken"], org.clock(), org.settings.idle_time)
            except SalesforceError as error:
                raise refusals.not_signed_in() from error
            return org

        return admit(), admit


async def _refuse(context: Context, refusal: Refusal, rpc_id: str) -> Never:
    trailing = (("error-code", refusal.code), ("rpc-id", rpc_id))
    await context.abort(refusal.status, f"{refusal.text} rpcId: {rpc_id}", trailing)
