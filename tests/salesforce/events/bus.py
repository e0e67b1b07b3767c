"""A Pub/Sub API played on this machine: over TLS, with whatever refusals and malformed answers a test wants."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import fastavro
import grpc
import httpx
import trustme
from grpc import aio

from cpqbridge.eventbus.pubsub_pb2 import (
    CUSTOM,
    EARLIEST,
    ConsumerEvent,
    FetchResponse,
    ProducerEvent,
    SchemaInfo,
    TopicInfo,
)
from cpqbridge.eventbus.service import handler
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.connection import SalesforceConnection
from cpqbridge.salesforce.events.endpoint import Endpoint
from cpqbridge.transport.channel import Wiring

ORG = "00D000000000001EAA"
LOGIN = "https://acme.my.salesforce.com"
PREFIX = "sfdc.platform.eventbus.grpc."
ORDERS = "/data/OrderChangeEvent"
READY = "/event/Order_Ready__e"

HEADER = {
    "type": "record",
    "name": "ChangeEventHeader",
    "fields": [
        {"name": "entityName", "type": "string"},
        {"name": "recordIds", "type": {"type": "array", "items": "string"}},
        {
            "name": "changeType",
            "type": {
                "type": "enum",
                "name": "ChangeType",
                "symbols": ["CREATE", "UPDATE", "DELETE", "UNDELETE", "GAP_CREATE", "GAP_UPDATE", "GAP_OVERFLOW"],
            },
        },
        {"name": "changeOrigin", "type": "string"},
        {"name": "transactionKey", "type": "string"},
        {"name": "sequenceNumber", "type": "int"},
        {"name": "commitTimestamp", "type": "long"},
        {"name": "commitNumber", "type": "long"},
        {"name": "commitUser", "type": "string"},
        {"name": "nulledFields", "type": {"type": "array", "items": "string"}},
        {"name": "diffFields", "type": {"type": "array", "items": "string"}},
        {"name": "changedFields", "type": {"type": "array", "items": "string"}},
    ],
}

ADDRESS = {
    "type": "record",
    "name": "Address",
    "fields": [{"name": name, "type": ["null", "string"], "default": None} for name in ("Street", "City", "Country")],
}

ORDER_SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "OrderChangeEvent",
    "namespace": "com.sforce.eventbus",
    "fields": [
        {"name": "ChangeEventHeader", "type": HEADER},
        {"name": "AccountId", "type": ["null", "string"], "default": None},
        {"name": "Status", "type": ["null", "string"], "default": None},
        {"name": "TotalAmount", "type": ["null", "double"], "default": None},
        {"name": "BillingAddress", "type": ["null", ADDRESS], "default": None},
        {"name": "ShippingAddress", "type": ["null", "Address"], "default": None},
        {"name": "LastModifiedDate", "type": ["null", "long"], "default": None},
        {"name": "Zuora_Sync_Status__c", "type": ["null", "string"], "default": None},
    ],
}

READY_SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "Order_Ready__e",
    "namespace": "com.sforce.eventbus",
    "fields": [
        {"name": "CreatedDate", "type": "long"},
        {"name": "CreatedById", "type": "string"},
        {"name": "OrderId__c", "type": ["null", "string"], "default": None},
        {"name": "Amount__c", "type": ["null", "double"], "default": None},
    ],
}


def order_id(number: int) -> str:
    """An id of an order, of 18 characters."""
    from cpqbridge.salesforce.ids import to_18

    found = to_18(f"801{number:012d}")
    assert found
    return found


def change(ids: Iterable[str] = (order_id(1),), kind: str = "UPDATE", **header: Any) -> dict[str, Any]:
    """What an order's change event says."""
    return {
        "ChangeEventHeader": {
            "entityName": "Order",
            "recordIds": list(ids),
            "changeType": kind,
            "changeOrigin": "",
            "transactionKey": "key",
            "sequenceNumber": 1,
            "commitTimestamp": 1_767_225_600_000,
            "commitNumber": 1,
            "commitUser": "005000000000001AAA",
            "nulledFields": [],
            "diffFields": [],
            "changedFields": ["0x04"],
            **header,
        }
    }


def packed(schema: dict[str, Any], value: dict[str, Any]) -> bytes:
    """Write a value in Avro."""
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, fastavro.parse_schema(schema), value)
    return stream.getvalue()


@dataclass
class Bus:
    """A server of the Pub/Sub API, and the org that it belongs to.

    `refusals` are given, one by one, to the next calls of a name; `most` is the most events that were under way.
    """

    schemas: dict[str, str] = field(default_factory=dict)
    topics: dict[str, tuple[str, bool]] = field(default_factory=dict)
    events: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    refusals: dict[str, list[tuple[grpc.StatusCode, str]]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)
    started: list[tuple[str, int, bytes]] = field(default_factory=list)
    first_kept: int = 0
    most: int = 0
    signed_in: int = 0
    size: int = 100
    port: int = 0
    ca: trustme.CA = field(default_factory=trustme.CA)
    server: aio.Server | None = None
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    ended: int = 0
    fading: bool = False

    def __post_init__(self) -> None:
        self.add(ORDERS, ORDER_SCHEMA)
        self.add(READY, READY_SCHEMA)

    def add(self, topic: str, schema: dict[str, Any] | str, *, can_subscribe: bool = True) -> str:
        """Add a topic, or give it another schema; returns the schema's id."""
        text = schema if isinstance(schema, str) else json.dumps(schema)
        name = f"s{len(self.schemas)}"
        self.schemas[name] = text
        self.topics[topic] = (name, can_subscribe)
        self.events.setdefault(topic, [])
        return name

    def publish(self, topic: str, *values: dict[str, Any] | bytes, schema: str | None = None) -> None:
        """Publish events; bytes are sent as they are."""
        name = self.topics[topic][0]
        for value in values:
            payload = value if isinstance(value, bytes) else packed(json.loads(self.schemas[name]), value)
            self.events[topic].append((schema or name, payload))
        self.wake()

    def wake(self) -> None:
        """Let all streams look."""
        self.moved.set()
        self.moved = asyncio.Event()

    def refuse(self, call: str, status: grpc.StatusCode, code: str = "", times: int = 1) -> None:
        """Refuse the next calls."""
        self.refusals.setdefault(call, []).extend([(status, PREFIX + code if code else "")] * times)

    def disconnect(self) -> None:
        """End all streams."""
        self.ended += 1
        self.wake()

    def keep_alive(self) -> None:
        """Send a sign of life on all streams."""
        self.fading = True
        self.wake()

    async def start(self) -> None:
        """Answer on a free port, or on the one of before."""
        self.server = aio.server(options=[("grpc.so_reuseport", 0)])
        self.server.add_generic_rpc_handlers((handler(self),))
        own = self.ca.issue_cert("127.0.0.1", "localhost")
        keys = grpc.ssl_server_credentials([(own.private_key_pem.bytes(), own.cert_chain_pems[0].bytes())])
        self.port = self.server.add_secure_port(f"127.0.0.1:{self.port}", keys)
        await self.server.start()

    async def stop(self) -> None:
        """Stop at once, as a crash would."""
        assert self.server
        self.wake()
        await self.server.stop(None)

    @property
    def endpoint(self) -> Endpoint:
        """Where it is."""
        return Endpoint(f"127.0.0.1:{self.port}", self.ca.cert_pem.bytes())

    async def get_topic(self, request: Any, context: Any) -> TopicInfo:
        """See `PubSubServicer`."""
        await self._admit("GetTopic", context)
        if request.topic_name not in self.topics:
            await self._abort(context, grpc.StatusCode.NOT_FOUND, PREFIX + "topic.not.found")
        schema, can = self.topics[request.topic_name]
        return TopicInfo(topic_name=request.topic_name, schema_id=schema, can_subscribe=can)

    async def get_schema(self, request: Any, context: Any) -> SchemaInfo:
        """See `PubSubServicer`."""
        await self._admit("GetSchema", context)
        if request.schema_id not in self.schemas:
            await self._abort(context, grpc.StatusCode.NOT_FOUND, PREFIX + "schema.not.found")
        return SchemaInfo(schema_id=request.schema_id, schema_json=self.schemas[request.schema_id])

    async def subscribe(self, requests: AsyncIterator[Any], context: Any) -> AsyncIterator[FetchResponse]:
        """See `PubSubServicer`."""
        await self._admit("Subscribe", context)
        first = await anext(aiter(requests))
        await self._refuse("Subscribe", context)
        events = self.events[first.topic_name]
        self.started.append((first.topic_name, first.replay_preset, first.replay_id))
        place = await self._place(first, len(events), context)
        room, ended = first.num_requested, self.ended

        async def more() -> None:
            nonlocal room
            async for request in requests:
                room += request.num_requested
                self.most = max(self.most, room)
                self.wake()

        reading = asyncio.create_task(more())
        self.most = max(self.most, room)
        try:
            while self.ended == ended:
                moved = self.moved
                if place < len(events) and room:
                    some = events[place : place + min(room, self.size)]
                    place, room = place + len(some), room - len(some)
                    yield self._response(some, place)
                    continue
                if self.fading:
                    self.fading = False
                    yield FetchResponse(latest_replay_id=_replay(place))
                await moved.wait()
            await self._abort(context, grpc.StatusCode.UNAVAILABLE, "")
        finally:
            reading.cancel()

    publish_stream = managed_subscribe = publish_call = subscribe

    def _response(self, some: list[tuple[str, bytes]], place: int) -> FetchResponse:
        first = place - len(some)
        return FetchResponse(
            events=[
                ConsumerEvent(event=ProducerEvent(schema_id=schema, payload=payload), replay_id=_replay(first + n + 1))
                for n, (schema, payload) in enumerate(some)
            ],
            latest_replay_id=_replay(place),
        )

    async def _place(self, first: Any, newest: int, context: Any) -> int:
        if first.num_requested > 100:
            await self._abort(context, grpc.StatusCode.INVALID_ARGUMENT, PREFIX + "subscription.fetch.requested.events")
        if first.replay_preset == EARLIEST:
            return self.first_kept
        if first.replay_preset != CUSTOM:
            return newest
        place = int.from_bytes(first.replay_id, "big") - 7_000
        if not self.first_kept <= place <= newest:
            code = PREFIX + "subscription.fetch.replayid.corrupted"
            await self._abort(context, grpc.StatusCode.INVALID_ARGUMENT, code)
        return place

    async def _admit(self, call: str, context: Any) -> None:
        self.calls.append(call)
        given = dict(context.invocation_metadata())
        if call != "Subscribe" or (self.refusals.get(call) or [(None, "")])[0][0] == grpc.StatusCode.UNAUTHENTICATED:
            await self._refuse(call, context)
        known = given.get("accesstoken") in self.tokens
        if not known or given.get("tenantid") != ORG or given.get("instanceurl") != LOGIN:
            await self._abort(context, grpc.StatusCode.UNAUTHENTICATED, PREFIX + "service.auth.error")

    async def _refuse(self, call: str, context: Any) -> None:
        if self.refusals.get(call):
            status, code = self.refusals[call].pop(0)
            await self._abort(context, status, code)

    @staticmethod
    async def _abort(context: Any, status: grpc.StatusCode, code: str) -> None:
        trailing = (("error-code", code), ("rpc-id", "r-1")) if code else ()
        await context.abort(status, "what was wrong. rpcId: r-1", trailing)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer over HTTP as the org: sign-in, and its id."""
        if request.url.path.endswith("/oauth2/token"):
            self.signed_in += 1
            token = f"{ORG}!{self.signed_in}"
            self.tokens.add(token)
            return httpx.Response(200, json={"access_token": token, "instance_url": LOGIN})
        row = {"attributes": {"type": "Organization"}, "Id": ORG, "TimeZoneSidKey": "UTC"}
        return httpx.Response(200, json={"totalSize": 1, "done": True, "records": [row]})

    def salesforce(self) -> SalesforceClient:
        """A client of the org."""
        connection = SalesforceConnection(LOGIN, client_id="key", client_secret="s3cret")
        return SalesforceClient(connection, Wiring(http=httpx.MockTransport(self.answer)))


def _replay(place: int) -> bytes:
    """The opaque id of the event before a place."""
    return (7_000 + place).to_bytes(8, "big")


@asynccontextmanager
async def running() -> AsyncIterator[Bus]:
    """A bus that answers."""
    bus = Bus()
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


async def until(holds: Any, seconds: float = 10) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.005)
