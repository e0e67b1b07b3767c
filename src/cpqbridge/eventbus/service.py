"""The service `eventbus.v1.PubSub`: its remote calls as a client sees them, and as a server offers them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

import grpc
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

SERVICE = "eventbus.v1.PubSub"
"""Full name of the service; a call's path is `/eventbus.v1.PubSub/<call>`."""

_PATH = f"/{SERVICE}/"


class PubSubStub:
    """The remote calls over one channel; each attribute is called with its request(s), `metadata` and `timeout`."""

    def __init__(self, channel: aio.Channel) -> None:
        """Name the calls of a channel; nothing is sent yet."""
        self.subscribe = channel.stream_stream(
            _PATH + "Subscribe", FetchRequest.SerializeToString, FetchResponse.FromString
        )
        self.get_schema = channel.unary_unary(
            _PATH + "GetSchema", SchemaRequest.SerializeToString, SchemaInfo.FromString
        )
        self.get_topic = channel.unary_unary(_PATH + "GetTopic", TopicRequest.SerializeToString, TopicInfo.FromString)
        self.publish = channel.unary_unary(
            _PATH + "Publish", PublishRequest.SerializeToString, PublishResponse.FromString
        )
        self.publish_stream = channel.stream_stream(
            _PATH + "PublishStream", PublishRequest.SerializeToString, PublishResponse.FromString
        )
        self.managed_subscribe = channel.stream_stream(
            _PATH + "ManagedSubscribe", ManagedFetchRequest.SerializeToString, ManagedFetchResponse.FromString
        )


class PubSubServicer(Protocol):
    """What a server does for each call; a refusal is `await context.abort(...)`."""

    def subscribe(
        self, requests: AsyncIterator[FetchRequest], context: aio.ServicerContext[FetchRequest, FetchResponse], /
    ) -> AsyncIterator[FetchResponse]:
        """Send events of the topic that the first request names, as many as are asked for."""
        ...

    async def get_schema(
        self, request: SchemaRequest, context: aio.ServicerContext[SchemaRequest, SchemaInfo], /
    ) -> SchemaInfo:
        """Return an Avro schema by its id."""
        ...

    async def get_topic(
        self, request: TopicRequest, context: aio.ServicerContext[TopicRequest, TopicInfo], /
    ) -> TopicInfo:
        """Return what may be done with a topic, and the id of its schema."""
        ...

    async def publish(
        self, request: PublishRequest, context: aio.ServicerContext[PublishRequest, PublishResponse], /
    ) -> PublishResponse:
        """Publish a batch of events."""
        ...

    def publish_stream(
        self, requests: AsyncIterator[PublishRequest], context: aio.ServicerContext[PublishRequest, PublishResponse], /
    ) -> AsyncIterator[PublishResponse]:
        """Publish batches of events for as long as they come."""
        ...

    def managed_subscribe(
        self,
        requests: AsyncIterator[ManagedFetchRequest],
        context: aio.ServicerContext[ManagedFetchRequest, ManagedFetchResponse],
        /,
    ) -> AsyncIterator[ManagedFetchResponse]:
        """As `subscribe`, for a subscription whose position the server keeps."""
        ...


def handler(servicer: PubSubServicer) -> grpc.GenericRpcHandler:
    """What `server.add_generic_rpc_handlers` takes, so that the server answers with the servicer."""
    return grpc.method_handlers_generic_handler(
        SERVICE,
        {
            "Subscribe": grpc.stream_stream_rpc_method_handler(
                servicer.subscribe, FetchRequest.FromString, FetchResponse.SerializeToString
            ),
            "GetSchema": grpc.unary_unary_rpc_method_handler(
                servicer.get_schema, SchemaRequest.FromString, SchemaInfo.SerializeToString
            ),
            "GetTopic": grpc.unary_unary_rpc_method_handler(
                servicer.get_topic, TopicRequest.FromString, TopicInfo.SerializeToString
            ),
            "Publish": grpc.unary_unary_rpc_method_handler(
                servicer.publish, PublishRequest.FromString, PublishResponse.SerializeToString
            ),
            "PublishStream": grpc.stream_stream_rpc_method_handler(
                servicer.publish_stream, PublishRequest.FromString, PublishResponse.SerializeToString
            ),
            "ManagedSubscribe": grpc.stream_stream_rpc_method_handler(
                servicer.managed_subscribe, ManagedFetchRequest.FromString, ManagedFetchResponse.SerializeToString
            ),
        },
    )
